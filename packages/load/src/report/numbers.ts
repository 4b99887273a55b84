import type { LoadResult } from '../result.js';

/** Milliseconds at three digits, as people read them. */
export function ms(value: number): string {
  if (value >= 100) return value.toFixed(0);
  if (value >= 10) return value.toFixed(1);
  return value.toFixed(2);
}

export function perSecond(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value.toFixed(1);
}

/** How the load was made, in a line. */
export function loopText({ loop, seconds, warmUpSeconds }: LoadResult): string {
  const how =
    loop.kind === 'open'
      ? `open loop, ${loop.rate} a second, at most ${loop.maxInFlight} at once`
      : `closed loop, ${loop.concurrency} at once`;
  return `${how}; ${seconds.toFixed(1)} s after ${warmUpSeconds} s of warm-up`;
}

/** How coordinated omission was corrected, in a sentence. */
export function correctionText({ loop }: LoadResult): string {
  if (loop.kind === 'open') return 'Latency counts from when an operation was due, not from when it was sent.';
  const interval = loop.expectedIntervalMs === undefined ? "its operation's median" : `${loop.expectedIntervalMs} ms`;
  return `Corrected for coordinated omission: the calls are filled in that a stall kept a caller from, one for each expected interval (${interval}). "p99 seen" is without them.`;
}

/** Reasons to doubt the figures, each in a sentence. */
export function warnings(result: LoadResult): string[] {
  const said: string[] = [];
  if (result.interrupted) said.push('It was interrupted: these are the figures up to then.');
  if (result.unsent > 0) {
    said.push(
      `${result.unsent} operations were due and never sent: the target does not keep up with this rate. They count with the time that they had waited.`,
    );
  }
  if (result.unanswered > 0) said.push(`${result.unanswered} operations were not answered, even 30 s after the end.`);
  if (result.generator.cpuPercent > 85) {
    said.push(
      `The load generator used ${result.generator.cpuPercent.toFixed(0)} % of a core: it may be what was measured. Lower the rate or the concurrency.`,
    );
  }
  const ended = result.processes.filter((one) => one.ended).map(({ name }) => name);
  if (ended.length > 0) said.push(`Ended during the test: ${ended.join(', ')}.`);
  return said;
}

/** CPU milliseconds of all watched processes for one operation that was answered. */
export function cpuPerOperation({ processes, operations }: LoadResult): number | undefined {
  const done = operations.filter(({ isStep }) => !isStep).reduce((sum, one) => sum + one.done + one.failed, 0);
  if (done === 0 || processes.length === 0) return undefined;
  return processes.reduce((sum, one) => sum + one.cpuMs + one.childrenCpuMs, 0) / done;
}
