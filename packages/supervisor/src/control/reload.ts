import { type LoadedSettings, settingsInForce } from '@slipway/config';
import type { Logger } from '@slipway/telemetry';
import type { Fleet } from '../fleet.js';
import { groupPlans } from '../services.js';
import { tellDefault } from './default-handler.js';
import type { LiveSettings } from './live-changes.js';

const configureMs = 5000;

/** Settings that are followed while the node runs; of the autoscaler's, because it reads them at each look. */
const live = [
  /^log\.level$/,
  /^runtime\.defaultHandler$/,
  /^scale\./,
  /^runtime\.(handlers|executors)\.[^.]+\.instances$/,
];

/**
 * Reads the settings again and follows them: log level, default handler, numbers of instances, executors that are new.
 * All else is named as what a restart is for. Settings that cannot be read leave the node as it is.
 */
export async function reloadSettings({
  fleet,
  live: settings,
  log,
}: {
  fleet: Fleet;
  live: LiveSettings;
  log: Logger;
}): Promise<void> {
  try {
    const changed = await settings.reread((before, after) => follow(fleet, log, before, after));
    const restart = changed.filter((path) => !live.some((pattern) => pattern.test(path)));
    log.info({ changed, ...(restart.length > 0 ? { needRestart: restart } : {}) }, 'read the settings again');
  } catch (error) {
    log.error({ err: error }, 'the settings cannot be read again, or followed');
  }
}

async function follow(fleet: Fleet, log: Logger, before: LoadedSettings, after: LoadedSettings): Promise<string[]> {
  const changed = changedPaths(before, after);
  const { settings } = after;
  if (changed.includes('log.level')) {
    log.level = settings.log.level;
    const services = fleet.groups.flatMap(({ processes }) => processes);
    // A service that is just starting has read the setting already, or reads it at its next start.
    await Promise.allSettled(
      services.map((one) =>
        one.ask({ command: 'configure', settings: { 'log.level': settings.log.level } }, configureMs),
      ),
    );
  }
  if (changed.includes('runtime.defaultHandler')) {
    const gateways = fleet.groups.filter(({ plan }) => plan.stage === 'gateway').flatMap(({ processes }) => processes);
    await Promise.all(gateways.map((one) => tellDefault(one, settings.runtime.defaultHandler)));
  }
  await Promise.all(
    groupPlans(settings).map(async (plan) => {
      const group = fleet.group(plan.name);
      if (group?.plan.instances === plan.instances) return;
      log.info({ group: plan.name, before: group?.plan.instances ?? 0, instances: plan.instances }, 'scaled');
      const known = group ?? fleet.addGroup(plan);
      known.plan = plan;
      await known.scaleTo(plan.instances);
    }),
  );
  return changed;
}

/** The dotted paths whose values differ. */
export function changedPaths(before: LoadedSettings, after: LoadedSettings): string[] {
  const [old, now] = [settingsInForce(before), settingsInForce(after)];
  return [...new Set([...Object.keys(old), ...Object.keys(now)])]
    .filter((path) => JSON.stringify(old[path]?.value) !== JSON.stringify(now[path]?.value))
    .sort();
}
