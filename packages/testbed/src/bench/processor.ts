import { setTimeout as sleep } from 'node:timers/promises';
import { OrphanReaper, setChildSubreaper } from '@slipway/linux';
import { podDown, podUp, type Measured } from './measure.js';
import { processorSeconds, processTree } from './process-tree.js';

/** ExecSync probes in a measured life. */
const probes = 10;
/** Lives between two readings: each process's time is cut to ticks of 10 ms, a life takes some hundreds of milliseconds. */
const livesPerRound = 5;
/** Milliseconds during which idle targets are measured. */
const idleMs = 2000;
/** Milliseconds between the two looks after which a reaper takes a zombie for an orphan. */
const orphanMs = 100;

/**
 * CPU milliseconds of all targets that this process has started, those that have ended included: their time went to the
 * parent that reaped them (proc(5), cutime and cstime). This process, which is the client, does not count.
 */
export function startedMs(): number {
  const own = process.cpuUsage();
  return processorSeconds(processTree(process.pid)) * 1000 - (own.user + own.system) / 1000;
}

/**
 * Runs `work` while this process is the parent of all orphans of its descendants: shims and conmons detach themselves, and
 * where init reaps them their time would be lost.
 */
export async function withOrphans<T>(work: () => Promise<T>): Promise<T> {
  const reaper = new OrphanReaper();
  setChildSubreaper();
  try {
    return await work();
  } finally {
    setChildSubreaper(false);
    reaper.sweep();
    await sleep(orphanMs);
    reaper.sweep();
  }
}

/** CPU milliseconds that the targets use in a millisecond while no call is made. */
export async function idleShare(): Promise<number> {
  const before = startedMs();
  const started = performance.now();
  await sleep(idleMs);
  return Math.max(0, startedMs() - before) / (performance.now() - started);
}

/**
 * CPU milliseconds of a pod's life, in all processes of a target that this process has started: one container, up, ten
 * probes, down. Only this target may be used meanwhile. Call it within `withOrphans`.
 * @param idle of `idleShare`; it is subtracted
 */
export async function measureProcessor(target: Measured, image: string, idle: number): Promise<number> {
  const before = startedMs();
  const started = performance.now();
  for (let life = 0; life < livesPerRound; life++) {
    const pod = await podUp(target, image, () => undefined);
    for (let probe = 0; probe < probes; probe++) {
      await target.cri.execSync({ containerId: pod.containerId, cmd: ['/bin/true'], timeout: 10n });
    }
    await podDown(target.cri, pod);
  }
  return (startedMs() - before - idle * (performance.now() - started)) / livesPerRound;
}
