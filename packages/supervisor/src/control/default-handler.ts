import { servedHandlers } from '@slipway/config';
import { SlipwayError } from '@slipway/errors';
import type { Logger } from '@slipway/telemetry';
import type { Fleet } from '../fleet.js';
import type { SupervisedProcess } from '../process.js';
import { describeExecutor, executorGroups } from './executors.js';
import type { LiveSettings } from './live-changes.js';

const path = 'runtime.defaultHandler';
const gatewayMs = 20_000;

/**
 * Makes another handler the default of every gateway, before it answers. Pods that are there keep theirs: it stands in
 * their records.
 * @throws UNKNOWN_HANDLER, HANDLER_NOT_READY
 */
export async function setDefaultHandler(
  { fleet, live, log }: { fleet: Fleet; live: LiveSettings; log: Logger },
  name: string,
): Promise<void> {
  if (name !== 'auto') await requireReady(fleet, name);
  await live.change({ [path]: name }, async () => {
    const gateways = fleet.groups.filter(({ plan }) => plan.stage === 'gateway').flatMap((group) => group.processes);
    await Promise.all(gateways.map((gateway) => tellDefault(gateway, name)));
  });
  log.info({ handler: name }, 'default handler changed');
}

/** A gateway that is just being started reads it from the drop-in, or gets it when it is up. */
export async function tellDefault(gateway: SupervisedProcess, name: string): Promise<void> {
  if (gateway.state !== 'ready') return;
  await gateway.ask({ command: 'configure', settings: { [path]: name } }, gatewayMs);
}

async function requireReady(fleet: Fleet, name: string): Promise<void> {
  const own = executorGroups(fleet).filter(({ plan, works }) => plan.executor?.handler === name && works);
  if (own.length === 0) {
    const known = servedHandlers(fleet.loaded.settings);
    if (known.includes(name)) {
      throw new SlipwayError('HANDLER_NOT_READY', `no executor of the handler ${name} takes work`);
    }
    throw new SlipwayError('UNKNOWN_HANDLER', `unknown handler ${name}; there are: auto, ${known.join(', ')}`);
  }
  const instances = (await Promise.all(own.map(describeExecutor))).flat();
  if (instances.some(({ healthy }) => healthy)) return;
  throw new SlipwayError('HANDLER_NOT_READY', instances[0]?.reason ?? 'nothing is known of it', {
    object: `handler ${name}`,
  });
}
