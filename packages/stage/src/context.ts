import { isSlipwayError } from '@slipway/errors';
import { type Deadline, nowNanos } from '@slipway/time';
import type { Logger } from 'pino';
import type { Bus } from './bus.js';
import { childOf, type TraceContext } from './trace.js';

/** The arguments of a stage's function besides its request. */
export interface StageContext {
  /** Aborted when the deadline has passed, or when no caller waits any more. */
  readonly signal: AbortSignal;
  /** When the last caller stops waiting, by this process's monotonic clock. */
  readonly deadline: Deadline;
  /** The operation's key; empty when the caller named none. */
  readonly operation: string;
  /** The span of this call. */
  readonly trace: TraceContext;
  readonly log: Logger;
  /**
   * The secret that came with the call (`CallOptions.secret`), which no message on the bus shows; undefined without one.
   * @throws SlipwayError CANCELLED where no caller hands it over
   */
  secret(): Promise<Uint8Array | undefined>;
  /** Tells all callers of this work how far it is. */
  beat(progress: Uint8Array): void;
  /**
   * Runs what only waits, for other processes or for the network. Once it has lasted `afterMs` (default 0), the call
   * holds no place meanwhile: others are worked on. It takes a place again before this returns.
   */
  idle<T>(wait: () => Promise<T>, afterMs?: number): Promise<T>;
  /** Runs a step of the work under a span of its own. */
  span<T>(name: string, work: (trace: TraceContext) => Promise<T>): Promise<T>;
}

export interface SpanOrigin {
  stage: string;
  handler?: string | undefined;
  operation: string;
}

/** Runs `work` and tells how long it took. */
export async function withSpan<T>(
  bus: Bus,
  parent: TraceContext,
  origin: SpanOrigin,
  name: string,
  work: (trace: TraceContext) => Promise<T>,
): Promise<T> {
  const trace = childOf(parent);
  const start = nowNanos();
  let error = '';
  try {
    return await work(trace);
  } catch (thrown) {
    error = isSlipwayError(thrown) ? thrown.code : 'INTERNAL';
    throw thrown;
  } finally {
    bus.publishSpan({
      traceId: trace.traceId,
      spanId: trace.spanId,
      parentId: parent.spanId,
      stage: origin.stage,
      handler: origin.handler ?? '',
      operation: origin.operation,
      name,
      start,
      worked: nowNanos() - start,
      error,
    });
  }
}
