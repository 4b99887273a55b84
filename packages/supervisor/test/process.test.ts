import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger } from '@slipway/telemetry';
import { SupervisedProcess } from '../src/process.js';

const log = createLogger({ stage: 'up', destination: { write: () => undefined } });
const node = (script: string) => ({ name: 'child', command: process.execPath, args: ['-e', script] });

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((wake) => setTimeout(wake, 10));
}

test('a service is ready when it says so, and ends on SIGTERM', { timeout: 20_000 }, async () => {
  const child = new SupervisedProcess(
    node("process.send({state:'ready',http:'http://127.0.0.1:1'}); process.on('SIGTERM', () => process.exit(0))"),
    log,
  );
  await child.start();
  assert.equal(child.state, 'ready');
  assert.equal(child.http, 'http://127.0.0.1:1');
  const pid = child.pid as number;
  await child.stop();
  assert.equal(child.state, 'stopped');
  assert.throws(() => process.kill(pid, 0), /ESRCH/);
});

test('a process that dies is started again', { timeout: 20_000 }, async () => {
  const states: string[] = [];
  const child = new SupervisedProcess(node("process.send({state:'ready'}); setInterval(() => {}, 1000)"), log, {
    changed: () => void states.push(child.state),
  });
  await child.start();
  const first = child.pid as number;
  process.kill(first, 'SIGKILL');
  await until(() => child.state === 'ready' && child.pid !== first);
  assert.equal(child.restarts, 1);
  assert.deepEqual(states, ['ready', 'waiting', 'starting', 'ready']);
  await child.stop();
});

test('one that cannot start is tried again and can be stopped meanwhile', { timeout: 20_000 }, async () => {
  const child = new SupervisedProcess({ name: 'none', command: '/nonexistent', args: [] }, log);
  const started = child.start();
  await until(() => child.restarts >= 2);
  await child.stop();
  await started;
  assert.equal(child.state, 'stopped');
});

test('one is started again once what it needs is there, and not before', { timeout: 20_000 }, async () => {
  let asked = 0;
  let grant: () => void = () => undefined;
  const needs = async (): Promise<void> => {
    if (asked++ > 0) await new Promise<void>((resolve) => (grant = resolve));
  };
  const script = "process.send({state:'ready'}); setInterval(() => {}, 1000)";
  const child = new SupervisedProcess({ ...node(script), needs }, log);
  await child.start();
  process.kill(child.pid as number, 'SIGKILL');
  await until(() => asked === 2);
  assert.deepEqual([child.state, child.pid, child.restarts], ['waiting', undefined, 1]);
  grant();
  await until(() => child.state === 'ready');
  assert.equal(child.restarts, 1);
  await child.stop();
});

test('one that ignores SIGTERM is killed', { timeout: 20_000 }, async () => {
  const script = "process.on('SIGTERM', () => {}); process.send({state:'ready'}); setInterval(() => {}, 1000)";
  const child = new SupervisedProcess({ ...node(script), stopMs: 200 }, log);
  await child.start();
  const pid = child.pid as number;
  await child.stop();
  assert.throws(() => process.kill(pid, 0), /ESRCH/);
});

test('one that was stopped is killed and started again, and one that only works for long is not', {
  timeout: 60_000,
}, async () => {
  const answering = "process.on('message', ({ id }) => process.send({ reply: id }));process.send({state:'ready'});";
  // Its event loop only turns for half of the time.
  const busy = 'setInterval(() => { for (const end = Date.now() + 400; Date.now() < end; ); }, 800);';
  const child = new SupervisedProcess({ ...node(answering + busy), hungMs: 3000 }, log);
  await child.start();
  const first = child.pid as number;
  await sleep(5000);
  assert.deepEqual([child.pid, child.restarts], [first, 0]);
  process.kill(first, 'SIGSTOP');
  await until(() => child.state === 'ready' && child.pid !== first);
  assert.equal(child.restarts, 1);
  assert.throws(() => process.kill(first, 0), /ESRCH/);
  await child.stop();
});

test('one that takes longer to start than it may be silent is given more time at each start', {
  timeout: 60_000,
}, async () => {
  const slow = 'for (const end = Date.now() + 2500; Date.now() < end; );';
  const answering = "process.on('message', ({ id }) => process.send({ reply: id }));process.send({state:'ready'});";
  const child = new SupervisedProcess({ ...node(slow + answering), hungMs: 500 }, log);
  await child.start();
  assert.equal(child.state, 'ready');
  assert.ok(child.restarts > 0, 'it was killed at least once');
  await child.stop();
});

test('a server that was stopped is killed and started again', { timeout: 60_000 }, async () => {
  const dir = mkdtempSync(join(tmpdir(), 'slipway-server-'));
  const socket = join(dir, 'socket');
  const script = `
    require('node:fs').rmSync('${socket}', { force: true });
    require('node:net').createServer((client) => client.end('here')).listen('${socket}')`;
  const answer = async (): Promise<void> => {
    const client = connect(socket);
    client.setTimeout(500, () => client.destroy(new Error('silent')));
    await once(client, 'data');
    client.destroy();
  };
  const child = new SupervisedProcess({ ...node(script), ready: answer, alive: answer, hungMs: 2000 }, log);
  await child.start();
  const first = child.pid as number;
  process.kill(first, 'SIGSTOP');
  await until(() => child.state === 'ready' && child.pid !== first);
  await child.stop();
  rmSync(dir, { recursive: true });
});

test('what a service started outlives its stop', { timeout: 20_000 }, async () => {
  const dir = mkdtempSync(join(tmpdir(), 'slipway-process-'));
  const file = join(dir, 'pid');
  writeFileSync(file, '');
  const script = `
    const child = require('node:child_process').spawn('sleep', ['60'], { stdio: 'ignore' });
    require('node:fs').writeFileSync(${JSON.stringify(file)}, String(child.pid));
    process.send({state:'ready'});
    process.on('SIGTERM', () => process.exit(0));`;
  const child = new SupervisedProcess(node(script), log);
  await child.start();
  await child.stop();
  const grandchild = Number(readFileSync(file, 'utf8'));
  try {
    assert.ok(grandchild > 0);
    assert.doesNotThrow(() => process.kill(grandchild, 0));
  } finally {
    process.kill(grandchild, 'SIGKILL');
    rmSync(dir, { recursive: true });
  }
});

test("a service's lines go to the output", { timeout: 20_000 }, async () => {
  const lines: string[] = [];
  const script = 'console.error(\'{"msg":"hello"}\'); process.send({state:\'ready\'}); setInterval(() => {}, 1000)';
  const child = new SupervisedProcess(node(script), log, undefined, (line) => lines.push(line));
  await child.start();
  await until(() => lines.length > 0);
  assert.deepEqual(lines, ['{"msg":"hello"}']);
  await child.stop();
});
