import type { PullProgress } from '@slipway/contracts';
import type { Records } from '@slipway/records';
import type { RegistryClient } from '@slipway/registry';
import type { Logger } from '@slipway/telemetry';
import type { TransferLimits } from './pull/blob-source.js';
import type { LayerParts } from './pull/layer-parts.js';
import type { Leases } from './garbage/leases.js';
import type { PullStats } from './pull/pull-stats.js';
import type { WritableUsage } from './garbage/usage.js';
import type { VerifyParts } from './verify/verify-pull.js';

/** The parts that the handlers work with. */
export interface PullerParts extends LayerParts {
  readonly registry: RegistryClient;
  readonly transfer: TransferLimits;
  readonly stats: PullStats;
  readonly root: string;
  readonly layersDirectory: string;
  readonly bundlesDirectory: string;
  readonly records: Records;
  readonly leases: Leases;
  readonly writable: WritableUsage;
  readonly verify: VerifyParts;
  /** References whose images are marked as pinned. */
  readonly pinned: readonly string[];
  /** Aborted when this process ends: running pulls stop, and another puller goes on with them. */
  readonly closing: AbortSignal;
  readonly log: Logger;
  publish(progress: PullProgress): void;
}
