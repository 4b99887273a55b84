/** Milliseconds that a rate looks back. */
const windowMs = 3000;
/** Samples closer together than this are one. */
const stepMs = 100;

/** Bytes a second over the last moments. */
export class Rate {
  readonly #samples: { at: number; bytes: number }[] = [];

  add(bytes: number, now = performance.now()): void {
    const last = this.#samples.at(-1);
    if (last && now - last.at < stepMs) last.bytes += bytes;
    else this.#samples.push({ at: now, bytes });
    this.#forget(now);
  }

  /** 0 when nothing came within the window. */
  read(now = performance.now()): number {
    this.#forget(now);
    const [first] = this.#samples;
    if (!first) return 0;
    const bytes = this.#samples.reduce((sum, sample) => sum + sample.bytes, 0);
    // A single sample says nothing about the time that it took.
    return Math.round((bytes * 1000) / Math.max(now - first.at, 2 * stepMs));
  }

  #forget(now: number): void {
    while (this.#samples[0] && now - this.#samples[0].at > windowMs) this.#samples.shift();
  }
}
