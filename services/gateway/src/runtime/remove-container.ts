import { ContainerPhase, type ContainerRecord, LifecycleEvent } from '@slipway/contracts';
import type { TraceContext } from '@slipway/stage';
import { nowNanos } from '@slipway/time';
import type { Gateway } from '../context.js';
import { findContainer } from '../ids.js';
import { forgetCreation, holderOf } from '../operations.js';
import type { RuntimeRpcs } from '../server/rpc-table.js';

/** Removes a container, killing it where it runs. Safe to repeat; a missing one is success. */
export const removeContainer: RuntimeRpcs['removeContainer'] = async (gateway, request, call) => {
  const container = await findContainer(gateway, request.containerId);
  if (container) await call.wait(endContainer(gateway, container, call.trace));
  return {};
};

/** Takes a container away that everybody has seen: plugins hear of its end and of its removal. */
export async function endContainer(gateway: Gateway, container: ContainerRecord, trace: TraceContext): Promise<void> {
  const { id, handler, phase, sandboxId: share } = container;
  if (gateway.nri.active) {
    if (phase === ContainerPhase.CONTAINER_PHASE_RUNNING || phase === ContainerPhase.CONTAINER_PHASE_CREATED) {
      await gateway
        .executor(handler)
        .stopContainer({ id, graceSeconds: 0n }, { operation: `stop/${id}/0`, share, trace });
    }
    await gateway.nri.removeContainer((await gateway.records.containers.get(id)) ?? container);
  }
  await discardContainer(gateway, container, trace);
}

/** Takes down whatever there is of a container, made or half made, its record last. */
export async function discardContainer(
  gateway: Gateway,
  container: Pick<ContainerRecord, 'id' | 'handler'> & Partial<ContainerRecord>,
  trace?: TraceContext,
): Promise<void> {
  const { id, handler, sandboxId: share } = container;
  const options = { operation: `remove/${id}`, share, trace };
  await gateway.executor(handler).removeContainer({ id }, options);
  const [holder] = await Promise.all([holderOf(gateway, container), gateway.builder.removeBundle({ id }, options)]);
  if ((await gateway.records.containers.delete(id)) && container.sandboxId) {
    const { sandboxId } = container;
    gateway.bus.publishEvent('container', LifecycleEvent, { id, sandboxId, phase: 'DELETED', at: nowNanos() });
  }
  await forgetCreation(gateway, container, holder);
}
