import { ContainerPhase, SandboxPhase } from '@slipway/contracts';
import { nowNanos } from '@slipway/stage';
import type { Gateway } from './context.js';
import { discardContainer } from './runtime/remove-container.js';
import { discardSandbox } from './runtime/remove-pod-sandbox.js';

/** Milliseconds between two rounds. */
const ROUND_MS = 5000;
/** Nanoseconds after which an intent without a running operation is nobody's: more than an operation's lease. */
const ABANDONED_NS = 10_000_000_000n;

/**
 * Finishes what a gateway that died left behind: intents whose operation nobody runs
 * are undone, removals that were begun are completed. All that exists is listed, and
 * the kubelet removes what it does not know; this is for what is not listed.
 */
export function startJanitor(gateway: Gateway): { stop(): void } {
  let busy = false;
  const round = (): void => {
    if (busy) return;
    busy = true;
    gateway.records
      .withLock('janitor', () => sweep(gateway))
      .catch((error: unknown) => {
        gateway.log.warn({ err: error }, 'cleaning up failed; it is tried again');
      })
      .finally(() => {
        busy = false;
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
    await tidy(gateway, `container ${container.id}`, () => discardContainer(gateway, container));
  }
  for (const sandbox of await records.sandboxes.list()) {
    const left = sandbox.phase === SandboxPhase.SANDBOX_INTENT || sandbox.phase === SandboxPhase.SANDBOX_REMOVING;
    if (!left || !(await abandoned(sandbox))) continue;
    log.warn({ sandbox: sandbox.id }, 'removing an abandoned sandbox');
    await tidy(gateway, `sandbox ${sandbox.id}`, () => discardSandbox(gateway, sandbox));
  }
}

/** One whose stage is away must not hold up the others. */
async function tidy(gateway: Gateway, object: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    gateway.log.warn({ err: error, object }, 'it cannot be removed now; it is tried again');
  }
}
