import type { Settings } from '@slipway/config';
import type { LifecycleEvent } from '@slipway/contracts';
import type { Records } from '@slipway/records';
import type { StageContext } from '@slipway/stage';

/** What a null executor is made of: one handler of kind null on one node. */
export interface NullContext {
  readonly settings: Settings;
  readonly handler: string;
  readonly records: Pick<Records, 'containers' | 'sandboxes' | 'withLock'>;
  /** Tells who listens that a record moved; never fails. */
  publish(kind: 'container' | 'sandbox', event: LifecycleEvent): void;
}

export type Call = Pick<StageContext, 'signal'>;
