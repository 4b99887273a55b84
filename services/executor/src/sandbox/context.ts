import type { NamespaceThread } from '@slipway/linux';
import type { Records } from '@slipway/records';
import type { StageContext } from '@slipway/stage';
import type { Call, ExecutorContext } from '../context.js';
import type { PodNetwork } from './network.js';

/** The parts that sandboxes need besides those of containers. */
export interface SandboxContext extends ExecutorContext {
  readonly records: Pick<Records, 'containers' | 'sandboxes' | 'withLock' | 'operations' | 'onCompared'>;
  readonly namespaces: NamespaceThread;
  readonly network: PodNetwork;
}

/** A call that can show its steps in the waterfall, where it came over the bus. */
export type SandboxCall = Call & Partial<Pick<StageContext, 'span'>>;

/** A step of a call, under a span of its own. */
export function inSpan<T>(call: SandboxCall, name: string, work: () => Promise<T>): Promise<T> {
  return call.span ? call.span(name, work) : work();
}
