import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Builder, Executor, Puller } from '@slipway/contracts';
import { connectBus, stageClient } from '@slipway/stage';
import { criClient } from '@slipway/testbed';
import { startNats, startRedis } from '@slipway/test-servers';

const top = fileURLToPath(new URL('../../..', import.meta.url));
/** As `slipway up` starts them. */
const nodeFlags = ['--max-semi-space-size=1', '--optimize-for-size'];
const longestMs = 30_000;

export type Startable = 'puller' | 'builder' | 'executor' | 'gateway';

/** A place in which services are started one at a time. */
export interface StartPlace {
  /** Milliseconds from the spawn of an instance until it has answered its first call. */
  start(stage: Startable): Promise<number>;
  close(): Promise<void>;
}

/** NATS, Redis and directories of its own; what an instance answers first costs it as little as can be. */
export async function openStartPlace(): Promise<StartPlace> {
  const [nats, redis] = await Promise.all([startNats(), startRedis()]);
  const directory = mkdtempSync('/run/slipway-start-');
  const bus = await connectBus({ url: nats.url, node: 'start', role: 'gateway' });
  const socket = join(directory, 'cri.sock');
  const args = [
    ...['--node', 'start', '--root', join(directory, 'root'), '--state', join(directory, 'state')],
    ...['--nats.url', nats.url, '--redis.url', redis.url, '--gateway.socket', socket],
    ...[
      '--network.masquerade',
      'false',
      '--network.confDir',
      join(directory, 'net.d'),
      '--cgroup.parent',
      '/slipway-start',
    ],
  ];
  const firstCalls: Record<Startable, () => Promise<unknown>> = {
    puller: () => stageClient(bus, Puller).imageFsInfo({}),
    builder: () => stageClient(bus, Builder).removeBundle({ id: '0'.repeat(64) }),
    executor: () => stageClient(bus, Executor, { handler: 'crun' }).describe({}),
    gateway: async () => {
      const cri = criClient(socket);
      try {
        return await cri.version({});
      } finally {
        cri.close();
      }
    },
  };
  return {
    start: async (stage) => {
      const main = join(top, 'services', stage, 'dist/main.mjs');
      const more = stage === 'executor' ? ['--handler', 'crun'] : [];
      const began = performance.now();
      const child = spawn(process.execPath, [...nodeFlags, main, ...args, ...more], { stdio: 'ignore' });
      try {
        return await untilAnswered(firstCalls[stage], began, child);
      } finally {
        await end(child);
      }
    },
    close: async () => {
      await bus.close();
      await Promise.all([nats.stop(), redis.stop()]);
      rmSync(directory, { recursive: true });
    },
  };
}

async function untilAnswered(call: () => Promise<unknown>, began: number, child: ChildProcess): Promise<number> {
  for (;;) {
    try {
      await call();
      return performance.now() - began;
    } catch (error) {
      const ended = child.exitCode !== null || child.signalCode !== null;
      if (ended || performance.now() - began > longestMs) throw error;
      // Nobody there is told at once.
      await sleep(2);
    }
  }
}

/** Its trial, if it is in one, ends first. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}
