import type { WatchedProcess } from './scenario.js';
import { readUpState } from '@slipway/supervisor';

/** Every process of the node that `slipway up` runs; undefined where it does not run here. */
export function nodeProcesses(
  state: string,
  name: (name: string) => boolean = () => true,
): WatchedProcess[] | undefined {
  const up = readUpState(state);
  return up?.processes.flatMap((one) =>
    one.pid !== undefined && name(one.name) ? [{ name: one.name, pid: one.pid }] : [],
  );
}
