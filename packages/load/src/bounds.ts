import { SlipwayError } from '@slipway/errors';

/** Arrivals at a fixed rate, whatever the answers do. */
export interface OpenLoop {
  kind: 'open';
  /** Operations a second. */
  rate: number;
  /** Concurrent operations; one that arrives beyond them waits, and its latency counts from its arrival. */
  maxInFlight: number;
}

/** So many callers, each of which sends its next operation when the last one was answered. */
export interface ClosedLoop {
  kind: 'closed';
  concurrency: number;
  /** The interval for the correction of latencies, in milliseconds; without it, the median of each operation. */
  expectedIntervalMs?: number;
}

export interface LoadPlan {
  loop: OpenLoop | ClosedLoop;
  /** Milliseconds that count. */
  durationMs: number;
  /** Milliseconds before that do not. */
  warmUpMs: number;
  /** Operations after which it ends, the warm-up's included. */
  maxOperations: number;
}

/** A load test cannot be begun that would not end or that this machine could not make. */
export const bounds = {
  durationMs: 3_600_000,
  warmUpMs: 600_000,
  maxOperations: 10_000_000,
  rate: 50_000,
  concurrency: 1000,
  maxInFlight: 10_000,
} as const;

/** @throws SlipwayError INVALID_REQUEST that names the option and its bound */
export function checkPlan({ loop, durationMs, warmUpMs, maxOperations }: LoadPlan): void {
  within('--duration', durationMs, 100, bounds.durationMs, 'ms');
  within('--warm-up', warmUpMs, 0, bounds.warmUpMs, 'ms');
  within('--requests', maxOperations, 1, bounds.maxOperations);
  if (loop.kind === 'open') {
    within('--rate', loop.rate, 0.001, bounds.rate, 'a second');
    within('--max-in-flight', loop.maxInFlight, 1, bounds.maxInFlight);
    return;
  }
  within('--concurrency', loop.concurrency, 1, bounds.concurrency);
  if (loop.expectedIntervalMs !== undefined) {
    within('--expected-interval', loop.expectedIntervalMs, 0.001, bounds.durationMs, 'ms');
  }
}

function within(option: string, value: number, least: number, most: number, unit = ''): void {
  if (value >= least && value <= most) return;
  const range = `${least} to ${most}${unit && ` ${unit}`}`;
  throw new SlipwayError('INVALID_REQUEST', `${option} is ${value}: it must be ${range}`);
}
