import type { ExecutorInstance } from '@slipway/contracts';
import { SlipwayError } from '@slipway/errors';
import type { Init } from '@slipway/protobuf';
import type { Fleet } from '../fleet.js';
import type { ProcessGroup } from '../process-group.js';
import { statusOf } from '../process-status.js';

export function executorGroups(fleet: Fleet): ProcessGroup[] {
  return fleet.groups.filter(({ plan }) => plan.executor !== undefined);
}

/** @throws EXECUTOR_NOT_FOUND naming those that there are */
export function requireExecutor(fleet: Fleet, name: string): ProcessGroup {
  const group = fleet.group(`executor.${name}`);
  if (group) return group;
  const names = executorGroups(fleet).map(({ plan }) => plan.executor?.name);
  throw new SlipwayError(
    'EXECUTOR_NOT_FOUND',
    `there is no executor ${name}; there are: ${names.join(', ') || 'none'}`,
  );
}

/** The other executors of a group's handler that take work now. */
export function othersAtWork(fleet: Fleet, group: ProcessGroup): ProcessGroup[] {
  const handler = group.plan.executor?.handler;
  return executorGroups(fleet).filter(
    (other) => other !== group && other.plan.executor?.handler === handler && other.works,
  );
}

/** The reports of a group's processes. A process that does not answer is in it too, with the reason. */
export async function describeExecutor({ plan, processes }: ProcessGroup): Promise<Init<ExecutorInstance>[]> {
  const { executor } = plan;
  return await Promise.all(
    processes.map(async (process): Promise<Init<ExecutorInstance>> => {
      const known = {
        executor: executor?.name,
        handler: executor?.handler,
        process: process.spec.name,
        state: process.state,
        pid: process.pid,
        instance: process.instance,
        path: executor?.path,
        restarts: process.restarts,
      };
      if (process.state === 'waiting') return { ...known, reason: 'it ended and is started again: its log says why' };
      try {
        const { load, executor: own } = await statusOf(process);
        const { version, path, containers, streams, ready, reason } = own ?? {};
        return { ...known, version, path, containers, streams, healthy: ready, reason, inFlight: load.inFlight };
      } catch (error) {
        return { ...known, reason: process.state === 'starting' ? 'starting' : (error as Error).message };
      }
    }),
  );
}
