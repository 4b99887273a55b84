import type { ClosedLoop, OpenLoop } from './bounds.js';
import type { Latencies } from './latency.js';
import type { ProcessUsage } from './processes.js';
import type { ErrorCount } from './recorder.js';

export interface OperationResult {
  name: string;
  /** A part of an operation: its latency counts from its own start and is not corrected. */
  isStep: boolean;
  done: number;
  failed: number;
  /** Operations a second that were answered well. */
  perSecond: number;
  /** Corrected for coordinated omission. */
  latency: Latencies;
  /** As the caller saw it: the same where nothing had to be corrected. */
  measured: Latencies;
  /** Milliseconds that a closed loop's latencies were corrected with. */
  expectedIntervalMs?: number;
  /** Percentile and milliseconds, corrected. */
  percentiles: [number, number][];
}

export interface LoadResult {
  stage: string;
  target: string;
  about: string;
  loop: OpenLoop | ClosedLoop;
  /** ISO 8601. */
  startedAt: string;
  /** The figures, without the warm-up. */
  seconds: number;
  warmUpSeconds: number;
  interrupted: boolean;
  operations: OperationResult[];
  errors: ErrorCount[];
  /** Open loop: arrivals that were due and never found a place. They count with the time that they had waited. */
  unsent: number;
  /** Operations that were given up, because they were not answered within the time after the end. */
  unanswered: number;
  timeline: { at: number; perSecond: number; failed: number; p50: number; p99: number; max: number }[];
  processes: ProcessUsage[];
  /** The load generator itself: near 100 percent, it is what was measured. */
  generator: ProcessUsage;
}
