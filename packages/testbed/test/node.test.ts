import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startNats, startRedis } from '@slipway/test-servers';
import { criClient, nodeLeftovers, podLeftovers, startNode, type TestNode } from '../src/index.js';

const clone = join(dirname(fileURLToPath(import.meta.url)), '../../../..');
const slipway = join(clone, 'packages/cli/bin/slipway');
const built = ['gateway', 'puller', 'builder'].every((name) =>
  existsSync(join(clone, 'services', name, 'dist/main.mjs')),
);
const skip =
  process.getuid?.() !== 0 ? 'needs root' : built ? false : 'the services are not built: node scripts/build.mjs';

function alive(pid: number): boolean {
  try {
    // The third field of proc(5)'s stat: a zombie has ended.
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

async function until(what: string, condition: () => boolean): Promise<void> {
  for (let waited = 0; !condition(); waited += 20) {
    assert.ok(waited < 20_000, `${what}: not after 20 s`);
    await sleep(20);
  }
}

async function version(node: TestNode): Promise<string> {
  const cri = criClient(node.socket);
  try {
    const answer = await cri.version({}, { timeoutMs: 10_000 });
    return `${answer.version} ${answer.runtimeApiVersion}`;
  } finally {
    cri.close();
  }
}

// No handlers: what is looked at here is the supervisor, and executors have tests of their own.
describe('slipway up', { skip, timeout: 120_000 }, () => {
  let node: TestNode;
  before(async () => {
    node = await startNode({ handlers: [] });
  });
  after(async () => {
    await node.stop();
    assert.deepEqual(nodeLeftovers(node.place), []);
  });

  test('serves the CRI on a socket of mode 0660 and leaves nothing of pods that never were', async () => {
    assert.equal(await version(node), '0.1.0 v1');
    assert.equal(statSync(node.socket).mode & 0o777, 0o660);
    assert.deepEqual(podLeftovers(node), []);
  });

  test('keeps keys to root, configuration of Redis to root and its user, and the socket of Redis to the gateway too', () => {
    for (const file of ['keys/gateway.nk', 'keys/operator.nk', 'up.json']) {
      assert.equal(statSync(join(node.state, file)).mode & 0o077, 0, file);
    }
    for (const file of ['nats.conf', 'redis.conf']) {
      const { mode, uid, gid } = statSync(join(node.state, file));
      assert.equal(mode & 0o007, 0, file);
      assert.ok(uid === 0 || gid === 0, file);
    }
    assert.equal(statSync(join(node.state, 'redis/redis.sock')).mode & 0o007, 0);
  });

  test('status tells of every process', () => {
    const words = ['status', '--json', '--config', join(node.place.directory, 'config.toml')];
    const { stdout, status: code } = spawnSync(slipway, words, { encoding: 'utf8' });
    const status = JSON.parse(stdout) as {
      ready: boolean;
      missing: string[];
      processes: { name: string; state: string }[];
    };
    assert.deepEqual([code, status.ready], [1, false]);
    assert.deepEqual(status.missing, [
      'no executor takes work: no pod can be made, stopped or removed, and no end of a container is noticed',
    ]);
    assert.deepEqual(
      status.processes.map(({ name, state }) => `${name} ${state}`),
      ['nats ready', 'redis ready', 'puller-0 ready', 'builder-0 ready', 'gateway-0 ready'],
    );
  });

  test('a second one on the same state directory is refused and harms nothing', async () => {
    const config = join(node.place.directory, 'config.toml');
    const second = spawnSync(slipway, ['up', '--config', config], { encoding: 'utf8', timeout: 20_000 });
    assert.equal(second.status, 1);
    assert.match(second.stderr, new RegExp(`runs already as pid ${node.up.pid} \\(INVALID_CONFIG\\)`));
    assert.equal(await version(node), '0.1.0 v1');
  });

  for (const name of ['nats', 'redis', 'puller-0', 'gateway-0']) {
    test(`${name} is started again when it was killed`, async () => {
      const pid = node.processes().find((one) => one.name === name)?.pid as number;
      process.kill(pid, 'SIGKILL');
      await until(`${name} has another pid`, () => {
        const now = node.processes().find((one) => one.name === name);
        return now?.pid !== undefined && now.pid !== pid;
      });
      await node.ready();
      assert.equal(node.processes().find((one) => one.name === name)?.restarts, 1);
      assert.equal(await version(node), '0.1.0 v1');
    });
  }

  test('services end with a supervisor that is killed, and the next one takes over its servers', async () => {
    const before = node.processes();
    await node.shutDown('SIGKILL');
    const services = before.filter(({ name }) => name.includes('-')).map(({ pid }) => pid as number);
    await until('services ended', () => !services.some(alive));
    await node.start();
    const servers = before.filter(({ name }) => !name.includes('-')).map(({ pid }) => pid as number);
    assert.deepEqual(servers.filter(alive), []);
    assert.equal(await version(node), '0.1.0 v1');
  });

  test('SIGTERM ends all of it with exit status 0', async () => {
    const all = node.processes().map(({ pid }) => pid as number);
    const { up } = node;
    await node.shutDown();
    assert.equal(up.exitCode, 0);
    assert.deepEqual(all.filter(alive), []);
    assert.equal(existsSync(join(node.state, 'up.lock')), false);
  });
});

describe('slipway up with servers of the site', { skip, timeout: 60_000 }, () => {
  test('starts none of its own and leaves them running', async () => {
    const nats = await startNats();
    const redis = await startRedis();
    try {
      const node = await startNode({ handlers: [], settings: { 'nats.url': nats.url, 'redis.url': redis.url } });
      try {
        assert.deepEqual(
          node.processes().map(({ name }) => name),
          ['puller-0', 'builder-0', 'gateway-0'],
        );
        assert.equal(await version(node), '0.1.0 v1');
      } finally {
        await node.stop();
      }
      assert.ok(alive(nats.pid));
      assert.ok(alive(redis.pid));
      assert.deepEqual(nodeLeftovers(node.place), []);
    } finally {
      await nats.stop();
      await redis.stop();
    }
  });

  test('stages are scaled as the settings say', async () => {
    const node = await startNode({ handlers: [], scale: { puller: 2, builder: 0 } });
    try {
      const names = node.processes().map(({ name }) => name);
      assert.deepEqual(names, ['nats', 'redis', 'puller-0', 'puller-1', 'gateway-0']);
    } finally {
      await node.stop();
    }
  });
});
