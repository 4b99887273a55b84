import type { ScaledStage } from '@slipway/contracts';
import { SlipwayError } from '@slipway/errors';
import type { Init } from '@slipway/protobuf';
import { isStage, stageNames, stages } from '@slipway/stages';
import type { Logger } from '@slipway/telemetry';
import type { Fleet } from '../fleet.js';
import { groupPlans } from '../services.js';
import { requireExecutor } from './executors.js';
import type { LiveSettings } from './live-changes.js';

/**
 * Runs as many instances as are wanted, by name: a stage, or executor.<name>. Answers every group whose number was asked
 * for, when those that came are up and those that go have ended what they had begun.
 * @throws INVALID_REQUEST, also for none of a stage without `force`, EXECUTOR_NOT_FOUND, INVALID_CONFIG
 */
export async function scale(
  { fleet, live, log }: { fleet: Fleet; live: LiveSettings; log: Logger },
  wanted: Readonly<Record<string, number>>,
  force = false,
): Promise<Init<ScaledStage>[]> {
  if (Object.keys(wanted).length === 0) throw new SlipwayError('INVALID_REQUEST', 'nothing is to be scaled');
  for (const [name, count] of Object.entries(wanted)) if (count === 0 && !force) refuseNone(name);
  const changes = Object.fromEntries(
    Object.entries(wanted).map(([name, count]) => [pathOf(fleet, name, count), count]),
  );
  const plans = await live.change(changes, ({ settings }) => Promise.resolve(groupPlans(settings)));
  const asked = plans.filter(({ name, stage }) => name in wanted || stage in wanted);
  return await Promise.all(
    asked.map(async (plan): Promise<Init<ScaledStage>> => {
      const group = fleet.group(plan.name) ?? fleet.addGroup(plan);
      group.plan = plan;
      const before = group.staying.length;
      const started = await group.scaleTo(plan.instances);
      if (plan.instances !== before) log.info({ group: plan.name, before, instances: plan.instances }, 'scaled');
      const startedMs = Math.max(0, ...started.map((process) => process.startedMs));
      return { name: plan.name, instances: group.staying.length, startedMs };
    }),
  );
}

function refuseNone(name: string): void {
  if (!isStage(name)) return;
  throw new SlipwayError('INVALID_REQUEST', `without a ${name} ${stages[name].missing}`, {
    object: `${name}=0`,
    hint: 'say --force where instances of another supervisor do its work, or to take the node out of service',
  });
}

function pathOf(fleet: Fleet, name: string, count: number): string {
  if (isStage(name)) return `scale.${name}`;
  const [, executor] = /^executor\.(.+)$/.exec(name) ?? [];
  if (executor === undefined) {
    throw new SlipwayError(
      'INVALID_REQUEST',
      `there is no stage ${name}; there are: ${stageNames.join(', ')}, executor.<name>`,
    );
  }
  const { plan } = requireExecutor(fleet, executor);
  if (count === 0) {
    throw new SlipwayError('INVALID_REQUEST', `an executor has one instance or more`, {
      object: name,
      hint: `slipway executors drain ${executor}, or remove ${executor}`,
    });
  }
  return `runtime.${plan.executor?.handler === executor ? 'handlers' : 'executors'}.${executor}.instances`;
}
