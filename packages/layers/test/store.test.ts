import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { getPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { isSlipwayError } from '@slipway/errors';
import { LayerStore, Unpacker } from '../src/index.js';
import { chainIDs } from '../src/store/chain-id.js';
import { archive, asRoot, diffIDOf, temporary } from './archive-builder.js';
import { bulky, leftovers, setup } from './store-kit.js';

function zstd(part: Buffer): Buffer {
  return execFileSync('zstd', ['-q', '-c'], { input: part, maxBuffer: 1 << 26 });
}

function rejects(promise: Promise<unknown>, code: string, text = /./): Promise<void> {
  return assert.rejects(promise, (error: unknown) => {
    assert.ok(isSlipwayError(error), String((error as Error).stack));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, text);
    return true;
  });
}

test('the threads that unpack leave the cores to the others first', asRoot, async (t) => {
  const { unpacker, store, blob } = setup(t);
  const own = getPriority();
  const before = new Set(readdirSync('/proc/self/task'));
  const tar = bulky(1);
  await unpacker.unpack({ blobPath: blob(tar), diffID: diffIDOf(tar), store });
  const threads = readdirSync('/proc/self/task').filter((id) => !before.has(id));
  assert.ok(threads.some((id) => getPriority(Number(id)) === own + 5));
  assert.equal(getPriority(process.pid), own, 'the event loop keeps its own');
});

test('every compression gives the same layer, and is recognized by its bytes', asRoot, async (t) => {
  const { root, unpacker, blob } = setup(t);
  const tar = bulky(20);
  const half = Math.floor(tar.length / 2);
  const skippable = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
  const members = Buffer.concat([gzipSync(tar.subarray(0, half)), gzipSync(tar.subarray(half)), Buffer.alloc(600_000)]);
  const path = process.env['PATH'];
  t.after(() => {
    process.env['PATH'] = path;
  });
  const kinds: [string, Buffer][] = [
    ['plain', tar],
    ['gzip', gzipSync(tar)],
    ['gzip of several members and trailing zeros', members],
    ['zstd', zstd(tar)],
    [
      'zstd of several frames',
      Buffer.concat([skippable, zstd(tar.subarray(0, half)), skippable, zstd(tar.subarray(half))]),
    ],
  ];
  for (const [name, bytes] of kinds) {
    for (const helpers of name.startsWith('gzip') ? [true, false] : [true]) {
      await t.test(`${name}${helpers ? '' : ' without igzip'}`, async (t) => {
        process.env['PATH'] = helpers ? path : '/nonexistent';
        const own = new Unpacker();
        t.after(() => own.close());
        const store = new LayerStore(join(root, `${name}${helpers}`), { backgroundSync: false });
        // The helpers are looked for by the child, whose environment is this one's at its start.
        const info = await own.unpack({ blobPath: blob(bytes), mediaType: 'wrong/type', diffID: diffIDOf(tar), store });
        process.env['PATH'] = path;
        assert.equal(info.archiveSize, tar.length);
        assert.equal(info.blobSize, bytes.length);
        assert.equal(readFileSync(join(store.path(info.diffID), 'files/7')).at(-1), 0x37);
      });
    }
  }
  const compressed = blob(zstd(tar));
  process.env['PATH'] = '/nonexistent';
  const bare = new Unpacker();
  t.after(() => bare.close());
  const store = new LayerStore(join(root, 'none'), { backgroundSync: false });
  await rejects(bare.unpack({ blobPath: compressed, diffID: diffIDOf(tar), store }), 'IMAGE_UNSUPPORTED', /zstd/);
  process.env['PATH'] = path;
  const wide = blob(execFileSync('zstd', ['-q', '-c', '--long=28'], { input: tar, maxBuffer: 1 << 26 }));
  await rejects(unpacker.unpack({ blobPath: wide, diffID: diffIDOf(tar), store }), 'LIMIT_EXCEEDED', /window.*128 MiB/);
  const bzip2 = blob(Buffer.from('BZh91AY&SY'));
  await rejects(unpacker.unpack({ blobPath: bzip2, diffID: diffIDOf(tar), store }), 'IMAGE_UNSUPPORTED', /bzip2/);
});

test('a layer that is not what it should be is never visible', asRoot, async (t) => {
  const { root, unpacker, store, blob } = setup(t);
  const tar = bulky(20);
  const gzip = gzipSync(tar);
  const diffID = diffIDOf(tar);
  const damaged = Buffer.from(gzip);
  damaged[gzip.length >> 1] = (damaged[gzip.length >> 1] as number) ^ 0xff;
  const other = diffIDOf(Buffer.from('other'));
  await rejects(unpacker.unpack({ blobPath: blob(gzip), diffID: other, store }), 'DIGEST_MISMATCH', /not sha256/);
  await rejects(
    unpacker.unpack({ blobPath: blob(gzip.subarray(0, 300_000)), diffID, store }),
    'IMAGE_INVALID',
    /damaged/,
  );
  await rejects(unpacker.unpack({ blobPath: blob(gzipSync(tar).subarray(0, 2000)), diffID, store }), 'IMAGE_INVALID');
  await assert.rejects(unpacker.unpack({ blobPath: blob(damaged), diffID, store }), isSlipwayError);
  await rejects(unpacker.unpack({ blobPath: blob(brotliCompressSync(tar)), diffID, store }), 'IMAGE_INVALID');
  await rejects(unpacker.unpack({ blobPath: blob(gzip), diffID: 'sha256:../../x', store }), 'IMAGE_INVALID', /digest/);
  const small = new Unpacker({ limits: { maxBytes: 1 << 20 } });
  t.after(() => small.close());
  await rejects(small.unpack({ blobPath: blob(gzip), diffID, store }), 'LIMIT_EXCEEDED', /maxBytes/);
  assert.deepEqual([await store.has(diffID), await store.has(other), await store.list()], [false, false, []]);
  assert.deepEqual(leftovers(root), []);
});

test('records, sizes as du counts them, removal', asRoot, async (t) => {
  const { root, unpacker, store, blob } = setup(t);
  const tars = [bulky(3), bulky(5), archive(), archive({ name: 'a', data: 'x' }, { name: 'b', type: '1', link: 'a' })];
  const infos = await Promise.all(
    tars.map((tar) =>
      unpacker.unpack({ blobPath: blob(tar), diffID: diffIDOf(tar), blobDigest: diffIDOf(tar), store }),
    ),
  );
  for (const info of infos) {
    const home = join(store.path(info.diffID), '..');
    const du = (...args: string[]): number =>
      Number(execFileSync('du', ['-s', ...args, home], { encoding: 'utf8' }).split('\t')[0]);
    assert.equal(info.inodes, du('--inodes'));
    assert.equal(info.size, du('--block-size=1'));
    assert.deepEqual(await store.info(info.diffID), info);
    assert.equal(info.blobDigest, info.diffID);
  }
  const sum = infos.reduce((total, { size }) => total + size, 0);
  assert.deepEqual(await store.usage(), {
    bytes: sum,
    inodes: infos.reduce((n, { inodes }) => n + inodes, 0),
    layers: 4,
  });
  const [first] = infos;
  assert.ok(first);
  await Promise.all([store.remove(first.diffID), store.remove(first.diffID)]);
  await store.remove(first.diffID);
  assert.equal(await store.has(first.diffID), false);
  assert.deepEqual([(await store.usage()).layers, (await new LayerStore(root).usage()).layers], [3, 3]);
  assert.deepEqual(leftovers(root), []);
});

test('new layers are synced in the background', asRoot, async (t) => {
  const { unpacker, store, blob } = setup(t, {}, { backgroundSync: true });
  const tar = bulky(1);
  await unpacker.unpack({ blobPath: blob(tar), diffID: diffIDOf(tar), store });
  for (let i = 0; i < 600 && !(await store.info(diffIDOf(tar)))?.synced; i++) await sleep(100);
  assert.equal((await store.info(diffIDOf(tar)))?.synced, true);
});

test('one layer asked for by many stores and processes is unpacked once', asRoot, async (t) => {
  const { root, unpacker, store, blob } = setup(t);
  // Large enough that whoever unpacks it tells progress.
  const tar = bulky(900);
  const path = blob(gzipSync(tar, { level: 1 }));
  const diffID = diffIDOf(tar);
  const other = new LayerStore(root, { backgroundSync: false });
  const index = new URL('../src/index.js', import.meta.url).href;
  const script = `const { LayerStore, Unpacker } = await import(${JSON.stringify(index)});
    const unpacker = new Unpacker(); let beats = 0;
    const info = await unpacker.unpack({ blobPath: ${JSON.stringify(path)}, diffID: ${JSON.stringify(diffID)},
      store: new LayerStore(${JSON.stringify(root)}, { backgroundSync: false }), onProgress: () => beats++ });
    console.log(JSON.stringify({ info, beats })); await unpacker.close();`;
  const { execFile } = await import('node:child_process');
  const run = promisify(execFile);
  const beats = [0, 0];
  const [first, second, third] = await Promise.all([
    unpacker.unpack({ blobPath: path, diffID, store, onProgress: () => beats[0]!++ }),
    unpacker.unpack({ blobPath: path, diffID, store: other, onProgress: () => beats[1]!++ }),
    run(process.execPath, ['--input-type=module', '-e', script]),
  ]);
  const reported = JSON.parse(third.stdout) as { info: unknown; beats: number };
  assert.deepEqual(second, first);
  assert.deepEqual(reported.info, JSON.parse(JSON.stringify(first)));
  assert.equal([...beats, reported.beats].filter((count) => count > 0).length, 1, 'exactly one of the three unpacked');
  assert.deepEqual(leftovers(root), []);
});

test('of two that unpack the same layer without a lock one wins', asRoot, async (t) => {
  const root = temporary(t);
  const diffID = diffIDOf(Buffer.from('x'));
  const unpacked = {
    bytes: 4096,
    inodes: 1,
    archiveSize: 1,
    entries: 0,
    opaqueRoot: false,
    impliedDirectories: [],
    droppedXattrs: [],
  };
  const stores = [new LayerStore(root, { backgroundSync: false }), new LayerStore(root, { backgroundSync: false })];
  const stagings = stores.map((store) => store.stage(diffID));
  stagings.forEach(({ directory }, i) => writeFileSync(join(directory, 'who'), String(i)));
  const infos = stagings.map((staging, i) => staging.commit(unpacked, { size: i }));
  assert.deepEqual(infos[0], infos[1]);
  assert.equal(readFileSync(join(stores[0]!.path(diffID), 'who'), 'utf8'), String(infos[0]?.blobSize));
  assert.deepEqual(leftovers(root), []);
});

/** The decompressors that this test process has. */
function decompressors(): number[] {
  const threads = readdirSync('/proc/self/task');
  const children = threads.flatMap((tid) => readFileSync(`/proc/self/task/${tid}/children`, 'utf8').trim().split(' '));
  return children.filter(Boolean).map(Number).filter(isDecompressor);
}

function isDecompressor(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith('/usr/bin/igzip');
  } catch {
    return false;
  }
}

test('a killed decompressor fails only its own layer', asRoot, async (t) => {
  const { root, unpacker, store, blob } = setup(t);
  const tar = bulky(600);
  const path = blob(gzipSync(tar, { level: 1 }));
  const killed = unpacker.unpack({
    blobPath: path,
    diffID: diffIDOf(tar),
    store,
    onProgress: () => decompressors().forEach((pid) => process.kill(pid, 'SIGKILL')),
  });
  await rejects(killed, 'INTERNAL', /killed by SIGKILL/);
  assert.equal(await store.has(diffIDOf(tar)), false);
  assert.deepEqual(leftovers(root), []);
  assert.equal((await unpacker.unpack({ blobPath: path, diffID: diffIDOf(tar), store })).archiveSize, tar.length);
});

test('cancelling ends the work and leaves nothing', asRoot, async (t) => {
  const { root, unpacker, store, blob } = setup(t, { parallel: 1 });
  const tar = bulky(600);
  const path = blob(tar);
  const abort = new AbortController();
  const waiting = new AbortController();
  const running = unpacker.unpack({
    blobPath: path,
    diffID: diffIDOf(tar),
    store,
    signal: abort.signal,
    onProgress: () => abort.abort(),
  });
  const small = bulky(1);
  const queued = unpacker.unpack({ blobPath: blob(small), diffID: diffIDOf(small), store });
  const tiny = archive();
  const dropped = unpacker.unpack({ blobPath: blob(tiny), diffID: diffIDOf(tiny), store, signal: waiting.signal });
  waiting.abort();
  await Promise.all([rejects(running, 'CANCELLED'), rejects(dropped, 'CANCELLED')]);
  assert.equal((await queued).archiveSize, small.length);
  assert.equal((await store.list()).length, 1);
  assert.deepEqual(leftovers(root), []);
  const last = unpacker.unpack({ blobPath: path, diffID: diffIDOf(tar), store });
  await Promise.all([rejects(last, 'CANCELLED'), sleep(50).then(() => unpacker.close())]);
  assert.deepEqual(decompressors(), []);
});

test('a sweep removes what a killed process left, and leaves what a living one fills', asRoot, async (t) => {
  const { root, store, blob } = setup(t);
  const tar = bulky(600);
  const path = blob(tar);
  const index = new URL('../src/index.js', import.meta.url).href;
  const script = `const { LayerStore, Unpacker } = await import(${JSON.stringify(index)});
    await new Unpacker().unpack({ blobPath: ${JSON.stringify(path)}, diffID: ${JSON.stringify(diffIDOf(tar))},
      store: new LayerStore(${JSON.stringify(root)}, { backgroundSync: false }), onProgress: () => process.kill(process.pid, 'SIGKILL') });`;
  assert.throws(() => execFileSync(process.execPath, ['--input-type=module', '-e', script], { stdio: 'pipe' }));
  assert.equal(await store.has(diffIDOf(tar)), false);
  const living = store.stage(diffIDOf(tar));
  mkdirSync(join(root, 'layers/tmp/trash-left'));
  const { removed } = await new LayerStore(root, { backgroundSync: false }).sweep();
  assert.equal(removed.length, 2);
  assert.ok(removed.includes('trash-left'));
  assert.ok(statSync(living.directory).isDirectory());
  living.abort();
  // The killed one's thread may write for a moment longer; the next sweep finds that too.
  for (let i = 0; i < 50 && readdirSync(join(root, 'layers/tmp')).length > 0; i++) {
    await sleep(100);
    await store.sweep();
  }
  assert.deepEqual(readdirSync(join(root, 'layers/tmp')), []);
});

test('chain ids', () => {
  const [a, b] = [`sha256:${'a'.repeat(64)}`, `sha256:${'b'.repeat(64)}`];
  assert.deepEqual(chainIDs([]), []);
  assert.deepEqual(chainIDs([a, b]), [a, diffIDOf(Buffer.from(`${a} ${b}`))]);
});
