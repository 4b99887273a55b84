import { setTimeout as sleep } from 'node:timers/promises';
import { statusName } from '@slipway/testbed';

export { until } from './until.js';

/** What a kubelet takes for a passing trouble of its runtime and tries again. */
const passing = ['UNAVAILABLE', 'DEADLINE_EXCEEDED', 'CANCELLED', 'ABORTED'];

/**
 * Repeats a call as a kubelet does, until it succeeds or `forMs` are over. Only what a
 * restarting runtime may answer is repeated: any other error is a finding.
 */
export async function retried<T>(what: string, call: () => Promise<T>, forMs = 60_000): Promise<T> {
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

/** The id of what was made, by this call or by an earlier one whose answer was lost. */
export async function idOf(call: Promise<{ podSandboxId: string } | { containerId: string }>): Promise<string> {
  try {
    const answer = await call;
    return 'podSandboxId' in answer ? answer.podSandboxId : answer.containerId;
  } catch (error) {
    const id = /exists: ([0-9a-f]{64})/.exec((error as Error).message)?.[1];
    if (statusName(error) !== 'ALREADY_EXISTS' || id === undefined) throw error;
    return id;
  }
}
