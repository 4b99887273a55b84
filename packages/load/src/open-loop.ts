import { Limit } from '@slipway/time';
import type { Clock } from './clock.js';

export interface OpenLoopOptions {
  /** Operations a second. */
  rate: number;
  maxInFlight: number;
  /** Arrivals after which it ends. */
  maxArrivals: number;
  /** Clock times. */
  start: number;
  end: number;
  clock: Clock;
  signal: AbortSignal;
  /** Starts the operation that was due at `intended`; must not reject. */
  arrive(index: number, intended: number): Promise<void>;
  /** Told of each arrival that was due and for which there was no place until the end. */
  unsent(index: number, intended: number): void;
}

/**
 * Starts an operation every 1/rate seconds, whether or not earlier ones were answered, and resolves
 * when the last one was started. The schedule never slips: the n-th arrival is due at start + n/rate even when the ones
 * before were late, so that a stalled target is asked as often as its real callers would ask it.
 */
export async function openLoop(options: OpenLoopOptions): Promise<Promise<void>[]> {
  const { clock, signal, end } = options;
  const running = new Set<Promise<void>>();
  for (let index = 0; index < options.maxArrivals; index++) {
    const intended = options.start + (index * 1000) / options.rate;
    if (intended >= end || signal.aborted) break;
    if (clock.now() < intended) await clock.until(intended, signal);
    while (running.size >= options.maxInFlight && clock.now() < end && !signal.aborted) {
      await freePlace(running, options);
    }
    if (signal.aborted) break;
    if (running.size >= options.maxInFlight) {
      options.unsent(index, intended);
      continue;
    }
    const one: Promise<void> = options.arrive(index, intended).finally(() => running.delete(one));
    running.add(one);
  }
  return [...running];
}

async function freePlace(running: Set<Promise<void>>, { clock, end, signal }: OpenLoopOptions): Promise<void> {
  const over = new AbortController();
  using limit = new Limit({ signals: [signal, over.signal] });
  await Promise.race([...running, clock.until(end, limit.signal)]);
  over.abort();
}
