import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort, type RunningServer, startNats, startRedis } from '@slipway/test-servers';

interface Started {
  child: ChildProcess;
  nats: RunningServer;
  redis: RunningServer;
  log: () => string;
}

/** The service, with servers that do not run yet. */
async function start(t: TestContext, port: number): Promise<Started> {
  const [nats, redis] = await Promise.all([startNats(), startRedis()]);
  await Promise.all([nats.kill(), redis.kill()]);
  const dir = mkdtempSync(join(tmpdir(), 'slipway-service-'));
  const flags = { root: dir, state: dir, 'nats.url': nats.url, 'redis.url': redis.url, 'http.port': String(port) };
  const service = fileURLToPath(new URL('./idle-service.js', import.meta.url));
  const args = [service, ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value])];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (log += data.toString()));
  t.after(async () => {
    child.kill('SIGKILL');
    await Promise.all([nats.stop(), redis.stop()]);
    rmSync(dir, { recursive: true });
  });
  return { child, nats, redis, log: () => log };
}

async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (await condition()) return;
    await sleep(50);
  }
  throw new Error(`never: ${what}`);
}

async function readiness(port: number): Promise<{ ready: boolean; reasons: Record<string, string> } | undefined> {
  const response = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
  return (await response?.json()) as Awaited<ReturnType<typeof readiness>>;
}

test('a service waits for NATS and Redis that are not there yet, and says so', async (t) => {
  const port = await freePort();
  const { child, nats, redis, log } = await start(t, port);
  await until('it tells what it waits for', async () => {
    const { reasons = {} } = (await readiness(port)) ?? {};
    return /NATS cannot be reached/.test(reasons['nats'] ?? '') && /redis/.test(reasons['redis'] ?? '');
  });
  await nats.restart();
  await until('it only waits for Redis', async () => (await readiness(port))?.reasons['nats'] === undefined);
  assert.equal((await readiness(port))?.ready, false);
  await redis.restart();
  await until('it is ready', async () => (await readiness(port))?.ready === true);
  assert.equal(child.exitCode, null);
  assert.equal(log().match(/waiting for a server/g)?.length, 2, log());
});

test('a service that waits ends on SIGTERM', async (t) => {
  const { child, log } = await start(t, 0);
  await until('it waits', () => log().includes('waiting for a server'));
  child.kill('SIGTERM');
  const [code] = (await once(child, 'exit')) as [number];
  assert.equal(code, 0);
});

test('a service whose port for health is taken has another one', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  t.after(() => taken.close());
  const { child, nats, redis, log } = await start(t, (taken.address() as AddressInfo).port);
  await Promise.all([nats.restart(), redis.restart()]);
  await until('it is ready', () => /"msg":"ready"/.test(log()));
  assert.equal(child.exitCode, null);
});
