import type { HostFault } from '../fault.js';

export interface RetryPolicy {
  /** Tries in a row without progress. */
  readonly attempts: number;
  /** First pause, ms; doubled each time, at most 10 s. */
  readonly backoffMs: number;
  /** Longest Retry-After that is waited for, ms. */
  readonly maxRetryAfterMs: number;
}

const longestPauseMs = 10_000;

/** The pause after the `attempt`th failure (from 1), ms: half fixed, half chance, and never less than Retry-After. */
export function pauseMs(attempt: number, policy: RetryPolicy, fault: HostFault): number {
  const full = Math.min(longestPauseMs, policy.backoffMs * 2 ** (attempt - 1));
  const jittered = full / 2 + Math.random() * (full / 2);
  return Math.max(jittered, fault.retryAfterMs ?? 0);
}

/** Whether another try is worth it. A registry that asks for a longer pause than allowed is given up immediately. */
export function mayRetry(attempt: number, policy: RetryPolicy, fault: HostFault, retryable = fault.retryable): boolean {
  return retryable && attempt < policy.attempts && (fault.retryAfterMs ?? 0) <= policy.maxRetryAfterMs;
}

/** A Retry-After header (RFC 9110, 10.2.3: seconds or a date) in ms from now. */
export function retryAfterMs(header: string | undefined, now = Date.now()): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
