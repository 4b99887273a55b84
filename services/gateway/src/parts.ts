import type { Settings } from '@slipway/config';
import type { Builder, Executor, Puller } from '@slipway/contracts';
import type { Records } from '@slipway/records';
import type { Bus, StageClient } from '@slipway/stage';
import type { Logger } from '@slipway/telemetry';
import type { Handlers } from './handlers.js';
import type { Leftovers } from './leftovers.js';
import type { CallLoad } from './server/call-load.js';
import type { OpenCalls } from './server/open-calls.js';

/** The parts of a gateway that know nothing of CRI calls and NRI plugins. */
export interface GatewayParts {
  readonly settings: Settings;
  readonly bus: Bus;
  readonly records: Records;
  readonly log: Logger;
  readonly puller: StageClient<typeof Puller>;
  readonly builder: StageClient<typeof Builder>;
  executor(handler: string): StageClient<typeof Executor>;
  readonly handlers: Handlers;
  readonly leftovers: Leftovers;
  readonly load: CallLoad;
  readonly openCalls: OpenCalls;
  /** Aborted when the gateway is about to end: what would go on for ever must stop. */
  readonly closing: AbortSignal;
}
