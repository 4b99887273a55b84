/** A source of random numbers that a seed repeats exactly (mulberry32), so that a failure can be tried again. */
export class Random {
  #state: number;

  constructor(readonly seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 up to and without `end`. */
  int(end: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * end);
  }

  pick<T>(from: readonly T[]): T {
    return from[this.int(from.length)] as T;
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.int(256)));
  }

  /**
   * A copy with some changes, each at a random place: a flipped bit, an extreme byte or 32-bit number, a piece that is
   * removed, doubled, or put in from elsewhere.
   */
  mutate(bytes: Buffer, changes = 1 + this.int(6)): Buffer {
    let out = Buffer.from(bytes);
    for (let change = 0; change < changes && out.length > 0; change++) {
      const at = this.int(out.length);
      const length = Math.min(1 + this.int(64), out.length - at);
      const piece = out.subarray(at, at + length);
      const [before, after] = [out.subarray(0, at), out.subarray(at + length)];
      switch (this.int(6)) {
        case 0:
          out[at] = (out[at] as number) ^ (1 << this.int(8));
          break;
        case 1:
          out[at] = this.pick([0, 1, 0x7f, 0x80, 0xff, 0x2f, 0x2e, 0x20, 0x0a]);
          break;
        case 2:
          if (at + 4 <= out.length) out.writeUInt32BE(this.pick([0, 1, 0x7fffffff, 0x80000000, 0xffffffff]), at);
          break;
        case 3:
          out = Buffer.concat([before, after]);
          break;
        case 4:
          out = Buffer.concat([before, piece, piece, after]);
          break;
        default:
          out = Buffer.concat([before, this.bytes(length), after]);
      }
    }
    return out;
  }

  /** The same bytes in pieces of random lengths, as a socket delivers them. */
  pieces(bytes: Buffer): Buffer[] {
    const pieces: Buffer[] = [];
    for (let at = 0; at < bytes.length; ) {
      const length = 1 + this.int(this.pick([1, 16, 700, 70_000]));
      pieces.push(bytes.subarray(at, at + length));
      at += length;
    }
    return pieces;
  }
}
