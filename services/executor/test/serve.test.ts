import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ContainerPhase, Executor, LifecycleEvent } from '@slipway/contracts';
import { isAlive } from '@slipway/linux';
import { connectBus, stageClient } from '@slipway/stage';
import { startNats } from '@slipway/test-servers';
import { Harness, skip, until } from './harness.js';

const main = fileURLToPath(new URL('../src/main.js', import.meta.url));

test('an executor process serves its handler, ends on SIGTERM and leaves containers to the next one', {
  skip,
}, async (t) => {
  const harness = await Harness.open(t, 'crun');
  const nats = await startNats();
  t.after(() => nats.stop());
  const args = ['--handler', 'crun', '--root', harness.dir, '--state', join(harness.dir, 'run'), '--node', 'test'];
  const servers = [
    '--nats.url',
    nats.url,
    '--redis.url',
    harness.redis.url,
    '--network.masquerade',
    'false',
    '--network.confDir',
    join(harness.dir, 'net.d'),
  ];
  const start = async (...more: string[]) => {
    const child = spawn(process.execPath, [main, ...args, ...servers, ...more], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (text: Buffer) => {
      said += text.toString();
    });
    t.after(() => child.kill('SIGKILL'));
    await until(() => {
      assert.equal(child.exitCode, null, said);
      return said.includes('"ready"');
    }, 'the executor is ready');
    return child;
  };
  const end = async (child: Awaited<ReturnType<typeof start>>) => {
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    assert.deepEqual(await exited, [0, null]);
  };

  const first = await start();
  const bus = await connectBus({ url: nats.url, node: 'test', role: 'gateway' });
  t.after(() => bus.close());
  const events: LifecycleEvent[] = [];
  bus.subscribeEvents('container', LifecycleEvent, (event) => void events.push(event));
  const client = stageClient(bus, Executor, { handler: 'crun' });
  const info = await client.describe({});
  assert.deepEqual([info.name, info.kind], ['crun', 'crun']);
  assert.match(info.version, /^\d+\.\d+/);

  const container = await harness.reserve({
    args: ['sh', '-c', 'trap "exit 3" TERM; echo ready; while :; do sleep 0.05; done'],
  });
  const { id } = container;
  const made = await client.createContainer({ container });
  assert.equal(made.container?.phase, ContainerPhase.CONTAINER_PHASE_CREATED);
  await client.startContainer({ id });
  const big = await client.execSync({ id, command: ['sh', '-c', 'yes | head -c 9000000'], timeoutSeconds: 60n });
  assert.equal(big.stdout.length, 9_000_000);
  await assert.rejects(client.execSync({ id, command: ['sleep', '100'], timeoutSeconds: 1n }), {
    code: 'EXEC_TIMEOUT',
  });

  await end(first);
  assert.ok(isAlive(made.container?.pid ?? 0, made.container?.startTicks));
  // With one place a method, later calls would wait for minutes behind a call that only waits.
  const second = await start('--stage.concurrency', '1');
  const deaf = await harness.reserve({ args: ['sh', '-c', 'trap "" TERM; while :; do sleep 0.05; done'] });
  await client.createContainer({ container: deaf });
  await client.startContainer({ id: deaf.id });
  const slow = new AbortController();
  const waits = [0, 1, 2].flatMap(() => [
    client.stopContainer({ id: deaf.id, graceSeconds: 3600n }, { signal: slow.signal, timeoutMs: 3_700_000 }),
    client.execSync(
      { id: deaf.id, command: ['sleep', '3600'], timeoutSeconds: 0n },
      { signal: slow.signal, share: 'x' },
    ),
  ]);
  const given = Promise.allSettled(waits);
  assert.equal((await client.execSync({ id, command: ['true'], timeoutSeconds: 10n })).exitCode, 0);
  await until(() => readFileSync(container.logPath, 'utf8').includes('ready'), 'the trap is set');
  await client.stopContainer({ id, graceSeconds: 60n });
  assert.equal((await harness.record(id)).exitCode, 3);
  slow.abort();
  await given;
  await client.stopContainer({ id: deaf.id, graceSeconds: 0n });
  await client.removeContainer({ id: deaf.id });
  await client.removeContainer({ id });
  assert.deepEqual(harness.leftovers(id), []);
  const own = () => events.filter((event) => event.id === id);
  await until(() => own().length === 3, 'three events');
  assert.deepEqual(
    own().map((event) => [event.id, event.phase]),
    ['CREATED', 'RUNNING', 'EXITED'].map((phase) => [id, phase]),
  );
  await end(second);
});
