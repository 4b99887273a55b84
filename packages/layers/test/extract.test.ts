import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isSlipwayError } from '@slipway/errors';
import { LayerExtractor, TarReader } from '../src/index.js';
import { archive, asRoot, member, type Member, temporary } from './archive-builder.js';
import { extract, xattr } from './extracting.js';

/** Everything that find(1) can say about a tree; directories' own sizes and link counts are the file system's. */
function listing(directory: string): string {
  const format = '%P %y %m %U %G %T@ %l %n %D:%i\\n';
  const lines = execFileSync(
    'find',
    ['.', '!', '-type', 'd', '-printf', format, '-o', '-printf', '%P %y %m %U %G %T@\\n'],
    {
      cwd: directory,
      encoding: 'latin1',
    },
  )
    .split('\n')
    .sort();
  // Inodes differ between two trees; which names share one must not.
  const groups = new Map<string, string>();
  return lines
    .map((line) =>
      line.replace(/ [0-9]+ ([0-9]+:[0-9]+)$/, (_, key: string) => {
        if (!groups.has(key)) groups.set(key, `#${groups.size}`);
        return ` ${groups.get(key)}`;
      }),
    )
    .join('\n');
}

const script = String.raw`
set -e
mkdir -p usr/lib usr/bin dir/setgid empty "$(printf 'caf\351')"
printf 'one' > usr/bin/one; chmod 4755 usr/bin/one
printf 'cap' > usr/bin/cap; chown 7:8 usr/bin/cap; setcap cap_net_raw+ep usr/bin/cap
ln usr/bin/one usr/bin/two; ln -s one usr/bin/three; ln usr/bin/three usr/bin/four
ln -s usr/lib lib; ln -s /nowhere/at/all dangling
mkfifo dir/fifo; mknod dir/char c 5 1; mknod dir/block b 259 70000
chmod 2775 dir/setgid; chown 100:200 dir/setgid dir/fifo; mkdir dir/setgid/plain; chmod g-s dir/setgid/plain; chown 0:0 dir/setgid/plain; chown -h 9:9 dangling
printf 'x' > "$(printf 'caf\351')/na
me"; chmod 1777 empty
head -c 300000 /dev/urandom > dir/random; : > dir/zero
truncate -s 10M dir/sparse; printf end >> dir/sparse
find . -exec touch -h -d '2020-02-03 04:05:06.123456789' {} +
touch -h -d '1960-01-01 00:00:00.5' dir/zero; touch -d '2001-01-01 01:01:01.000000001' usr
`;

test('a tree of every kind of file comes out as GNU tar put it in', asRoot, async (t) => {
  const directory = temporary(t);
  const source = join(directory, 'source');
  mkdirSync(source);
  execFileSync('bash', ['-c', script], { cwd: source });
  for (const options of [
    ['--format=pax', '--xattrs', '--xattrs-include=*'],
    ['--format=pax', '--xattrs', '--xattrs-include=*', '-S'],
  ]) {
    await t.test(options.join(' '), () => {
      const tar = execFileSync('tar', [...options, '-C', source, '-c', '.'], { maxBuffer: 1 << 26 });
      const target = join(directory, `out${options.length}`);
      const result = extract(tar, target, { piece: 10_007 });
      assert.equal(listing(target), listing(source));
      execFileSync('diff', ['-r', '--no-dereference', '-x', 'fifo', '-x', 'char', '-x', 'block', source, target]);
      assert.deepEqual(
        xattr(join(target, 'usr/bin/cap'), 'security.capability'),
        xattr(join(source, 'usr/bin/cap'), 'security.capability'),
      );
      assert.ok(xattr(join(target, 'usr/bin/cap'), 'security.capability'));
      assert.deepEqual(result, { opaqueRoot: false, impliedDirectories: [], droppedXattrs: [] });
    });
  }
});

test('sparse files stay sparse', asRoot, (t) => {
  const directory = temporary(t);
  execFileSync('bash', ['-c', 'truncate -s 64M sparse; printf end >> sparse'], { cwd: directory });
  const tar = execFileSync('tar', ['-S', '-C', directory, '-c', 'sparse']);
  extract(tar, join(directory, 'out'));
  const stat = lstatSync(join(directory, 'out/sparse'));
  assert.equal(stat.size, 64 * 2 ** 20 + 3);
  assert.ok(stat.blocks < 1000, `${stat.blocks} blocks`);
});

test('whiteouts become devices, opaque directories get their mark', asRoot, (t) => {
  const out = join(temporary(t), 'out');
  const result = extract(
    archive(
      { name: 'etc/.wh.passwd' },
      { name: 'opt/', type: '5' },
      { name: 'opt/.wh..wh..opq' },
      { name: '.wh.gone' },
    ),
    out,
  );
  for (const name of ['etc/passwd', 'gone']) {
    const stat = lstatSync(join(out, name));
    assert.ok(stat.isCharacterDevice());
    assert.equal(stat.rdev, 0);
  }
  assert.equal(xattr(join(out, 'opt'), 'trusted.overlay.opaque')?.toString(), 'y');
  assert.equal(xattr(join(out, 'etc'), 'trusted.overlay.opaque'), undefined);
  assert.ok(!existsSync(join(out, 'opt/.wh..wh..opq')));
  assert.deepEqual(result.impliedDirectories, ['etc']);
  assert.equal(extract(archive({ name: '.wh..wh..opq' }), join(temporary(t), 'root')).opaqueRoot, true);
});

test('a whiteout never hides what the same archive holds, whichever comes first', asRoot, async (t) => {
  const file: Member = { name: 'x', data: 'mine' };
  const directory: Member = { name: 'x/', type: '5', mode: 0o700 };
  const child: Member = { name: 'x/child', data: 'c' };
  const whiteout: Member = { name: '.wh.x' };
  const cases: [string, Member[], boolean][] = [
    ['file, whiteout', [file, whiteout], false],
    ['whiteout, file', [whiteout, file], false],
    ['directory, whiteout', [directory, child, whiteout], true],
    ['whiteout, directory', [whiteout, directory, child], true],
    ['whiteout, implied directory', [whiteout, child], true],
  ];
  for (const [name, members, isDirectory] of cases) {
    await t.test(name, (t) => {
      const out = join(temporary(t), 'out');
      extract(archive(...members), out);
      if (isDirectory) {
        assert.equal(readFileSync(join(out, 'x/child'), 'utf8'), 'c');
        assert.equal(xattr(join(out, 'x'), 'trusted.overlay.opaque')?.toString(), 'y');
      } else {
        assert.equal(readFileSync(join(out, 'x'), 'utf8'), 'mine');
      }
    });
  }
});

test("aufs' bookkeeping is left out", asRoot, (t) => {
  const out = join(temporary(t), 'out');
  extract(
    archive({ name: '.wh..wh.aufs' }, { name: '.wh..wh.plnk/', type: '5' }, { name: '.wh..wh.plnk/1.2', data: 'x' }),
    out,
  );
  assert.equal(listing(out).split('\n').filter(Boolean).length, 1);
});

test('a later entry replaces an earlier one; directories merge', asRoot, (t) => {
  const out = join(temporary(t), 'out');
  extract(
    archive(
      { name: 'a', data: 'old' },
      { name: 'a', data: 'new' },
      { name: 'd/', type: '5' },
      { name: 'd/deep/er/file', data: 'x' },
      { name: 'd', data: 'now a file' },
      { name: 'f', data: 'x' },
      { name: 'f/', type: '5' },
      { name: 'f/child', data: 'y' },
      { name: 'm/', type: '5', mode: 0o700 },
      { name: 'm/kept', data: 'k' },
      { name: 'm/', type: '5', mode: 0o711, mtime: 77 },
      { name: 's', type: '2', link: 'm' },
      { name: 's/', type: '5' },
      { name: 's/own', data: 'o' },
    ),
    out,
  );
  assert.equal(readFileSync(join(out, 'a'), 'utf8'), 'new');
  assert.equal(readFileSync(join(out, 'd'), 'utf8'), 'now a file');
  assert.equal(readFileSync(join(out, 'f/child'), 'utf8'), 'y');
  assert.equal(readFileSync(join(out, 'm/kept'), 'utf8'), 'k');
  assert.deepEqual([lstatSync(join(out, 'm')).mode & 0o777, lstatSync(join(out, 'm')).mtimeMs], [0o711, 77_000]);
  assert.ok(lstatSync(join(out, 's')).isDirectory());
  assert.ok(!existsSync(join(out, 'm/own')));
});

test('parents that are links inside the layer are followed', asRoot, (t) => {
  const out = join(temporary(t), 'out');
  extract(
    archive(
      { name: 'usr/lib/', type: '5' },
      { name: 'lib', type: '2', link: 'usr/lib' },
      { name: 'lib/a', data: 'a' },
      { name: 'abs', type: '2', link: '/usr/lib' },
      { name: 'abs/b', data: 'b' },
      { name: 'ahead', type: '2', link: 'not/yet/there' },
      { name: 'ahead/c', data: 'c' },
      { name: 'up', type: '2', link: '../../../usr' },
      { name: 'up/d', data: 'd' },
      { name: 'usr/hard', type: '1', link: 'lib/a' },
    ),
    out,
  );
  const found = ['usr/lib/a', 'usr/lib/b', 'not/yet/there/c', 'usr/d', 'usr/hard'].map((name) =>
    readFileSync(join(out, name), 'utf8'),
  );
  assert.deepEqual(found, ['a', 'b', 'c', 'd', 'a']);
  assert.equal(readlinkSync(join(out, 'lib')), 'usr/lib');
});

test('missing parents are made 0755 and reported', asRoot, (t) => {
  const out = join(temporary(t), 'out');
  const umask = process.umask(0o077);
  t.after(() => process.umask(umask));
  const result = extract(archive({ name: 'p/q/file' }, { name: 'p/', type: '5', mode: 0o1777 }), out);
  assert.deepEqual(result.impliedDirectories, ['p/q']);
  assert.equal(lstatSync(join(out, 'p/q')).mode & 0o7777, 0o755);
  assert.equal(lstatSync(join(out, 'p')).mode & 0o7777, 0o1777);
});

test("the root's own entry sets its attributes", asRoot, (t) => {
  const out = join(temporary(t), 'out');
  extract(archive({ name: './', type: '5', mode: 0o711, uid: 5, mtime: 1000 }, { name: './a' }), out);
  const stat = lstatSync(out);
  assert.deepEqual([stat.mode & 0o7777, stat.uid, stat.mtimeMs], [0o711, 5, 1_000_000]);
});

test('umoci unpacks the same tree', asRoot, (t) => {
  const directory = temporary(t);
  const source = join(directory, 'source');
  mkdirSync(source);
  execFileSync('bash', ['-c', script.replace(/^.*dir\/block.*$/m, 'mkfifo dir/fifo; chmod 2775 dir/setgid')], {
    cwd: source,
  });
  execFileSync('tar', ['--format=pax', '--xattrs', '--xattrs-include=*', '-C', source, '-cf', 'layer.tar', '.'], {
    cwd: directory,
  });
  const run = (...args: string[]): void => void execFileSync('umoci', args, { cwd: directory, stdio: 'pipe' });
  run('init', '--layout', 'oci');
  run('new', '--image', 'oci:it');
  run('raw', 'add-layer', '--image', 'oci:it', 'layer.tar');
  run('raw', 'unpack', '--image', 'oci:it', 'umoci');
  extract(readFileSync(join(directory, 'layer.tar')), join(directory, 'ours'));
  const pick = (tree: string): string => listing(join(directory, tree));
  assert.equal(pick('ours'), pick('umoci'));
  writeFileSync(join(directory, 'done'), '');
});

test('what is kept of directories until the end is bounded, however much their entries say', asRoot, (t) => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const fd = openSync(temporary(t), 'r');
  const extractor = new LayerExtractor(fd, { maxDirectoryBytes: 20_000 });
  try {
    const reader = new TarReader(extractor);
    // Overlay's own attributes are not set, so no file system limits them.
    const pax = { 'SCHILY.xattr.trusted.overlay.note': Buffer.alloc(900_000, 'x') };
    const before = process.memoryUsage().arrayBuffers;
    for (let at = 0; at < 150; at++) reader.push(member({ name: `d${at}/`, type: '5', pax }));
    collect();
    const grown = process.memoryUsage().arrayBuffers - before;
    assert.ok(grown < 20_000_000, `${grown} bytes are kept of 150 directories`);
    const deep = 'x'.repeat(200);
    assert.throws(
      () => {
        for (let at = 0; at < 200; at++)
          reader.push(member({ name: `${deep}${at}`, type: '5', pax: { path: `${deep}${at}` } }));
      },
      (error: unknown) =>
        isSlipwayError(error) && error.code === 'LIMIT_EXCEEDED' && /maxDirectoryBytes/.test(error.message),
    );
  } finally {
    extractor.close();
    closeSync(fd);
  }
  const many = Array.from({ length: 50 }, (_, at) => ({ name: `implied${at}/file` }));
  assert.throws(
    () => extract(archive(...many), join(temporary(t), 'out'), { limits: { maxImpliedBytes: 300 } }),
    (error: unknown) =>
      isSlipwayError(error) && error.code === 'LIMIT_EXCEEDED' && /maxImpliedBytes/.test(error.message),
  );
});
