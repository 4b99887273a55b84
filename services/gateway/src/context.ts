import type { TraceContext } from '@slipway/stage';
import type { Logger } from '@slipway/telemetry';
import type { Deadline } from '@slipway/time';
import type { Nri } from './nri/nri.js';
import type { GatewayParts } from './parts.js';

/** The parts that every RPC works with. */
export interface Gateway extends GatewayParts {
  /** Plugins that calls notify and ask. */
  readonly nri: Nri;
}

/** A CRI call, as its RPC sees it. */
export interface Call {
  /** v1 or v1alpha2. */
  readonly apiVersion: string;
  /** Aborted when the client cancels, its deadline passes, or the gateway ends before the call is done. */
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch; Infinity for a client that set none. */
  readonly deadline: Deadline;
  readonly trace: TraceContext;
  readonly log: Logger;
  /**
   * Waits for work that goes on when the client leaves.
   * @throws SlipwayError DEADLINE when it leaves first, STAGE_UNAVAILABLE when the gateway ends first
   */
  wait<T>(work: Promise<T>): Promise<T>;
}
