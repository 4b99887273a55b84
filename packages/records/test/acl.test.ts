import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, describe, it } from 'node:test';
import { type Role, rights, roles } from '@slipway/contracts';
import type { RecordKind } from '@slipway/stages';
import { isSlipwayError } from '@slipway/errors';
import { type RunningServer, startRedis, temporaryDirectory } from '@slipway/test-servers';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { connectRecords, noDefaultUser, type Records, redisUser, redisUserLine } from '../src/index.js';

const log = pino({ level: 'silent' });
const node = 'n1';
const admin = 'user admin on nopass ~* &* +@all';
const passwordOf = (role: Role): string => `password of ${role}`;
const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
const refused = (error: unknown): boolean =>
  /NOPERM|ACL failure|can't access at least one of the keys|can't run this command/.test((error as Error).message);

describe('users of Redis', () => {
  let server: RunningServer;
  let root: string;
  let owner: Redis;
  const open: { close(): unknown }[] = [];

  before(async () => {
    const users = roles.flatMap((role) => {
      const user = redisUser(role, node);
      return user ? [redisUserLine(user, hash(passwordOf(role)))] : [];
    });
    server = await startRedis({ appendOnly: true, users: [noDefaultUser, admin, ...users] });
    root = await temporaryDirectory();
    owner = raw('admin', '');
  });
  after(async () => {
    for (const one of open) await one.close();
    await server.stop();
    await rm(root, { recursive: true, force: true });
  });

  const raw = (username: string, password: string): Redis => {
    const options = { path: server.url.slice('unix://'.length), username, password, disableClientInfo: true };
    const redis = new Redis({ ...options, enableReadyCheck: false, retryStrategy: () => null });
    redis.on('error', () => undefined);
    open.push({ close: () => redis.disconnect() });
    return redis;
  };
  const as = async (role: Role): Promise<Records> => {
    const access = { role, username: redisUser(role, node)?.name ?? '', password: passwordOf(role) };
    const records = await connectRecords({ url: server.url, node, root, log, access });
    open.push(records);
    return records;
  };
  const rawAs = (role: Role): Redis => raw(redisUser(role, node)?.name ?? '', passwordOf(role));

  it('let nobody in without a password, or with one of another role', async () => {
    for (const [name, password] of [
      ['', ''],
      ['default', ''],
      [redisUser('gateway', node)?.name ?? '', passwordOf('puller')],
    ] as const) {
      await assert.rejects(raw(name, password).ping(), /NOAUTH|WRONGPASS|Connection is closed/);
    }
  });

  it('let each role do its work', async () => {
    await owner.acl('LOG', 'RESET');
    const gateway = await as('gateway');
    const [puller, executor, builder, operator] = await Promise.all([
      as('puller'),
      as('executor'),
      as('builder'),
      as('operator'),
    ]);
    await gateway.sandboxes.insert('s', { id: 's' });
    await gateway.containers.insert('c', { id: 'c', sandboxId: 's' });
    const end = await gateway.journal.end();
    await executor.withLock('sandbox:s', () => executor.sandboxes.transition('s', (now) => ({ ...now, phase: 1 })));
    await executor.withLock('container:c', () => executor.containers.transition('c', (now) => ({ ...now, phase: 2 })));
    await executor.containers.transition('c', (now) => ({ ...now, phase: 3 }));
    assert.equal(await executor.operations.isRunning('sandbox/s'), false);
    const reader = gateway.journal.open(end);
    open.push(reader);
    assert.ok((await reader.read()).length > 0);
    await reader.next().catch(() => undefined);
    await gateway.bookmarks.save('b', 'socket', 'instance', end);
    await gateway.bookmarks.take('socket', 'another');
    const outcome = await gateway.operations.run('sandbox/s', 's', async () => undefined);
    await gateway.operations.deliver('sandbox/s', outcome);
    await gateway.operations.forget('sandbox/s', outcome);
    await gateway.operations.run('sandbox/f', 'f', () => Promise.reject(new Error('no'))).catch(() => undefined);
    await gateway.operations.sweep();
    await gateway.journal.sweep();
    await gateway.withLock('janitor', async () => undefined);
    await gateway.withLock('removal:s', async () => undefined);
    await puller.withLock('image-names', () => puller.images.put('i', { id: 'i' }));
    await puller.images.transition('i', (now) => ({ ...now, pinned: true }));
    assert.equal((await puller.containers.list()).length, 1);
    assert.equal((await puller.containers.get('c'))?.id, 'c');
    assert.equal((await gateway.images.list()).length, 1);
    assert.equal((await operator.images.get('i'))?.pinned, true);
    await operator.sandboxes.put('o', { id: 'o' });
    await operator.sandboxes.delete('o');
    await builder.withLock('bundle:c', () => sleep(5));
    await puller.images.delete('i');
    await gateway.containers.delete('c');
    await gateway.sandboxes.delete('s');
    for (const records of [gateway, puller, executor, builder, operator]) await records.ping();
    const supervisor = rawAs('supervisor');
    assert.match(await supervisor.info('persistence'), /aof_last_write_status/);
    await supervisor.config('SET', 'appendonly', 'yes');
    const denied = (await owner.acl('LOG')) as unknown[];
    assert.deepEqual(denied, []);
  });

  it('refuse what is none of the work of a role', async () => {
    await owner.hset(`slipway:{${node}}:sandboxes`, 'x', 'x');
    await owner.hset(`slipway:{other}:sandboxes`, 'x', 'x');
    for (const role of roles) {
      const own = rights[role].redis;
      if (!own) continue;
      const redis = rawAs(role);
      const tryOut = async (...words: string[]): Promise<void> => {
        const [command = '', ...rest] = words;
        await assert.rejects(redis.call(command, ...rest), refused, `${role} may ${words.join(' ')}`);
      };
      for (const kind of ['sandboxes', 'containers', 'images'] as RecordKind[]) {
        const key = `slipway:{${node}}:${kind}`;
        if (own.records[kind] !== 'write') {
          await tryOut('HSET', key, 'id', 'forged');
          await tryOut('HDEL', key, 'id');
          await tryOut('EVAL', "return redis.call('HSET', KEYS[1], 'id', 'forged')", '1', key);
          await tryOut('EVAL', `return redis.call('HSET', '${key}', 'id', 'forged')`, '0');
          await tryOut('SET', `${key}:revision`, '1');
          await tryOut('SET', `slipway:{${node}}:filled:${kind}`, 'forged');
        }
        if (own.records[kind] === undefined) {
          await tryOut('HGETALL', key);
          await tryOut('EVAL_RO', "return redis.call('HGETALL', KEYS[1])", '1', key);
        }
        await tryOut('HGETALL', `slipway:{other}:${kind}`);
        await tryOut('DEL', `${key}x`);
      }
      for (const lock of ['janitor', 'removal:x', 'image-names', 'bundle:x', 'sandbox:x', 'container:x', 'limits:x']) {
        if (own.locks.some((prefix) => lock.startsWith(prefix))) continue;
        await tryOut('SET', `slipway:{${node}}:lock:${lock}`, 'mine');
        await tryOut('DEL', `slipway:{${node}}:lock:${lock}`);
      }
      if (own.operations !== 'write') await tryOut('SET', `slipway:{${node}}:operation:x`, 'forged');
      if (!own.journal) {
        await tryOut('HSET', `slipway:{${node}}:journal:bookmarks`, 'x', 'x');
        await tryOut('XREAD', 'STREAMS', `slipway:{${node}}:journal`, '0');
      }
      if (!own.server) await tryOut('CONFIG', 'SET', 'dir', '/tmp');
      for (const words of [
        'CONFIG GET *',
        'KEYS *',
        'SCAN 0',
        'FLUSHALL',
        'FLUSHDB',
        'ACL LIST',
        'ACL WHOAMI',
        'MONITOR',
        'CLIENT LIST',
        'CLIENT KILL TYPE normal',
        'SHUTDOWN NOSAVE',
        'SCRIPT FLUSH',
        'FUNCTION LIST',
        'MODULE LIST',
        'REPLICAOF 127.0.0.1 1',
        'SAVE',
        'BGREWRITEAOF',
        'SWAPDB 0 1',
        'SUBSCRIBE x',
        'PUBLISH x y',
        'SLOWLOG GET',
        'DUMP slipway:x',
      ]) {
        await tryOut(...words.split(' '));
      }
    }
  });

  it('bring back all that was written when Redis is started again', async () => {
    const redis = rawAs('gateway');
    // A script's changes are a transaction in the append-only file.
    const key = `slipway:{${node}}:operation:`;
    const lua = "redis.call('SET', KEYS[1], 'x') redis.call('SET', KEYS[2], 'y')";
    await redis.eval(lua, 2, `${key}1`, `${key}2`);
    await server.restart();
    // It answers LOADING while it reads its file.
    for (let tries = 0; tries < 100; tries++) {
      owner = raw('admin', '');
      if (await owner.ping().catch(() => undefined)) break;
      await sleep(50);
    }
    const again = rawAs('gateway');
    assert.deepEqual([await again.get(`${key}1`), await again.get(`${key}2`)], ['x', 'y']);
  });

  it('have who may only read records wait for who compares them, and never forge them', async () => {
    // As if Redis had been started again: no records are compared yet.
    await owner.del(`slipway:{${node}}:filled:containers`, `slipway:{${node}}:filled:images`);
    const puller = await as('puller');
    const waiting = puller.containers.list();
    const gateway = await as('gateway');
    await gateway.containers.put('later', { id: 'later' });
    assert.equal(
      (await waiting).every(({ id }) => id === 'later'),
      true,
    );
    await assert.rejects(
      puller.containers.put('forged', { id: 'forged' }),
      (error) => isSlipwayError(error) && error.code === 'RECORDS_UNAVAILABLE',
    );
    assert.equal(await gateway.containers.get('forged'), undefined);
    // Damaged bytes are passed over by who may not mend them, and mended by who may.
    await owner.hset(`slipway:{${node}}:containers`, 'later', 'damaged');
    assert.equal(await puller.containers.get('later'), undefined);
    assert.equal((await gateway.containers.get('later'))?.id, 'later');
    assert.equal((await puller.containers.get('later'))?.id, 'later');
  });
});
