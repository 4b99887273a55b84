import { setTimeout as sleep } from 'node:timers/promises';
import { statusName } from '@slipway/testbed';

/** What a kubelet takes for a passing trouble of its runtime and tries again. */
const passing = ['UNAVAILABLE', 'DEADLINE_EXCEEDED', 'CANCELLED', 'ABORTED'];

/**
 * Repeats a call as a kubelet does, until it succeeds or `forMs` are over. Only what a
 * restarting runtime may answer is repeated: any other error is a finding.
 */
export async function retried<T>(what: string, call: () => Promise<T>, forMs = 30_000): Promise<T> {
  const end = Date.now() + forMs;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!passing.includes(statusName(error)))
        throw new Error(`${what}: ${(error as Error).message}`, { cause: error });
      if (Date.now() > end)
        throw new Error(`${what}: not within ${forMs} ms: ${(error as Error).message}`, { cause: error });
      await sleep(100);
    }
  }
}

/** As `retried` for calls that make something: where an earlier try has made it already, its id stands in the answer. */
export async function made(what: string, call: () => Promise<string>, forMs?: number): Promise<string> {
  return retried(
    what,
    async () => {
      try {
        return await call();
      } catch (error) {
        const id =
          statusName(error) === 'ALREADY_EXISTS' ? /[0-9a-f]{64}/.exec((error as Error).message)?.[0] : undefined;
        if (id === undefined) throw error;
        return id;
      }
    },
    forMs,
  );
}

/** Waits until a condition holds. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, forMs = 20_000): Promise<void> {
  const end = Date.now() + forMs;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`${what}: not within ${forMs} ms`);
    await sleep(20);
  }
}
