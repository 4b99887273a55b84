import type { ContainerExit } from '@slipway/conmon';
import { SandboxPhase, type SandboxRecord } from '@slipway/contracts';
import { isAlive } from '@slipway/linux';
import type { SandboxContext } from './context.js';
import { moveSandbox } from './phases.js';

/** Whether a sandbox that needs its infra container has lost it. */
export function infraIsGone({ infra }: Pick<SandboxRecord, 'infra'>): boolean {
  return infra !== undefined && !isAlive(infra.pid, infra.startTicks);
}

/**
 * An infra container's exit file is there: a sandbox that is still READY has lost its base. A sandbox that
 * is being stopped holds the lock, and is not READY any more when the lock is released.
 */
export async function onInfraExit(context: SandboxContext, id: string, exit: ContainerExit): Promise<void> {
  const record = await context.records.sandboxes.get(id);
  if (record?.handler !== context.handler || record.phase !== SandboxPhase.SANDBOX_READY || !record.infra) return;
  await context.records.withLock(`sandbox:${id}`, async () => {
    const reason = `its infra container ended with exit code ${exit.code}`;
    const change = { phase: SandboxPhase.SANDBOX_NOT_READY, reason };
    const { moved } = await moveSandbox(context, id, SandboxPhase.SANDBOX_READY, change);
    if (moved) context.log.warn({ sandbox: id, exitCode: exit.code }, 'sandbox lost its infra container');
  });
}
