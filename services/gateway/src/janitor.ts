import { ContainerPhase, SandboxPhase } from '@slipway/contracts';
import { nowNanos } from '@slipway/stage';
import type { Gateway } from './context.js';
import { discardContainer } from './runtime/remove-container.js';
import { discardSandbox } from './runtime/remove-pod-sandbox.js';

/** Milliseconds between two rounds. */
const ROUND_MS = 30_000;
/** Nanoseconds after which an intent without a running operation is nobody's. */
const ABANDONED_NS = 60_000_000_000n;

/**
 * Finishes what a gateway that died left behind: intents whose operation nobody runs
 * are undone, removals that were begun are completed. All that exists is listed, and
 * the kubelet removes what it does not know; this is for what is not listed.
 */
export function startJanitor(gateway: Gateway): { stop(): void } {
  const round = (): void => {
    gateway.records
      .withLock('janitor', () => sweep(gateway))
      .catch((error: unknown) => {
        gateway.log.warn({ err: error }, 'cleaning up failed; it is tried again');
      });
  };
  const timer = setInterval(round, ROUND_MS);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}

async function sweep(gateway: Gateway): Promise<void> {
  const { records, log } = gateway;
  const before = nowNanos() - ABANDONED_NS;
  const abandoned = async (record: { createdAt: bigint; operation: string }): Promise<boolean> =>
    record.createdAt < before && !(await records.operations.isRunning(record.operation));

  for (const container of await records.containers.list()) {
    const left =
      container.phase === ContainerPhase.CONTAINER_INTENT ||
      container.phase === ContainerPhase.CONTAINER_PHASE_REMOVING;
    if (!left || !(await abandoned(container))) continue;
    log.warn({ container: container.id, sandbox: container.sandboxId }, 'removing an abandoned container');
    await discardContainer(gateway, container);
  }
  for (const sandbox of await records.sandboxes.list()) {
    const left = sandbox.phase === SandboxPhase.SANDBOX_INTENT || sandbox.phase === SandboxPhase.SANDBOX_REMOVING;
    if (!left || !(await abandoned(sandbox))) continue;
    log.warn({ sandbox: sandbox.id }, 'removing an abandoned sandbox');
    await discardSandbox(gateway, sandbox);
  }
}
