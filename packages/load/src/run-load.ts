import { SlipwayError } from '@slipway/errors';
import { Limit } from '@slipway/time';
import { checkPlan, type LoadPlan } from './bounds.js';
import { type Clock, systemClock } from './clock.js';
import { closedLoop } from './closed-loop.js';
import { openLoop } from './open-loop.js';
import { type ProcessUsage, watchProcesses } from './processes.js';
import { Recorder, type Track } from './recorder.js';
import type { LoadResult, OperationResult } from './result.js';
import type { Operation, Scenario } from './scenario.js';

/** Milliseconds that operations under way have to be answered once the time is over. */
const DRAIN_MS = 30_000;
/** At most so many points on a time line. */
const SLICES = 120;

export interface RunOptions {
  signal: AbortSignal;
  clock?: Clock;
  /** Told what is done now, for people. */
  progress?: (what: string) => void;
}

/**
 * Readies the scenario, tries each of its operations once, puts it under load, and cleans up: in any case, a failure
 * and an abort included. An aborted run answers what was measured until then.
 */
export async function runLoad(scenario: Scenario, plan: LoadPlan, options: RunOptions): Promise<LoadResult> {
  checkPlan(plan);
  const { signal, progress = () => undefined } = options;
  try {
    progress(`readying ${scenario.target}`);
    await scenario.prepare(signal);
    await tryEach(scenario.operations, signal);
    return await measure(scenario, plan, { clock: systemClock, ...options }, progress);
  } finally {
    progress('cleaning up');
    await scenario.cleanUp();
  }
}

/** Reports a target that cannot do an operation at all before any load, in the target's own words. */
async function tryEach(operations: readonly Operation[], signal: AbortSignal): Promise<void> {
  for (const [index, operation] of operations.entries()) {
    if (signal.aborted) throw new SlipwayError('CANCELLED', 'interrupted before anything was measured');
    await operation.run({ index: -1 - index, signal, step: (_name, work) => work() });
  }
}

async function measure(
  scenario: Scenario,
  plan: LoadPlan,
  options: RunOptions & { clock: Clock },
  progress: (what: string) => void,
): Promise<LoadResult> {
  const { clock, signal } = options;
  const begun = clock.now();
  const start = begun + plan.warmUpMs;
  const end = start + plan.durationMs;
  const recorder = new Recorder(start, end, Math.max(500, plan.durationMs / SLICES));
  const load = new Load(scenario.operations, recorder, clock, signal);
  const watch = watchWhenWarm(await scenario.processes(), start, clock, signal);
  progress(`${plan.warmUpMs / 1000} s of warm-up, then ${plan.durationMs / 1000} s`);
  await load.run(plan, begun, end);
  const last = Math.min(clock.now(), end);
  const usage = await watch();
  progress('waiting for the last answers');
  const unanswered = await load.drain(DRAIN_MS);
  const seconds = Math.max(last - start, 0) / 1000;
  const [generator, ...processes] = usage as [ProcessUsage, ...ProcessUsage[]];
  const { loop } = plan;
  return {
    stage: scenario.stage,
    target: scenario.target,
    about: scenario.about,
    loop,
    startedAt: new Date(Date.now() - (clock.now() - start)).toISOString(),
    seconds,
    warmUpSeconds: plan.warmUpMs / 1000,
    interrupted: signal.aborted,
    operations: recorder.tracks().map((track) => operationResult(track, plan, seconds)),
    errors: recorder.errors(),
    unsent: load.unsent,
    unanswered,
    timeline: recorder
      .slices()
      .filter(({ at }) => at < seconds)
      .map(({ at, answered, failed, latencies }) => ({
        at,
        perSecond: (answered * 1000) / recorder.sliceMs,
        failed,
        p50: latencies.at(50),
        p99: latencies.at(99),
        max: latencies.summary().max,
      })),
    processes,
    generator,
  };
}

/** Drives the operations and keeps what is under way. */
class Load {
  unsent = 0;
  #running: Promise<void>[] = [];
  #underWay = 0;

  constructor(
    readonly operations: readonly Operation[],
    readonly recorder: Recorder,
    readonly clock: Clock,
    readonly signal: AbortSignal,
  ) {}

  async run({ loop, maxOperations }: LoadPlan, start: number, end: number): Promise<void> {
    const { clock, signal } = this;
    if (loop.kind === 'closed') {
      const { concurrency } = loop;
      const run = (index: number): Promise<boolean> => this.#once(index, clock.now());
      this.#running = closedLoop({ concurrency, maxOperations, end, clock, signal, run });
      const over = new AbortController();
      using limit = new Limit({ signals: [signal, over.signal] });
      await Promise.race([Promise.all(this.#running), clock.until(end, limit.signal)]);
      over.abort();
      return;
    }
    this.#running = await openLoop({
      ...loop,
      maxArrivals: maxOperations,
      start,
      end,
      clock,
      signal,
      arrive: async (index, intended) => {
        await this.#once(index, intended);
      },
      unsent: (index, intended) => {
        if (intended >= this.recorder.start) this.unsent++;
        this.recorder.unsent(this.#operation(index).name, intended, clock.now());
      },
    });
  }

  /** Waits for what is under way; answers how much of it did not end in time. */
  async drain(timeoutMs: number): Promise<number> {
    let timer: NodeJS.Timeout | undefined;
    const given = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeoutMs);
    });
    await Promise.race([Promise.all(this.#running), given]);
    clearTimeout(timer);
    return this.#underWay;
  }

  #operation(index: number): Operation {
    return this.operations[index % this.operations.length] as Operation;
  }

  async #once(index: number, intended: number): Promise<boolean> {
    const { name, run } = this.#operation(index);
    this.#underWay++;
    let failure: unknown;
    try {
      await run({
        index,
        signal: this.signal,
        step: (step, work) => this.#step(name, step, intended, work),
      });
    } catch (error) {
      failure = error ?? new Error('nothing was said');
    }
    this.#underWay--;
    this.recorder.operation(name, intended, this.clock.now(), failure);
    return failure === undefined;
  }

  async #step<T>(operation: string, name: string, intended: number, work: () => Promise<T>): Promise<T> {
    const began = this.clock.now();
    let well = false;
    try {
      const result = await work();
      well = true;
      return result;
    } finally {
      this.recorder.step(operation, name, { intended, began, end: this.clock.now() }, well);
    }
  }
}

/** Begins to watch once the warm-up is over; the answered function ends it. This process is the first of the results. */
function watchWhenWarm(
  processes: Parameters<typeof watchProcesses>[0],
  start: number,
  clock: Clock,
  signal: AbortSignal,
): () => Promise<ProcessUsage[]> {
  const over = new AbortController();
  const limit = new Limit({ signals: [signal, over.signal] });
  const watching = clock
    .until(start, limit.signal)
    .finally(() => limit[Symbol.dispose]())
    .then(() => watchProcesses([{ name: 'load generator', pid: process.pid }, ...processes]));
  return async () => {
    over.abort();
    return (await watching).stop();
  };
}

/** In an open loop latencies count from the intended start already; a closed loop's are corrected here. */
function operationResult(track: Track, { loop }: LoadPlan, seconds: number): OperationResult {
  const { name, isStep, done, inTime, failed, latencies } = track;
  const measured = latencies.summary();
  const rest = { name, isStep, done, failed, perSecond: seconds > 0 ? inTime / seconds : 0, measured };
  if (isStep || loop.kind === 'open' || measured.count === 0) {
    return { ...rest, latency: measured, percentiles: latencies.percentiles() };
  }
  const expectedIntervalMs = loop.expectedIntervalMs ?? Math.max(measured.p50, 0.001);
  const corrected = latencies.corrected(expectedIntervalMs);
  return { ...rest, latency: corrected.summary(), expectedIntervalMs, percentiles: corrected.percentiles() };
}
