import type { PullProgress } from '@slipway/contracts';
import type { Settings } from '@slipway/config';
import { connectOperator } from './operator.js';

/** Listens to what the node's pullers tell of one reference; does nothing where there is no bus or no key to it. */
export async function watchPull(
  settings: Settings,
  reference: string,
  onProgress: (progress: PullProgress) => void,
): Promise<{ close(): Promise<void> }> {
  const bus = await connectOperator(settings).catch(() => undefined);
  if (!bus) return { close: () => Promise.resolve() };
  const contracts = await import('@slipway/contracts');
  bus.subscribeEvents('pull', contracts.PullProgress, (progress) => {
    if (progress.reference === reference) onProgress(progress);
  });
  await bus.connection.flush();
  return { close: () => bus.close() };
}
