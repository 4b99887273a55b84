import { ContainerPhase, LifecycleEvent, SandboxPhase, type SandboxRecord } from '@slipway/contracts';
import type { TraceContext } from '@slipway/stage';
import { nowNanos } from '@slipway/time';
import type { Gateway } from '../context.js';
import { findSandbox } from '../ids.js';
import { forgetCreation, holderOf } from '../operations.js';
import type { RuntimeRpcs } from '../server/rpc-table.js';
import { discardContainer, endContainer } from './remove-container.js';
import { containersOf } from './stop-pod-sandbox.js';

/** Removes a sandbox with its containers, running or not. Safe to repeat; a missing sandbox is success. */
export const removePodSandbox: RuntimeRpcs['removePodSandbox'] = async (gateway, request, call) => {
  const sandbox = await findSandbox(gateway, request.podSandboxId);
  if (!sandbox) return {};
  await gateway.records.sandboxes.transition(sandbox.id, (now) => ({ ...now, phase: SandboxPhase.SANDBOX_REMOVING }));
  const removal = gateway.records.withLock(removalLock(sandbox.id), () => endSandbox(gateway, sandbox, call.trace));
  await call.wait(removal);
  return {};
};

/** The lock that a removal holds until it is done. A janitor takes a removal whose lock is free for abandoned. */
export function removalLock(id: string): string {
  return `removal:${id}`;
}

/** Takes a sandbox away that everybody has seen: plugins hear of the ends of its containers and of its own. */
async function endSandbox(gateway: Gateway, sandbox: SandboxRecord, trace: TraceContext): Promise<void> {
  if (gateway.nri.active) {
    const containers = await containersOf(gateway, sandbox.id);
    const shown = containers.filter(({ phase }) => phase !== ContainerPhase.CONTAINER_INTENT);
    await Promise.all(shown.map((container) => endContainer(gateway, container, trace)));
    await gateway.nri.stopPodSandbox(sandbox);
    await gateway.nri.removePodSandbox(sandbox);
  }
  await discardSandbox(gateway, sandbox, trace);
}

/** Takes down whatever there is of a sandbox, made or half made, its record last. */
export async function discardSandbox(
  gateway: Gateway,
  sandbox: Pick<SandboxRecord, 'id' | 'handler'> & Partial<SandboxRecord>,
  trace?: TraceContext,
): Promise<void> {
  const { id, handler } = sandbox;
  const containers = await containersOf(gateway, id);
  await Promise.all(containers.map((container) => discardContainer(gateway, container, trace)));
  const options = { operation: `remove/${id}`, trace };
  const removeSandbox = () => gateway.executor(handler).removeSandbox({ id }, options);
  // Also without an infra container: an earlier try of the creation may have built a bundle.
  const removeBundle = () => gateway.builder.removeBundle({ id }, options);
  if (hasNoInfra(sandbox)) {
    await both(removeSandbox(), removeBundle());
  } else {
    await removeSandbox();
    await removeBundle();
  }
  const holder = await holderOf(gateway, sandbox);
  if (await gateway.records.sandboxes.delete(id)) {
    gateway.bus.publishEvent('sandbox', LifecycleEvent, { id, sandboxId: id, phase: 'DELETED', at: nowNanos() });
  }
  await forgetCreation(gateway, sandbox, holder);
}

/** Whether no container runs on the sandbox's own bundle: then the bundle need not wait for the executor. */
function hasNoInfra({ phase, infra }: Partial<SandboxRecord>): boolean {
  const isMade = phase === SandboxPhase.SANDBOX_READY || phase === SandboxPhase.SANDBOX_NOT_READY;
  return isMade && infra === undefined;
}

/** Waits for both, also where the first fails, and throws the first one's error before the second one's. */
async function both(first: Promise<unknown>, second: Promise<unknown>): Promise<void> {
  await Promise.allSettled([first, second]);
  await first;
  await second;
}
