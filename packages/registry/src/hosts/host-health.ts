/** How long a host that failed is asked after the others, ms: doubled with each failure after that, up to `longestMs`. */
const firstMs = 30_000;
const longestMs = 300_000;

/**
 * Which hosts failed a moment ago. Where a mirror is down, only the first of many pulls pays for finding that out;
 * nothing is remembered for longer than minutes, and a host that works again is in its place again.
 */
export class HostHealth {
  readonly #failed = new Map<string, { until: number; ms: number }>();

  /** The host could not be reached, answered 429 or 5xx, or stopped. `waitMs`: what it asked to wait. */
  failed(name: string, waitMs = 0): void {
    const before = this.#failed.get(name);
    // Requests that were in flight together count as one failure.
    if (before && before.until - performance.now() > before.ms / 2) return;
    const ms = Math.min(longestMs, Math.max(waitMs, before ? 2 * before.ms : firstMs));
    this.#failed.set(name, { until: performance.now() + ms, ms });
  }

  worked(name: string): void {
    this.#failed.delete(name);
  }

  /** Whether it is to be asked only after the others. */
  isDoubtful(name: string): boolean {
    return (this.#failed.get(name)?.until ?? 0) > performance.now();
  }
}
