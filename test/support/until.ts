import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Asks again until the answer is one; fails after the time-out with what was waited for. Between two questions pass
 * `everyMs`, and at least as long as one takes: a question may start programs, and what is waited for needs the processor
 * too.
 */
export async function until<T>(
  what: string,
  ask: () => T | undefined | false | Promise<T | undefined | false>,
  timeoutMs = 60_000,
  everyMs = 20,
): Promise<T> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const asked = performance.now();
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    const now = performance.now();
    if (now > end) throw new Error(`${what}: not after ${timeoutMs} ms`);
    await sleep(Math.max(everyMs, now - asked));
  }
}
