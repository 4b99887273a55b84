import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type ErrorCode, isSlipwayError } from '@slipway/errors';
import {
  type Descriptor,
  type DownloadedBlob,
  type DownloadOptions,
  type DownloadProgress,
  parseReference,
  RegistryClient,
} from '../src/index.js';
import {
  chunked,
  type Fault,
  FaultyRegistry,
  noRanges,
  redirectTo,
  resetAfter,
  sendContent,
  sendError,
  shortBody,
  stallAfter,
  statusTimes,
  trickle,
  wrongBytes,
} from './helpers/faulty-registry.js';
import { descriptorOf } from './helpers/images.js';
import { tempDir } from './helpers/temp.js';

const layerType = 'application/vnd.oci.image.layer.v1.tar+gzip';
const MiB = 1024 * 1024;

interface Setup {
  registry: FaultyRegistry;
  client: RegistryClient;
  bytes: Buffer;
  descriptor: Descriptor;
  dir: string;
  path: string;
  download: (options?: Partial<DownloadOptions>) => Promise<DownloadedBlob>;
  assertWhole: () => Promise<void>;
}

async function setUp(t: TestContext, size: number, fault?: Fault): Promise<Setup> {
  const registry = await FaultyRegistry.start(t);
  const dir = await tempDir(t);
  const client = new RegistryClient({ backoffMs: 1, attempts: 4 });
  t.after(() => client.close());
  const bytes = randomBytes(size);
  registry.addBlob(bytes);
  registry.blobFault = fault;
  const descriptor = descriptorOf(bytes, layerType);
  const path = join(dir, 'layer');
  const reference = parseReference(`${registry.host}/app:v1`);
  return {
    registry,
    client,
    bytes,
    descriptor,
    dir,
    path,
    download: (options) => client.downloadBlob(descriptor, { reference, path, ...options }),
    assertWhole: async () => {
      assert.ok((await readFile(path)).equals(bytes), 'the file is the blob');
      assert.deepEqual(await readdir(dir), ['layer'], 'nothing else is left');
    },
  };
}

const failsWith =
  (code: ErrorCode, ...texts: (RegExp | string)[]) =>
  (error: unknown) => {
    assert.ok(isSlipwayError(error), String(error));
    assert.equal(error.code, code, error.message);
    for (const text of texts)
      assert.ok(
        typeof text === 'string' ? error.message.includes(text) : text.test(error.message),
        `${error.message} has ${text}`,
      );
    return true;
  };

test('a blob comes whole, with progress', async (t) => {
  const { download, descriptor, registry, assertWhole } = await setUp(t, 3 * MiB);
  const seen: DownloadProgress[] = [];
  const done = await download({ onProgress: (progress) => seen.push(progress) });
  assert.deepEqual(done, {
    digest: descriptor.digest,
    size: descriptor.size,
    fetched: descriptor.size,
    host: `http://${registry.host}`,
  });
  await assertWhole();
  assert.deepEqual(seen.at(-1), { bytes: descriptor.size, front: descriptor.size, total: descriptor.size });
  assert.ok(seen.every((one, at) => one.bytes >= (seen[at - 1]?.bytes ?? 0)));
});

test('an empty blob is a blob', async (t) => {
  const { download, assertWhole } = await setUp(t, 0);
  await download();
  await assertWhole();
});

test('bytes on disk are not fetched again', async (t) => {
  const { download, bytes, descriptor, path, registry, assertWhole } = await setUp(t, 3 * MiB);
  await writeFile(path, bytes.subarray(0, 2 * MiB));
  const done = await download();
  assert.equal(done.fetched, MiB);
  assert.equal(registry.blobRequests(descriptor.digest)[0]?.headers.range, `bytes=${2 * MiB}-${3 * MiB - 1}`);
  await assertWhole();
  assert.equal((await download()).fetched, 0);
});

test('damaged bytes on disk are fetched again', async (t) => {
  const { download, bytes, path, assertWhole } = await setUp(t, 2 * MiB);
  for (const damaged of [Buffer.alloc(MiB), Buffer.alloc(2 * MiB), Buffer.concat([bytes, Buffer.from('x')])]) {
    await writeFile(path, damaged);
    const done = await download();
    assert.ok(done.fetched >= 2 * MiB);
    await assertWhole();
  }
});

test('a connection that is reset again and again is taken up where it broke', async (t) => {
  const { download, descriptor, registry, assertWhole } = await setUp(t, 3 * MiB, resetAfter(300_000));
  const retries: string[] = [];
  const done = await download({ onRetry: ({ reason }) => retries.push(reason) });
  await assertWhole();
  assert.ok(retries.length >= 9, 'more tries than the limit for tries without progress');
  assert.match(retries[0] ?? '', new RegExp(`${descriptor.digest}: .* at \\d+ of ${descriptor.size} bytes`));
  assert.ok(done.fetched < descriptor.size + 10 * 300_000);
  assert.ok(
    registry
      .blobRequests(descriptor.digest)
      .slice(1)
      .every(({ headers }) => headers.range),
  );
});

test('without range support the download begins again, and keeps its bytes', async (t) => {
  const { download, bytes, path, descriptor, registry, assertWhole } = await setUp(t, 2 * MiB, noRanges);
  await writeFile(path, bytes.subarray(0, MiB));
  await download({ ranges: { parallel: 4, pieceBytes: 200_000 } });
  await assertWhole();
  assert.equal(registry.blobRequests(descriptor.digest).length, 1);
});

test('a chunked body without a length', async (t) => {
  const { download, assertWhole } = await setUp(t, 2 * MiB, chunked);
  await download();
  await assertWhole();
});

test('other bytes than announced: the partial is removed, the error names host, layer and bytes', async (t) => {
  const { download, descriptor, dir, registry } = await setUp(t, MiB, wrongBytes);
  await assert.rejects(
    download(),
    failsWith('DIGEST_MISMATCH', `http://${registry.host}`, descriptor.digest, `${MiB} bytes`),
  );
  assert.deepEqual(await readdir(dir), []);
});

test('another size than announced', async (t) => {
  const other = randomBytes(1000);
  for (const headers of [{ 'content-length': '1000' }, {}]) {
    const { download, dir } = await setUp(t, 900, (_request, response) => {
      response.writeHead(200, headers).end(other);
      return true;
    });
    await assert.rejects(download(), failsWith('DIGEST_MISMATCH', '900'));
    assert.deepEqual(await readdir(dir), []);
  }
});

test('a body that always ends early is given up', async (t) => {
  const { download, registry, descriptor } = await setUp(t, MiB, shortBody(1000));
  await assert.rejects(download(), failsWith('REGISTRY_UNAVAILABLE', 'ended early', `1000 of ${MiB} bytes`));
  assert.equal(registry.blobRequests(descriptor.digest).length, 4);
});

test('a body that stops is given up after the no-progress time, and taken up again', async (t) => {
  const { download, assertWhole, registry, descriptor } = await setUp(t, MiB, stallAfter(200_000, 2));
  const reasons: string[] = [];
  await download({ noProgressMs: 400, onRetry: ({ reason }) => reasons.push(reason) });
  await assertWhole();
  // A machine with other work may bring no byte for as long once more.
  assert.ok(reasons.length >= 2, reasons.join('\n'));
  for (const reason of reasons) assert.match(reason, /no byte came for 0.4 s/);
  registry.blobFault = stallAfter(0);
  const path = join(await tempDir(t), 'again');
  await assert.rejects(
    download({ noProgressMs: 60, path }),
    failsWith('REGISTRY_UNAVAILABLE', registry.host, descriptor.digest, `0 of ${MiB} bytes`),
  );
});

test('a trickle is too slow', async (t) => {
  const { download } = await setUp(t, MiB, trickle(5));
  await assert.rejects(
    // Long beside the pause between two bytes, which a machine with other work makes longer.
    download({ noProgressMs: 600, minBytesPerSecond: 5000 }),
    failsWith('REGISTRY_UNAVAILABLE', /fewer than 5000 a second/),
  );
});

test('a ceiling ends it, and the bytes stay', async (t) => {
  const { download, path, descriptor } = await setUp(t, MiB, stallAfter(100_000));
  await assert.rejects(download({ ceilingMs: 900 }), failsWith('DEADLINE', descriptor.digest, '900 ms'));
  assert.equal((await readFile(path)).length, 100_000);
});

test('429 and 5xx are waited out', async (t) => {
  const { download, registry, assertWhole } = await setUp(t, MiB, statusTimes(429, 2, { 'retry-after': '0' }));
  await download();
  await assertWhole();
  registry.blobFault = statusTimes(500, 3);
  await download({ path: join(await tempDir(t), 'again') });
});

test('a blob that is not there', async (t) => {
  const { download } = await setUp(t, 100, (_request, response) => {
    sendError(response, 404, 'BLOB_UNKNOWN', 'blob unknown to registry');
    return true;
  });
  await assert.rejects(download(), failsWith('REGISTRY_NOT_FOUND', 'blob unknown to registry'));
});

test('redirects to another port are followed without credentials, and not for ever', async (t) => {
  const { download, registry, descriptor, bytes, assertWhole } = await setUp(t, MiB);
  const store = await FaultyRegistry.start(t);
  store.addBlob(bytes);
  registry.fault = ({ headers }, response) => {
    if (headers.authorization) return false;
    response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
    return true;
  };
  registry.blobFault = redirectTo(`http://${store.host}`);
  const credentials = { username: 'user', password: 'secret' };
  await download({ credentials, ranges: { parallel: 3, pieceBytes: 100_000 } });
  await assertWhole();
  assert.ok(registry.blobRequests(descriptor.digest).some(({ headers }) => headers.authorization));
  assert.ok(store.seen.length > 1);
  assert.ok(store.seen.every(({ headers }) => headers.authorization === undefined));
  store.blobFault = redirectTo(`http://${store.host}`);
  const path = join(await tempDir(t), 'again');
  await assert.rejects(download({ credentials, path }), failsWith('REGISTRY_ERROR', /redirects/));
});

test('a big layer is fetched in several concurrent ranges', async (t) => {
  const { download, registry, descriptor, assertWhole } = await setUp(t, 8 * MiB);
  let running = 0;
  let most = 0;
  registry.blobFault = async (_request, response) => {
    most = Math.max(most, ++running);
    response.once('close', () => running--);
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
    return false;
  };
  const seen: DownloadProgress[] = [];
  const done = await download({ ranges: { parallel: 4, pieceBytes: MiB }, onProgress: (one) => seen.push(one) });
  await assertWhole();
  assert.equal(done.fetched, descriptor.size);
  assert.equal(registry.blobRequests(descriptor.digest).length, 8);
  assert.ok(most > 1 && most <= 4, `${most} concurrent`);
  assert.equal(seen.at(-1)?.front, descriptor.size);
  assert.ok(seen.every(({ front, bytes }) => front <= bytes));
});

test('concurrent ranges with resets, then a stop: the next try fetches only the rest', async (t) => {
  const { download, registry, bytes, descriptor, path, assertWhole } = await setUp(t, 8 * MiB, resetAfter(400_000));
  const ranges = { parallel: 4, pieceBytes: MiB };
  const abort = new AbortController();
  const stopped = download({
    ranges,
    signal: abort.signal,
    onProgress: ({ bytes: got }) => {
      if (got > 3 * MiB) abort.abort();
    },
  });
  await assert.rejects(stopped, failsWith('CANCELLED'));
  assert.ok(existsSync(`${path}.ranges`), 'the holes are written down');
  registry.blobFault = undefined;
  const done = await download({ ranges });
  await assertWhole();
  assert.ok(done.fetched < descriptor.size - 2 * MiB, `${done.fetched} of ${bytes.length} fetched`);
});

test('a torn list of ranges means from the beginning', async (t) => {
  const { download, path, bytes, assertWhole } = await setUp(t, MiB);
  await writeFile(path, bytes);
  await writeFile(`${path}.ranges`, '{"have":[[0,');
  assert.equal((await download()).fetched, MiB);
  await assertWhole();
});

test('one bad range among many spoils the whole, which is noticed', async (t) => {
  const { download, dir } = await setUp(t, 4 * MiB, (request, response, content, count) => {
    if (!content || count !== 2) return false;
    sendContent(request, response, Buffer.alloc(content.length));
    return true;
  });
  await assert.rejects(download({ ranges: { parallel: 4, pieceBytes: MiB } }), failsWith('DIGEST_MISMATCH'));
  assert.deepEqual(await readdir(dir), []);
});

test('cancellation ends the connection, and the bytes stay', async (t) => {
  let closed: Promise<unknown> | undefined;
  const stall = stallAfter(2 * MiB);
  const { download, path } = await setUp(t, 3 * MiB, (request, response, content, count) => {
    closed = new Promise((resolve) => {
      response.once('close', resolve);
    });
    return stall(request, response, content, count);
  });
  const abort = new AbortController();
  const running = download({ signal: abort.signal, onProgress: ({ bytes }) => bytes > 0 && abort.abort() });
  await assert.rejects(running, failsWith('CANCELLED'));
  await closed;
  const kept = (await readFile(path)).length;
  assert.ok(kept > 0 && kept <= 2 * MiB, `${kept} bytes kept`);
  await assert.rejects(download({ signal: AbortSignal.abort() }), failsWith('CANCELLED'));
});

test('a full or missing directory is no fault of the registry', async (t) => {
  const { download, dir } = await setUp(t, 1000);
  await assert.rejects(download({ path: join(dir, 'no', 'such', 'place') }), failsWith('INTERNAL', 'ENOENT'));
});

test('a registry that restarts in the middle is waited for', async (t) => {
  const { registry, descriptor, path, bytes, assertWhole } = await setUp(t, 2 * MiB);
  const client = new RegistryClient({ backoffMs: 100, attempts: 6 });
  t.after(() => client.close());
  registry.blobFault = resetAfter(700_000, 1);
  let gone: Promise<void> | undefined;
  await client.downloadBlob(descriptor, {
    reference: parseReference(`${registry.host}/app:v1`),
    path,
    onRetry: ({ attempt }) => {
      if (gone === undefined) gone = registry.stop();
      else if (attempt === 2) setTimeout(() => void registry.listen().catch(() => {}), 1);
    },
  });
  await gone;
  await assertWhole();
  assert.equal(bytes.length, descriptor.size);
});

const noMount = process.getuid?.() === 0 ? false : 'mounting a small file system needs root';

test('a full disk is reported as such', { skip: noMount }, async (t) => {
  const { download, dir } = await setUp(t, 4 * MiB);
  const small = join(dir, 'small');
  await mkdir(small);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', small]);
  try {
    for (const parallel of [1, 4])
      await assert.rejects(
        download({ path: join(small, 'layer'), ranges: { parallel, pieceBytes: MiB } }),
        failsWith('DISK_FULL', 'ENOSPC'),
      );
  } finally {
    execFileSync('umount', [small]);
  }
});
