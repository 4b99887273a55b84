import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { ftruncateSync, openSync, closeSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isSlipwayError } from '@slipway/errors';
import { type TarEntry, TarReader } from '../src/index.js';
import { archive, checksummed, header, type Member, member, padded, temporary } from './archive-builder.js';

interface Read extends TarEntry {
  content: Buffer;
}

function read(tar: Buffer, piece = tar.length, limits = {}): Read[] {
  const entries: Read[] = [];
  const reader = new TarReader(
    {
      entry: (entry) => entries.push({ ...entry, content: Buffer.alloc(Math.min(entry.size, 1 << 22)) }),
      data: (chunk, offset) => void chunk.copy(entries.at(-1)?.content as Buffer, offset),
      entryEnd: () => undefined,
    },
    limits,
  );
  for (let i = 0; i < tar.length; i += piece) reader.push(tar.subarray(i, i + piece));
  reader.end();
  return entries;
}

function only(part: Member | Buffer): Read {
  const entries = read(archive(part));
  assert.equal(entries.length, 1);
  return entries[0] as Read;
}

function fails(tar: Buffer, code: string, text: RegExp, limits = {}): void {
  assert.throws(
    () => read(tar, tar.length, limits),
    (error: unknown) => isSlipwayError(error) && error.code === code && text.test(error.message),
  );
}

test('header fields, in pieces of every size', () => {
  const tar = archive(
    { name: 'a/file', data: 'hello', mode: 0o4755, uid: 12, gid: 34, mtime: 99 },
    { name: 'a/link', type: '2', link: '../x' },
    { name: 'dev', type: '3', major: 8, minor: 1 },
    { name: 'long', data: Buffer.alloc(3000, 7) },
  );
  const whole = read(tar);
  assert.deepEqual(
    whole.map(({ type, path }) => `${type} ${path}`),
    ['file a/file', 'symlink a/link', 'char dev', 'file long'],
  );
  const [file, link, device] = whole as [Read, Read, Read];
  assert.deepEqual([file.mode, file.uid, file.gid, file.mtime], [0o4755, 12, 34, { seconds: 99, nanoseconds: 0 }]);
  assert.equal(file.content.toString(), 'hello');
  assert.equal(link.linkPath, '../x');
  assert.deepEqual([device.devMajor, device.devMinor], [8, 1]);
  for (const piece of [1, 7, 511, 512, 513, 1025]) assert.deepEqual(read(tar, piece), whole);
});

test('names keep every byte', () => {
  assert.equal(only({ name: 'caf\xe9/\xff\x01' }).path, 'caf\xe9/\xff\x01');
  const pax = only({ name: 'x', pax: { path: Buffer.from('p\xff\xfe\n=y', 'latin1') } });
  assert.equal(pax.path, 'p\xff\xfe\n=y');
});

test('ustar prefix, and none in GNU headers', () => {
  const block = header({ name: 'name' });
  block.write('some/prefix', 345, 'latin1');
  assert.equal(only(checksummed(block)).path, 'some/prefix/name');
  block.write('ustar  \0', 257, 'latin1');
  assert.equal(only(checksummed(block)).path, 'name');
});

test('PAX records: binary xattrs, times, sizes past octal, globals and their withdrawal', () => {
  const capability = Buffer.from([1, 0, 0, 2, 0x0a, 0x3d, 0, 0, 0xff, 0x80, 0, 0]);
  const [first, second, third] = read(
    archive(
      Buffer.concat([header({ name: 'g', type: 'g', data: '11 uid=100\n' }), padded(Buffer.from('11 uid=100\n'))]),
      { name: 'a', pax: { 'SCHILY.xattr.security.capability': capability, mtime: '12.3456789019', gid: '3000000' } },
      { name: 'b', pax: { mtime: '-1.25', uid: '' } },
      { name: 'c' },
    ),
  ) as [Read, Read, Read];
  assert.deepEqual(first.xattrs.get('security.capability'), capability);
  assert.deepEqual(first.mtime, { seconds: 12, nanoseconds: 345678901 });
  assert.deepEqual([first.uid, first.gid], [100, 3_000_000]);
  assert.deepEqual(second.mtime, { seconds: -2, nanoseconds: 750_000_000 });
  assert.deepEqual([second.uid, second.xattrs.size], [0, 0]);
  assert.equal(third.uid, 100);
  // The data's length is the record's, not the field's.
  const sized = read(
    Buffer.concat([
      member({ name: 'd', pax: { size: '600' }, size: 0 }),
      padded(Buffer.alloc(600, 1)),
      member({ name: 'e' }),
    ]),
  );
  assert.deepEqual(
    sized.map(({ path, size }) => [path, size]),
    [
      ['d', 600],
      ['e', 0],
    ],
  );
});

test('base-256 numbers, negative ones too', () => {
  const block = header({ name: 'a' });
  block.fill(0, 136, 148);
  block.fill(0xff, 136, 147);
  block[147] = 0xfe;
  block.fill(0, 108, 116);
  block[108] = 0x80;
  block.writeUInt32BE(3_000_000_000, 112);
  const entry = only(checksummed(block));
  assert.equal(entry.mtime.seconds, -2);
  assert.equal(entry.uid, 3_000_000_000);
});

test('what GNU tar writes in each of its formats', async (t) => {
  const directory = temporary(t);
  const long = `${'d'.repeat(90)}/${'e'.repeat(120)}/${'f'.repeat(60)}`;
  execFileSync('mkdir', ['-p', join(directory, 'in', long)]);
  writeFileSync(join(directory, 'in', long, 'file'), 'text');
  execFileSync('ln', ['-s', `/${long}/file`, join(directory, 'in/link')]);
  for (const format of ['gnu', 'pax', 'oldgnu']) {
    await t.test(format, () => {
      const tar = execFileSync('tar', ['-C', join(directory, 'in'), `--format=${format}`, '--sort=name', '-c', '.']);
      const entries = read(tar, 1000);
      assert.equal(entries.find(({ type }) => type === 'file')?.path, `./${long}/file`);
      assert.equal(entries.find(({ type }) => type === 'symlink')?.linkPath, `/${long}/file`);
      assert.equal(entries.find(({ type }) => type === 'file')?.content.toString(), 'text');
    });
  }
});

test('sparse files of every GNU format read as what they were made from', async (t) => {
  const directory = temporary(t);
  const path = join(directory, 'sparse');
  const fd = openSync(path, 'w');
  // More holes than one extension block of the old format holds.
  for (let i = 0; i < 60; i++) writeSync(fd, Buffer.alloc(4096, 65 + (i % 26)), 0, 4096, i * 32768);
  ftruncateSync(fd, 60 * 32768 + 5);
  closeSync(fd);
  const want = readFileSync(path);
  const formats = [
    ['--format=gnu'],
    ['--format=pax', '--sparse-version=0.0'],
    ['--format=pax', '--sparse-version=0.1'],
    ['--format=pax', '--sparse-version=1.0'],
  ];
  for (const format of formats) {
    await t.test(format.join(' '), () => {
      const tar = execFileSync('tar', ['-C', directory, '-S', ...format, '-c', 'sparse'], { maxBuffer: 1 << 24 });
      assert.ok(tar.length < want.length / 2, 'the archive is not sparse');
      for (const piece of [tar.length, 513]) {
        const [entry] = read(tar, piece) as [Read];
        assert.equal(entry.path, 'sparse');
        assert.equal(entry.size, want.length);
        assert.ok(entry.sparse && entry.sparse.length >= 60);
        assert.ok(entry.content.equals(want));
      }
    });
  }
});

test('the end mark may be missing; an archive that is cut off is invalid', () => {
  const tar = archive({ name: 'a', data: 'x'.repeat(700) });
  assert.equal(read(tar.subarray(0, 1536)).length, 1);
  assert.equal(read(tar.subarray(0, 512 + 700)).length, 1);
  assert.equal(read(Buffer.concat([tar, member({ name: 'behind the end' })])).length, 1);
  assert.equal(read(Buffer.alloc(0)).length, 0);
  fails(tar.subarray(0, 1000), 'IMAGE_INVALID', /ends inside "a"/);
  fails(tar.subarray(0, 100), 'IMAGE_INVALID', /ends in a header/);
  fails(member({ name: 'b', pax: { path: 'c' } }).subarray(0, 1024), 'IMAGE_INVALID', /after an extended header/);
});

test('what is wrong is said', () => {
  const damaged = archive({ name: 'a' });
  damaged[3] = 0x55;
  fails(damaged, 'IMAGE_INVALID', /no tar archive/);
  const later = archive({ name: 'a' }, { name: 'b' });
  later[512] = 0x55;
  fails(later, 'IMAGE_INVALID', /after 1 entries/);
  fails(Buffer.alloc(2048, 'text'), 'IMAGE_INVALID', /checksum/);
  fails(archive({ name: '' }), 'IMAGE_INVALID', /without a name/);
  fails(archive({ name: 'a', type: '2' }), 'IMAGE_INVALID', /without a target/);
  fails(archive({ name: 'a', pax: { size: '-5' } }), 'IMAGE_INVALID', /size/);
  fails(archive({ name: 'a', pax: { path: 'a\0b' } }), 'IMAGE_INVALID', /NUL/);
  fails(archive({ name: 'a', pax: { uid: '4294967295' } }), 'IMAGE_INVALID', /owner/);
  fails(archive({ name: 'dump', type: 'D' }), 'IMAGE_UNSUPPORTED', /unknown type/);
  for (const text of ['5 a=b\n', '99 path=x\n', 'x path=x\n', '6 path\n', '9 path=x']) {
    const data = Buffer.from(text);
    const block = Buffer.concat([header({ name: 'x', type: 'x', data }), padded(data)]);
    fails(archive(block, { name: 'a' }), 'IMAGE_INVALID', /PAX record/);
  }
});

function sparse(map: string, size: string): Buffer {
  return archive({ name: 'a', data: 'x'.repeat(10), pax: { 'GNU.sparse.size': size, 'GNU.sparse.map': map } });
}

test('sparse maps that lie are refused', () => {
  assert.equal(read(sparse('0,5,100,5', '200')).length, 1);
  fails(sparse('0,5,3,5', '200'), 'IMAGE_INVALID', /overlap/);
  fails(sparse('0,5,198,5', '200'), 'IMAGE_INVALID', /overlap/);
  fails(sparse('0,5', '200'), 'IMAGE_INVALID', /regions hold 5/);
  fails(sparse('0,5,100', '200'), 'IMAGE_INVALID', /sparse map/);
  fails(sparse('0,10', '99999999999999999999'), 'IMAGE_INVALID', /size/);
});

test('limits are named', () => {
  fails(archive({ name: 'a', size: 2 ** 30 }), 'LIMIT_EXCEEDED', /maxBytes/, { maxBytes: 2 ** 20 });
  fails(archive({ name: 'a' }, { name: 'b' }), 'LIMIT_EXCEEDED', /maxEntries/, { maxEntries: 1 });
  fails(archive({ name: 'a', pax: { path: 'x/'.repeat(2000) } }), 'LIMIT_EXCEEDED', /maxPath/);
  fails(archive(header({ name: 'x', type: 'x', size: 2 ** 30 })), 'LIMIT_EXCEEDED', /maxExtended/);
});

/** An extended header, whose records need not be sensible. */
function extended(type: 'x' | 'g', data: Buffer): Buffer {
  return Buffer.concat([header({ name: 'pax', type, data }), padded(data)]);
}

test('extended headers are bounded by their bytes, one after the other too', () => {
  const most = 2 ** 20;
  const unknown = Buffer.from('9 a.b=cd\n'.repeat(30_000));
  const half = extended('x', unknown.subarray(0, 9 * 20_000));
  assert.equal(read(archive(half, half, { name: 'a' }, half, half, { name: 'b' })).length, 2);
  fails(archive(...Array.from({ length: 6 }, () => half), { name: 'a' }), 'LIMIT_EXCEEDED', /maxExtended/);
  fails(archive(header({ name: 'x', type: 'x', size: most + 1 })), 'LIMIT_EXCEEDED', /maxExtended/);
  fails(archive(header({ name: 'x', type: 'L', size: most + 1 })), 'LIMIT_EXCEEDED', /maxExtended/);
  const globals = Buffer.from(`40009 path=${'x'.repeat(39_997)}\n`);
  const others = Buffer.from(`40013 linkpath=${'x'.repeat(39_997)}\n`);
  fails(archive(extended('g', globals), extended('g', others)), 'LIMIT_EXCEEDED', /global records/);
  // A map of a million regions, of which each block says 21.
  const sparse = header({ name: 'a', type: 'S', size: 0 });
  sparse.write('00000000001\0', 386, 'latin1');
  sparse.write('00000000000\0', 398, 'latin1');
  sparse[482] = 1;
  const more = Buffer.alloc(512, '0');
  more[504] = 1;
  fails(
    Buffer.concat([checksummed(sparse), ...Array.from({ length: 3000 }, () => more)]),
    'LIMIT_EXCEEDED',
    /maxExtended/,
  );
});

test('global records cost no member anything, and give none an extended attribute', () => {
  const record = (at: number): string => {
    const body = ` SCHILY.xattr.user.x${String(at).padStart(6, '0')}=v\n`;
    return `${body.length + 2}${body}`;
  };
  const global = extended('g', Buffer.from(Array.from({ length: 30_000 }, (_, at) => record(at)).join('')));
  let entries = 0;
  const reader = new TarReader({
    entry: ({ xattrs }) => {
      entries++;
      assert.ok(xattrs.size <= 1);
    },
    data: () => undefined,
    entryEnd: () => undefined,
  });
  reader.push(global);
  const some = Buffer.concat(Array.from({ length: 100 }, () => member({ name: 'a', pax: { mtime: '1' } })));
  // Merged for each member, this would be some billion records.
  for (let round = 0; round < 500; round++) reader.push(some);
  assert.equal(entries, 50_000);
});
