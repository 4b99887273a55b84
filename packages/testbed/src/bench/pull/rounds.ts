import { execFile } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { criClient } from '../../cri-client.js';
import { startNode } from '../../node.js';
import { peersList } from '../cni-list.js';
import { startContainerd } from '../containerd.js';
import { processTree, residentMegabytes } from '../process-tree.js';
import type { PullCase } from './images.js';

const run = promisify(execFile);

export const pullers = ['slipway', 'containerd', 'containerd+unpigz'] as const;
export type Puller = (typeof pullers)[number];

export interface Pulled {
  /** Wall time of each case, by its name. */
  readonly seconds: Map<string, number>;
  /** The highest sum over the process that pulls and all its children. */
  readonly residentMegabytes: number;
  /** The longest time that the puller's event loop was held up; unknown of others. */
  readonly blockedMs?: number;
}

interface Target {
  readonly pid: number;
  pull(reference: string): Promise<unknown>;
  blockedMs?(): Promise<number>;
  stop(): Promise<void>;
}

/** Pulls all cases into a new store below `directory`, which is removed afterwards. */
export async function pullRound(
  puller: Puller,
  directory: string,
  registry: string,
  cases: readonly PullCase[],
): Promise<Pulled> {
  mkdirSync(directory, { mode: 0o711 });
  const target = puller === 'slipway' ? await slipway(directory) : await containerd(directory, puller);
  const watch = watchMemory(target.pid);
  try {
    const seconds = new Map<string, number>();
    for (const one of cases) {
      const queue = one.images.map((image) => `${registry}/${image}`);
      const work = async (): Promise<void> => {
        for (let next = queue.shift(); next !== undefined; next = queue.shift()) await target.pull(next);
      };
      const started = performance.now();
      await Promise.all(Array.from({ length: one.atOnce }, work));
      seconds.set(one.name, (performance.now() - started) / 1000);
      // Syncs and removed blobs of one case are not the next one's.
      await sleep(1000);
    }
    const blockedMs = await target.blockedMs?.();
    return { seconds, residentMegabytes: watch.stop(), ...(blockedMs === undefined ? {} : { blockedMs }) };
  } finally {
    watch.stop();
    await target.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function slipway(directory: string): Promise<Target> {
  const node = await startNode({
    handlers: ['crun'],
    settings: { root: join(directory, 'root'), 'log.level': 'info' },
  });
  const cri = criClient(node.socket);
  const puller = node.processes().find(({ name }) => name.startsWith('puller'));
  if (puller?.pid === undefined) throw new Error('the node has no puller');
  return {
    pid: puller.pid,
    pull: (reference) => cri.pullImage({ image: { image: reference } }),
    blockedMs: async () => {
      const metrics = await (await fetch(`${puller.http}/metrics`)).text();
      const value = /^slipway_puller_event_loop_blocked_max_seconds(?:\{.*\})? (\S+)$/m.exec(metrics)?.[1];
      return Number(value) * 1000;
    },
    stop: async () => {
      cri.close();
      await node.stop();
    },
  };
}

async function containerd(directory: string, puller: Puller): Promise<Target> {
  const peer = await startContainerd({
    // No pod is run.
    sandboxImage: 'none',
    cniList: peersList,
    root: directory,
    pigz: puller === 'containerd+unpigz',
  });
  const common = ['--address', peer.socket, '--namespace', 'bench', 'images', 'pull', '--plain-http'];
  return {
    pid: peer.pid,
    pull: (reference) => run('ctr', [...common, reference], { maxBuffer: 64 << 20 }),
    stop: () => peer.stop(),
  };
}

/** Looks at a process and its children 20 times a second. */
function watchMemory(pid: number): { stop(): number } {
  let most = 0;
  const timer = setInterval(() => {
    most = Math.max(most, residentMegabytes(processTree(pid)));
  }, 50);
  return {
    stop: () => {
      clearInterval(timer);
      return most;
    },
  };
}
