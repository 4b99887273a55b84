import { setTimeout as sleep } from 'node:timers/promises';
import { isInstalled, type LiveChanges, type Settings } from '@slipway/config';
import type { AddExecutorRequest, ExecutorInstance } from '@slipway/contracts';
import { SlipwayError } from '@slipway/errors';
import type { Init } from '@slipway/protobuf';
import { runtimeKinds } from '@slipway/runtime-kinds';
import type { Logger } from '@slipway/telemetry';
import type { Fleet } from '../fleet.js';
import type { ProcessGroup } from '../process-group.js';
import { type GroupPlan, groupPlans } from '../services.js';
import { requireSuccessor } from './successor.js';
import { describeExecutor } from './executors.js';
import { statusOf } from '../process-status.js';
import type { LiveSettings } from './live-changes.js';

/** How long an executor has to start and to try its handler out. Milliseconds. */
const patienceMs = 60_000;
const lookMs = 25;
const namePattern = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/;

/**
 * Starts an executor drained, so that no pod meets one that does not work, and gives it work when its trial has ended
 * well. Else it is taken away again, with what was kept of it.
 * @throws EXECUTOR_EXISTS, UNKNOWN_HANDLER, INVALID_REQUEST, INVALID_CONFIG, HANDLER_NOT_READY
 */
export async function addExecutor(
  { fleet, live, log }: { fleet: Fleet; live: LiveSettings; log: Logger },
  request: AddExecutorRequest,
): Promise<Init<ExecutorInstance>[]> {
  const { name } = request;
  if (fleet.group(`executor.${name}`))
    throw new SlipwayError('EXECUTOR_EXISTS', `there is an executor ${name} already`);
  const changes = changesFor(request, fleet.loaded.settings);
  await requireSuccessor(fleet, request);
  return await live.change(changes, async ({ settings }) => {
    const plan = planOf(settings, name);
    const group = fleet.addGroup(plan, true);
    try {
      // Not awaited first: one that ends at its start would never be up.
      const starting = group.scaleTo(plan.instances);
      starting.catch(() => undefined);
      await untilItWorks(group);
      await starting;
      await group.undrain();
    } catch (error) {
      await group.stop();
      fleet.removeGroup(group);
      throw error;
    }
    log.info({ executor: name, handler: plan.executor?.handler, path: plan.executor?.path }, 'executor added');
    return await describeExecutor(group);
  });
}

function changesFor(request: AddExecutorRequest, { runtime }: Settings): LiveChanges {
  const { name, kind, path, options, instances } = request;
  const handler = request.handler || name;
  if (!namePattern.test(name)) {
    throw new SlipwayError(
      'INVALID_REQUEST',
      `${JSON.stringify(name)} is no name: use letters, digits, dots and dashes`,
    );
  }
  const known = Object.keys(runtime.handlers);
  const more = {
    ...(path ? { path } : {}),
    ...(options.length > 0 ? { options } : {}),
    ...(instances > 0 ? { instances } : {}),
  };
  if (handler === name) {
    if (!known.includes(name) && !kind) {
      throw new SlipwayError(
        'INVALID_REQUEST',
        `the handler ${name} is new: say its kind (${runtimeKinds.join(', ')})`,
      );
    }
    const own = { enabled: true, drained: false, ...(kind ? { kind } : {}), ...more };
    return below(`runtime.handlers.${name}`, own);
  }
  if (kind)
    throw new SlipwayError('INVALID_REQUEST', 'the kind is that of the handler: --kind is only valid for new handlers');
  if (!known.includes(handler)) {
    throw new SlipwayError('UNKNOWN_HANDLER', `unknown handler ${handler}; there are: ${known.join(', ')}`);
  }
  return below(`runtime.executors.${name}`, { enabled: true, drained: false, handler, ...more });
}

function below(prefix: string, changes: LiveChanges): LiveChanges {
  return Object.fromEntries(Object.entries(changes).map(([key, value]) => [`${prefix}.${key}`, value]));
}

function planOf(settings: Settings, name: string): GroupPlan {
  const plan = groupPlans(settings).find(({ executor }) => executor?.name === name);
  if (plan) return plan;
  const path = settings.runtime.executors[name]?.path || settings.runtime.handlers[name]?.path || name;
  const hint = 'say where its binary is with --path';
  throw new SlipwayError('INVALID_CONFIG', isInstalled(path) ? `${name} is not enabled` : `${path} is not installed`, {
    hint,
  });
}

/** Resolves when the trials of all its instances have ended well. @throws HANDLER_NOT_READY with the reason */
async function untilItWorks(group: ProcessGroup): Promise<void> {
  const { name, instances } = group.plan;
  const fail = (reason: string): never => {
    throw new SlipwayError('HANDLER_NOT_READY', reason, {
      object: name,
      hint: 'the executor was not added; the log of slipway up says more',
    });
  };
  for (const end = performance.now() + patienceMs; performance.now() < end; await sleep(lookMs)) {
    let working = 0;
    for (const process of group.processes) {
      if (process.state === 'waiting') fail('its process ends when it is started');
      if (process.state === 'starting') continue;
      const own = (await statusOf(process).catch(() => undefined))?.executor;
      if (own?.ready) working += 1;
      else if (own && own.reason !== 'probing') fail(own.reason);
    }
    if (working === instances) return;
  }
  fail(`it was not ready within ${patienceMs} ms`);
}
