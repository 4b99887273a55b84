/** A half-open range of bytes. */
export type ByteRange = readonly [start: number, end: number];

/** Which bytes of a blob are on disk. */
export class RangeSet {
  #ranges: ByteRange[] = [];

  constructor(ranges: readonly ByteRange[] = []) {
    for (const [start, end] of ranges) this.add(start, end);
  }

  add(start: number, end: number): void {
    if (end <= start) return;
    let [low, high] = [start, end];
    const apart: ByteRange[] = [];
    for (const range of this.#ranges) {
      if (range[1] < low || range[0] > high) apart.push(range);
      else [low, high] = [Math.min(low, range[0]), Math.max(high, range[1])];
    }
    this.#ranges = [...apart, [low, high] as const].sort((a, b) => a[0] - b[0]);
  }

  /** Bytes from 0 without a gap. */
  get front(): number {
    const first = this.#ranges[0];
    return first && first[0] === 0 ? first[1] : 0;
  }

  get total(): number {
    return this.#ranges.reduce((sum, [start, end]) => sum + end - start, 0);
  }

  get ranges(): readonly ByteRange[] {
    return this.#ranges;
  }

  /** The missing ranges up to `size`, in order. */
  missing(size: number): ByteRange[] {
    const out: ByteRange[] = [];
    let at = 0;
    for (const [start, end] of this.#ranges) {
      if (start > at) out.push([at, start]);
      at = end;
    }
    if (at < size) out.push([at, size]);
    return out;
  }

  clear(): void {
    this.#ranges = [];
  }
}
