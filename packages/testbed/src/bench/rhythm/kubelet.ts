import { setTimeout as sleep } from 'node:timers/promises';
import { type CriClient, statusName } from '../../cri-client.js';

/** Milliseconds of each call, by its name. */
export type CallTimes = Map<string, number[]>;

const relistMs = 1000;
/** In relists. */
const statusEvery = 5;
const usualStats = 10;

export interface Rhythm {
  readonly seconds: number;
  /** Relists from one asking for stats to the next. */
  readonly statsEvery?: number;
  /** Whether metrics are asked for with the stats: a kubelet does so when somebody scrapes it. */
  readonly metrics: boolean;
}

/**
 * The calls of a kubelet while nothing changes: the generic PLEG's relist every second, which
 * asks for statuses only of what has changed; the runtime's status every five; stats and the image file
 * system every ten, or as often as `statsEvery` says. Answers how long each call took.
 */
export async function kubeletRhythm(
  cri: CriClient,
  { seconds, statsEvery = usualStats, metrics }: Rhythm,
): Promise<CallTimes> {
  const times: CallTimes = new Map();
  const call = async (name: string, work: () => Promise<unknown>): Promise<void> => {
    const started = performance.now();
    try {
      await work();
    } catch (error) {
      // Older runtimes have no metrics: their figures are without them.
      if (statusName(error) === 'UNIMPLEMENTED') return;
      throw error;
    }
    times.set(name, [...(times.get(name) ?? []), performance.now() - started]);
  };
  const begun = performance.now();
  for (let round = 0; round * relistMs < seconds * 1000; round++) {
    await sleep(Math.max(0, begun + round * relistMs - performance.now()));
    await call('ListPodSandbox', () => cri.listPodSandbox({}));
    await call('ListContainers', () => cri.listContainers({}));
    if (round % statusEvery === 1) await call('Status', () => cri.status({}));
    if (round % statsEvery !== Math.min(2, statsEvery - 1)) continue;
    await call('ListPodSandboxStats', () => cri.listPodSandboxStats({}));
    await call('ListContainerStats', () => cri.listContainerStats({}));
    await call('ImageFsInfo', () => cri.imageFsInfo({}));
    if (metrics) await call('ListPodSandboxMetrics', () => cri.listPodSandboxMetrics({}));
  }
  await sleep(Math.max(0, begun + seconds * 1000 - performance.now()));
  return times;
}
