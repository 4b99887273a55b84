import { SlipwayError } from '@slipway/errors';
import type { Fleet } from '../fleet.js';
import type { ProcessGroup } from '../process-group.js';
import { othersAtWork, requireExecutor } from './executors.js';
import type { LiveSettings } from './live-changes.js';

/**
 * Takes an executor out of service; resolves when nothing is in flight. It stays one after a restart.
 * @throws EXECUTOR_NOT_FOUND, EXECUTOR_IN_USE where nobody else of its handler takes work
 */
export async function drainExecutor(fleet: Fleet, live: LiveSettings, name: string, force: boolean): Promise<void> {
  const group = requireExecutor(fleet, name);
  if (group.drained) return await group.drain();
  if (!force && othersAtWork(fleet, group).length === 0) {
    throw new SlipwayError(
      'EXECUTOR_IN_USE',
      `no other executor of the handler ${group.plan.executor?.handler} takes work`,
      {
        object: `executor ${name}`,
      },
    );
  }
  await keepDrained(live, group, true);
  await group.drain();
}

/** Gives an executor work again. @throws EXECUTOR_NOT_FOUND */
export async function undrainExecutor(fleet: Fleet, live: LiveSettings, name: string): Promise<void> {
  const group = requireExecutor(fleet, name);
  await keepDrained(live, group, false);
  await group.undrain();
}

async function keepDrained(live: LiveSettings, { plan }: ProcessGroup, drained: boolean): Promise<void> {
  const { name = '', handler = '' } = plan.executor ?? {};
  const path = `runtime.${name === handler ? 'handlers' : 'executors'}.${name}.drained`;
  await live.change({ [path]: drained }, () => Promise.resolve());
}
