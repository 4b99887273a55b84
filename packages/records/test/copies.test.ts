import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { ContainerPhase, ContainerRecord, SandboxPhase } from '@slipway/contracts';
import { type RunningServer, startRedis, temporaryDirectory } from '@slipway/test-servers';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { connectRecords, newestRecordFormat, type Records } from '../src/index.js';

const { CONTAINER_PHASE_CREATED, CONTAINER_PHASE_RUNNING, CONTAINER_PHASE_EXITED } = ContainerPhase;

describe('the two copies of a record', () => {
  let server: RunningServer;
  let redis: Redis;
  let root: string;
  let records: Records;
  let node: string;
  let nodes = 0;
  let lines: string[];
  const open = (boot?: string): Promise<Records> =>
    connectRecords({
      url: server.url,
      node,
      root,
      state: join(root, 'state'),
      log: pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) }),
      ...(boot === undefined ? {} : { boot }),
    });
  const hash = (kind = 'containers'): string => `slipway:{${node}}:${kind}`;
  const file = (name: string): string => join(root, 'records/containers', name);
  const start = (id: string) =>
    records.containers.transition(id, (now) => ({ ...now, phase: CONTAINER_PHASE_RUNNING, pid: 7 }));

  before(async () => {
    server = await startRedis({ appendOnly: true });
    redis = new Redis(server.url.slice('unix://'.length));
    redis.on('error', () => undefined);
  });
  beforeEach(async () => {
    await records?.close();
    if (root) await rm(root, { recursive: true, force: true });
    node = `node-${nodes++}`;
    root = await temporaryDirectory();
    lines = [];
    records = await open();
  });
  after(async () => {
    await records?.close();
    redis.disconnect();
    await server.stop();
    if (root) await rm(root, { recursive: true, force: true });
  });

  /** Has Redis forget all changes that `work` makes, as one does that is killed before it has written them. */
  const forgotten = async (work: () => Promise<unknown>): Promise<void> => {
    const names = ['sandboxes', 'containers', 'images'].flatMap((kind) => [
      hash(kind),
      `${hash(kind)}:revision`,
      `${hash(kind)}:changes`,
    ]);
    const before = await Promise.all(names.map((name) => redis.dumpBuffer(name)));
    await work();
    await redis.del(...names);
    for (const [at, name] of names.entries()) {
      const value = before[at];
      if (value) await redis.restore(name, 0, value);
    }
    // As a Redis that was started again has another run id.
    await server.kill('SIGKILL');
    await server.restart();
  };

  it('of a newer format are refused, and left as they are', async () => {
    await records.containers.put('newer', { id: 'newer', phase: CONTAINER_PHASE_RUNNING });
    const bytes = (await redis.hgetBuffer(hash(), 'newer')) as Buffer;
    // As the version writes it that has raised the format: the first byte behind the head of the seal (seal.ts).
    bytes[bytes.length - 32] = 1;
    createHash('sha256')
      .update(bytes.subarray(0, -8))
      .digest()
      .copy(bytes, bytes.length - 8, 0, 8);
    await redis.hset(hash(), 'newer', bytes);
    await writeFile(file('newer'), bytes);
    await records.close();
    records = await open();
    await assert.rejects(records.containers.get('newer'), { code: 'RECORD_TOO_NEW' });
    await assert.rejects(records.containers.list(), { code: 'RECORD_TOO_NEW' });
    await assert.rejects(start('newer'), { code: 'RECORD_TOO_NEW' });
    assert.equal(await newestRecordFormat(root), 2);
    // A Redis that is met for the first time: both copies are compared before anything is read, and that is refused.
    await records.close();
    await server.kill('SIGKILL');
    await server.restart();
    await assert.rejects(open(), { code: 'RECORD_TOO_NEW' });
    assert.deepEqual(await redis.hgetBuffer(hash(), 'newer'), bytes);
    assert.deepEqual(await readdir(join(root, 'records/containers')), ['newer']);
    assert.deepEqual(await readFile(file('newer')), bytes);
    await rm(file('newer'));
    await redis.hdel(hash(), 'newer');
    records = await open();
  });

  it('lose nothing when Redis is killed before it has written what it acknowledged', async () => {
    await records.containers.put('moved', { id: 'moved', phase: CONTAINER_PHASE_CREATED });
    await records.containers.put('gone', { id: 'gone', phase: CONTAINER_PHASE_EXITED });
    await records.containers.list();
    await forgotten(async () => {
      await start('moved');
      await records.containers.put('new', { id: 'new', phase: CONTAINER_PHASE_RUNNING });
      await records.containers.delete('gone');
    });
    // The very first answers count: who reads too early starts a second copy of a container.
    const [moved, gone, all] = await Promise.all([
      records.containers.get('moved'),
      records.containers.get('gone'),
      records.containers.list(),
    ]);
    assert.deepEqual([moved?.phase, moved?.pid, gone], [CONTAINER_PHASE_RUNNING, 7, undefined]);
    const phases = all.map(({ id, phase }) => `${id} ${phase}`).toSorted();
    assert.deepEqual(phases, [`moved ${CONTAINER_PHASE_RUNNING}`, `new ${CONTAINER_PHASE_RUNNING}`]);
    assert.match(lines.join(''), /differed/);
  });

  it('come from the third copy, in memory as what the record describes is, where both are lost', async () => {
    const beside = (id: string): string => join(root, 'state/containers', id);
    for (const id of ['runs', 'damaged', 'deleted', 'made']) {
      await mkdir(beside(id), { recursive: true });
      await records.containers.put(id, { id, phase: CONTAINER_PHASE_CREATED, message: id });
    }
    await start('runs');
    await records.containers.delete('deleted');
    const lost = async (): Promise<void> => {
      await rm(join(root, 'records/containers'), { recursive: true });
      await redis.flushall();
      await server.kill('SIGKILL');
      await server.restart();
    };
    // Half of it is there: its seal does not fit.
    await truncate(join(root, 'state/records/containers/damaged'), 20);
    await records.close();
    await lost();
    records = await open();
    const phases = (await records.containers.list()).map(({ id, phase }) => `${id} ${phase}`).toSorted();
    assert.deepEqual(phases, [`made ${CONTAINER_PHASE_CREATED}`, `runs ${CONTAINER_PHASE_RUNNING}`]);
    assert.equal((await readdir(join(root, 'records/containers'))).length, 2);
    assert.match(lines.join(''), /lost in Redis and on disk/);
    // Found at use as well, without a comparison of all.
    await redis.hdel(hash(), 'runs');
    await rm(join(root, 'records/containers/runs'));
    assert.equal((await records.containers.find('runs'))?.message, 'runs');
    assert.equal(await records.containers.find('deleted'), undefined);
  });

  it('show a list of now after Redis came back with an older one and was changed as often as before', async () => {
    await records.containers.put('a', { id: 'a' });
    const other = await open();
    await forgotten(async () => {
      await records.containers.put('b', { id: 'b' });
      await other.containers.list();
    });
    await records.containers.delete('b');
    assert.deepEqual(
      (await other.containers.list()).map(({ id }) => id),
      ['a'],
    );
    await other.close();
  });

  it('bring a record of an id back that was deleted and made again', async () => {
    await records.images.put('sha256:1', { id: 'sha256:1', repoTags: ['old'] });
    await records.images.delete('sha256:1');
    await forgotten(() => records.images.put('sha256:1', { id: 'sha256:1', repoTags: ['new'] }));
    assert.deepEqual((await records.images.get('sha256:1'))?.repoTags, ['new']);
    await forgotten(() => records.images.delete('sha256:1'));
    assert.equal(await records.images.get('sha256:1'), undefined);
    assert.deepEqual(await records.images.list(), []);
  });

  it('mend each other: what is damaged in Redis comes from the file', async () => {
    await records.containers.put('c1', { id: 'c1', phase: CONTAINER_PHASE_RUNNING, message: 'as it was' });
    for (const bad of [Buffer.from([0xff, 0xff]), Buffer.from('')]) {
      await redis.hset(hash(), 'c1', bad);
      await records.close();
      records = await open();
      assert.equal((await records.containers.get('c1'))?.message, 'as it was', bad.toString('hex'));
      assert.equal((await records.containers.list())[0]?.phase, CONTAINER_PHASE_RUNNING);
    }
    // A bit that flipped in a text would decode.
    const value = await redis.hgetBuffer(hash(), 'c1');
    assert.ok(value);
    value.write('as it is?', value.indexOf('as it was'));
    await redis.hset(hash(), 'c1', value);
    await records.close();
    records = await open();
    assert.equal((await records.containers.get('c1'))?.message, 'as it was');
    assert.deepEqual(await readdir(join(root, 'records/containers')), ['c1']);
  });

  for (const [what, damage] of Object.entries({
    empty: () => truncate(file('c1'), 0),
    cut: () => truncate(file('c1'), 12),
    junk: () => writeFile(file('c1'), 'junk'),
    away: () => rm(file('c1')),
    'a directory': () => rm(file('c1')).then(() => mkdir(file('c1'))),
  })) {
    it(`mend each other: a file that is ${what} comes from Redis`, async () => {
      await records.containers.put('c1', { id: 'c1', message: 'as it was' });
      await damage();
      await server.restart();
      assert.equal((await records.containers.get('c1'))?.message, 'as it was');
      if (what === 'a directory') return assert.match(lines.join(''), /no record and is ignored/);
      const held = await redis.hgetBuffer(hash(), 'c1');
      assert.deepEqual(await readFile(file('c1')), held);
    });
  }

  it('are set aside and reported when neither can be read, and the others stay', async () => {
    await records.containers.put('c1', { id: 'c1' });
    await records.containers.put('c2', { id: 'c2' });
    await redis.hset(hash(), 'c1', 'bad');
    await truncate(file('c1'), 0);
    await mkdir(file('a-directory'));
    await writeFile(file('someone.txt'), 'hello');
    await records.close();
    await server.restart();
    records = await open();
    assert.deepEqual(
      (await records.containers.list()).map(({ id }) => id),
      ['c2'],
    );
    const names = await readdir(join(root, 'records/containers'));
    assert.deepEqual(names.toSorted(), ['a-directory', 'c1.bad', 'c2', 'someone.txt.bad']);
    assert.match(lines.join(''), /c1\.bad/);
    assert.match(lines.join(''), /a-directory/);
    assert.equal((await redis.hgetBuffer(`${hash()}:bad`, 'c1'))?.toString(), 'bad');
  });

  it('may be those of a version that sealed nothing', async () => {
    const bytes = Buffer.from(ContainerRecord.encode({ id: 'old', phase: CONTAINER_PHASE_CREATED }));
    await redis.hset(hash(), 'old', bytes);
    await writeFile(file('old'), bytes);
    await writeFile(file('on-disk'), ContainerRecord.encode({ id: 'on-disk' }));
    await redis.del(`slipway:{${node}}:filled:containers`);
    await records.close();
    records = await open();
    const seen = (await records.containers.list()).map(({ id, phase }) => `${id} ${phase}`).toSorted();
    assert.deepEqual(seen, [`old ${CONTAINER_PHASE_CREATED}`, 'on-disk 0']);
    await start('old');
    await forgotten(() => records.containers.transition('old', (now) => ({ ...now, exitCode: 3 })));
    assert.equal((await records.containers.get('old'))?.exitCode, 3);
    // An older version reads what this one wrote.
    assert.equal(ContainerRecord.decode(await readFile(file('old'))).exitCode, 3);
  });

  it('tell a restart of the node from one of its processes', async () => {
    const now = BigInt(Date.now()) * 1_000_000n;
    await records.sandboxes.put('s1', { id: 's1', phase: SandboxPhase.SANDBOX_READY });
    await records.sandboxes.put('s2', { id: 's2', phase: SandboxPhase.SANDBOX_INTENT });
    await records.containers.put('c1', { id: 'c1', phase: CONTAINER_PHASE_RUNNING, pid: process.pid });
    await records.containers.put('c2', { id: 'c2', phase: CONTAINER_PHASE_EXITED, exitCode: 4 });
    await records.close();
    await server.restart();
    records = await open();
    assert.equal((await records.sandboxes.get('s1'))?.phase, SandboxPhase.SANDBOX_READY);
    assert.equal((await records.containers.get('c1'))?.phase, CONTAINER_PHASE_RUNNING);
    await records.close();
    await server.restart();
    records = await open('f'.repeat(32));
    const sandbox = await records.sandboxes.get('s1');
    assert.deepEqual([sandbox?.phase, sandbox?.reason], [SandboxPhase.SANDBOX_NOT_READY, 'the node was restarted']);
    assert.equal((await records.sandboxes.get('s2'))?.phase, SandboxPhase.SANDBOX_INTENT);
    const container = await records.containers.get('c1');
    assert.deepEqual(
      [container?.phase, container?.exitCode, container?.reason, container?.pid],
      [CONTAINER_PHASE_EXITED, 255, 'Unknown', 0],
    );
    assert.ok((container?.finishedAt ?? 0n) >= now);
    assert.equal((await records.containers.get('c2'))?.exitCode, 4);
  });
});
