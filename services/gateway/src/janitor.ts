import { ContainerPhase, type ContainerRecord, SandboxPhase, type SandboxRecord } from '@slipway/contracts';
import { FirstSeen, Limit } from '@slipway/time';
import type { Gateway } from './context.js';
import { discardContainer } from './runtime/remove-container.js';
import { discardSandbox, removalLock } from './runtime/remove-pod-sandbox.js';

/** Milliseconds between two rounds. */
const ROUND_MS = 5000;
/** Milliseconds to wait for the lock of a removal: a free one is had in one. */
const LOCK_MS = 500;
/** Milliseconds, since it was seen first, after which an intent without a running operation is nobody's: more than an operation's lease. */
const ABANDONED_MS = 10_000;

/**
 * Finishes what a gateway that died left behind: intents whose operation nobody runs
 * are undone, removals that were begun are completed. All that exists is listed, and
 * the kubelet removes what it does not know; this is for what is not listed.
 */
export function startJanitor(gateway: Gateway): { stop(): void } {
  const ages = new FirstSeen();
  let busy = false;
  const round = (): void => {
    if (busy) return;
    busy = true;
    isAnythingLeft(gateway)
      .then((left) => (left ? gateway.records.withLock('janitor', () => sweep(gateway, ages)) : undefined))
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

/** Mostly nothing is, which costs two small reads; those who find something take turns. */
async function isAnythingLeft({ records }: Gateway): Promise<boolean> {
  const [containers, sandboxes] = await Promise.all([records.containers.list(), records.sandboxes.list()]);
  return containers.some(isLeftContainer) || sandboxes.some(isLeftSandbox);
}

function isLeftContainer({ phase }: Pick<ContainerRecord, 'phase'>): boolean {
  return phase === ContainerPhase.CONTAINER_INTENT;
}

function isLeftSandbox({ phase }: Pick<SandboxRecord, 'phase'>): boolean {
  return phase === SandboxPhase.SANDBOX_INTENT || phase === SandboxPhase.SANDBOX_REMOVING;
}

/** `ages` is how long this gateway has known of them: what a record says of its time is the wall clock's. */
async function sweep(gateway: Gateway, ages: FirstSeen): Promise<void> {
  const { records, log } = gateway;
  ages.endRound();
  const abandoned = async (record: { id: string; createdAt: bigint; operation: string }): Promise<boolean> => {
    const age = ages.age(`${record.id} ${record.createdAt}`);
    // Asked of young ones too: that an owner is silent shows only when one looks again and again.
    return !(await records.operations.isRunning(record.operation)) && age >= ABANDONED_MS;
  };

  for (const container of await records.containers.list()) {
    if (!isLeftContainer(container) || !(await abandoned(container))) continue;
    log.warn({ container: container.id, sandbox: container.sandboxId }, 'removing an abandoned container');
    await tidy(gateway, `container ${container.id}`, () => discardContainer(gateway, container));
  }
  for (const sandbox of await records.sandboxes.list()) {
    if (!isLeftSandbox(sandbox) || !(await abandoned(sandbox))) continue;
    using limit = new Limit({ ms: LOCK_MS });
    const lease = await records.lock(removalLock(sandbox.id), { signal: limit.signal }).catch(() => undefined);
    // Its removal is still under way.
    if (!lease) continue;
    try {
      log.warn({ sandbox: sandbox.id }, 'removing an abandoned sandbox');
      await tidy(gateway, `sandbox ${sandbox.id}`, () => discardSandbox(gateway, sandbox));
    } finally {
      await lease.release();
    }
  }
}

/** An intent whose stage is away must not hold up the others. */
async function tidy(gateway: Gateway, object: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    gateway.log.warn({ err: error, object }, 'it cannot be removed now; it is tried again');
  }
}
