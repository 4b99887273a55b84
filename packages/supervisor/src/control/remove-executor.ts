import { setTimeout as sleep } from 'node:timers/promises';
import { builtInHandlers, configuredExecutors, type LiveChanges } from '@slipway/config';
import type { RemoveExecutorRequest } from '@slipway/contracts';
import { SlipwayError } from '@slipway/errors';
import type { Logger } from '@slipway/telemetry';
import type { Fleet } from '../fleet.js';
import type { ProcessGroup } from '../process-group.js';
import { drainExecutor } from './drain-executor.js';
import { describeExecutor, othersAtWork, requireExecutor } from './executors.js';
import type { LiveSettings } from './live-changes.js';

const lookMs = 50;

/**
 * Drains an executor, waits for its streams, and ends it. Its knowledge of containers is in the records and on disk, and
 * the handler's other executors watch them already. Without one, containers run on and are found by the next.
 * @throws EXECUTOR_NOT_FOUND, EXECUTOR_IN_USE: containers without another executor, open streams, the default handler
 */
export async function removeExecutor(
  { fleet, live, log }: { fleet: Fleet; live: LiveSettings; log: Logger },
  { name, force, waitMs }: RemoveExecutorRequest,
): Promise<void> {
  const group = requireExecutor(fleet, name);
  const handler = group.plan.executor?.handler ?? name;
  if (!force && othersAtWork(fleet, group).length === 0) await requireUnused(fleet, group, handler);
  await drainExecutor(fleet, live, name, true);
  const streams = await waitForStreams(group, waitMs);
  if (streams > 0 && !force) {
    throw new SlipwayError(
      'EXECUTOR_IN_USE',
      `it is drained, and ${streams} streams of exec, attach or port-forward are open`,
      {
        object: `executor ${name}`,
        hint: 'repeat it when they have ended, or say --force to cut them',
      },
    );
  }
  await live.change(changesFor(fleet, live, name, handler), async ({ settings }) => {
    await group.stop();
    fleet.removeGroup(group);
    const left = configuredExecutors(settings).find((executor) => executor.name === name);
    if (left?.enabled) throw new SlipwayError('INTERNAL', `the settings still want the executor ${name}`);
  });
  log.info({ executor: name, handler }, 'executor removed');
}

async function requireUnused(fleet: Fleet, group: ProcessGroup, handler: string): Promise<void> {
  const object = `executor ${group.plan.executor?.name}`;
  const held = Math.max(0, ...(await describeExecutor(group)).map(({ containers = 0 }) => containers));
  if (held > 0) {
    throw new SlipwayError(
      'EXECUTOR_IN_USE',
      `it is the last one of ${handler} that works, and holds ${held} containers`,
      {
        object,
      },
    );
  }
  if (fleet.loaded.settings.runtime.defaultHandler === handler) {
    throw new SlipwayError('EXECUTOR_IN_USE', `it is the last one of ${handler}, the default handler`, {
      object,
      hint: `make another handler the default first: slipway executors default NAME`,
    });
  }
}

/** Waits until nobody uses a stream of the executor, and answers how many still do when the time is over. */
async function waitForStreams(group: ProcessGroup, waitMs: number): Promise<number> {
  for (const end = performance.now() + waitMs; ; await sleep(lookMs)) {
    const streams = (await describeExecutor(group)).reduce((sum, { streams: open = 0 }) => sum + open, 0);
    if (streams === 0 || performance.now() >= end) return streams;
  }
}

/** Removes the settings of commands for it, and switches off those of files. */
function changesFor(fleet: Fleet, live: LiveSettings, name: string, handler: string): LiveChanges {
  const table = name === handler ? 'handlers' : 'executors';
  const at = `runtime.${table}.${name}`;
  const { settings, sources } = fleet.loaded;
  const removed = live.without(at);
  // A handler that others serve, or that is there by itself or by a file, stays one.
  const served = Object.values(settings.runtime.executors).some((executor) => executor.handler === name);
  const byOthers = [...sources].some(
    ([path, { kind }]) => path.startsWith(`${at}.`) && kind !== 'default' && kind !== 'derived' && !(path in removed),
  );
  const builtIn = table === 'handlers' && builtInHandlers.some((own) => own === name);
  if (table === 'handlers' && served) return { [`${at}.enabled`]: false, [`${at}.drained`]: undefined };
  return builtIn || byOthers ? { ...removed, [`${at}.enabled`]: false } : removed;
}
