import type { Settings } from '@slipway/config';
import type { Builder, Executor, Puller } from '@slipway/contracts';
import type { Records } from '@slipway/records';
import type { Bus, StageClient, TraceContext } from '@slipway/stage';
import type { Logger } from '@slipway/telemetry';
import { type Deadline } from '@slipway/time';
import type { Handlers } from './handlers.js';
import type { Leftovers } from './leftovers.js';
import type { Nri } from './nri/nri.js';
import type { CallLoad } from './server/call-load.js';
import type { OpenCalls } from './server/open-calls.js';

/** The parts that every RPC works with. */
export interface Gateway {
  readonly settings: Settings;
  readonly bus: Bus;
  readonly records: Records;
  readonly log: Logger;
  readonly puller: StageClient<typeof Puller>;
  readonly builder: StageClient<typeof Builder>;
  executor(handler: string): StageClient<typeof Executor>;
  readonly handlers: Handlers;
  readonly leftovers: Leftovers;
  /** Plugins that calls notify and ask. */
  readonly nri: Nri;
  readonly load: CallLoad;
  readonly openCalls: OpenCalls;
  /** Aborted when the gateway is about to end: what would go on for ever must stop. */
  readonly closing: AbortSignal;
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
