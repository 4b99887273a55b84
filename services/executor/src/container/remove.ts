import type { RemoveContainerCall, RemoveContainerResult } from '@slipway/contracts';
import { SlipwayError } from '@slipway/errors';
import type { Call, ExecutorContext } from '../context.js';
import { endCreations } from './end-creation.js';
import { killContainer } from './kill.js';
import { isLive } from './phases.js';
import { takeDown } from './take-down.js';

/**
 * Ends a container where it still runs and takes everything of it away but its bundle and record. One
 * that is not known is taken down by its id only. A creation that is still under way ends.
 */
export async function removeContainer(
  context: ExecutorContext,
  request: RemoveContainerCall,
  call: Call,
): Promise<RemoveContainerResult> {
  const { id } = request;
  const stopEnding = endCreations(context, id);
  const work = context.records.withLock(
    `container:${id}`,
    async () => {
      stopEnding();
      // The lock is ours: the watcher must not wait for it.
      const record = await context.exits.settle(id, { locked: true });
      if (record && isLive(record)) {
        await killContainer(context, record, call);
        if (!(await context.exits.wait(id, { ...call, locked: true }))) {
          throw new SlipwayError('DEADLINE', 'it has not ended yet', { object: `container ${id}` });
        }
      }
      await takeDown(context, { id, bundle: record?.bundle ?? '' }, call);
      context.exits.forget(id);
    },
    { signal: call.signal },
  );
  await work.finally(stopEnding);
  call.log.info({ container: id }, 'container removed');
  return {};
}
