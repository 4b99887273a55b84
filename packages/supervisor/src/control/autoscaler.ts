import { setTimeout as sleep } from 'node:timers/promises';
import { mostInstances, type Settings } from '@slipway/config';
import type { Logger } from '@slipway/telemetry';
import type { Fleet } from '../fleet.js';
import type { ProcessGroup } from '../process-group.js';
import type { SupervisedProcess } from '../process.js';
import { statusOf } from '../process-status.js';
import { type LoadSample, ScaleDecision, type ScaleLimits } from './scale-decision.js';

/** Milliseconds between two looks, and while nothing may be scaled: settings can change. */
const lookMs = 250;
const idleLookMs = 2000;

/** The sums of an instance's ended calls at the last look. */
type Sums = Pick<LoadSample, 'ended' | 'waitedMs'>;

/**
 * Lets the number of a stage's instances follow the work, between its number in the settings and scale.max…, where that
 * is higher. Gateways are not scaled: each has a socket of its own, to which its clients connect. Where nothing is
 * to follow, nobody is asked.
 */
export async function autoscale(fleet: Fleet, log: Logger, signal: AbortSignal): Promise<void> {
  const decisions = new Map<ProcessGroup, ScaleDecision>();
  const seen = new Map<SupervisedProcess, Sums>();
  const look = async (group: ProcessGroup): Promise<void> => {
    const limits = limitsOf(group, fleet.loaded.settings);
    const instances = group.staying;
    // A process that is just being started is waited for.
    const steady = instances.every(({ state }) => state === 'ready');
    if (!limits || group.drained || !steady) return;
    const decision = decisions.get(group) ?? new ScaleDecision();
    decisions.set(group, decision);
    const sample = await measure(instances, seen);
    if (!sample) return;
    const wanted = decision.wanted(sample, limits);
    if (wanted === instances.length || signal.aborted) return;
    const { inFlight, queued } = sample;
    log.info(
      { group: group.plan.name, before: instances.length, instances: wanted, inFlight, queued },
      'scaled by load',
    );
    await group.scaleTo(wanted, { wait: false });
  };
  while (!signal.aborted) {
    const scales = fleet.groups.some((group) => limitsOf(group, fleet.loaded.settings));
    await sleep(scales ? lookMs : idleLookMs, undefined, { signal }).catch(() => undefined);
    for (const group of decisions.keys()) if (!fleet.groups.includes(group)) decisions.delete(group);
    const looks = fleet.groups.map((group) =>
      look(group).catch((error: unknown) => log.debug({ group: group.plan.name, err: error }, 'cannot be scaled now')),
    );
    await Promise.all(looks);
    const running = new Set(fleet.groups.flatMap(({ processes }) => processes));
    for (const process of seen.keys()) if (!running.has(process)) seen.delete(process);
  }
}

/** Between which numbers a group moves; undefined where it does not. A stage is never without an instance. */
export function limitsOf(
  { plan }: Pick<ProcessGroup, 'plan'>,
  { scale }: Pick<Settings, 'scale'>,
): ScaleLimits | undefined {
  const most = mostInstances(scale, plan.stage);
  const least = Math.max(1, plan.instances);
  if (most <= least || plan.instances === 0) return undefined;
  const { busyCalls, waitMs, idleMs } = scale;
  return { least, most, busyCalls, waitMs, idleMs };
}

/** The load of all instances together; undefined when one of them does not tell its own. */
async function measure(
  instances: readonly SupervisedProcess[],
  seen: Map<SupervisedProcess, Sums>,
): Promise<LoadSample | undefined> {
  const statuses = await Promise.all(instances.map((process) => statusOf(process).catch(() => undefined)));
  const sample = { at: performance.now(), instances: instances.length, inFlight: 0, queued: 0, ended: 0, waitedMs: 0 };
  for (const [index, process] of instances.entries()) {
    const load = statuses[index]?.load;
    if (!load) return undefined;
    const before = seen.get(process);
    // A smaller sum is that of a process that was started again.
    const since = before && before.ended <= load.calls ? before : { ended: 0, waitedMs: 0 };
    sample.inFlight += load.inFlight;
    sample.queued += load.queued;
    sample.ended += load.calls - since.ended;
    sample.waitedMs += load.waitedMs - since.waitedMs;
    seen.set(process, { ended: load.calls, waitedMs: load.waitedMs });
  }
  return sample;
}
