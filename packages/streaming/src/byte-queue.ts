/** Pieces up to this are copied together, so that bytes cost what they are and not a whole read buffer each. */
export const smallBytes = 16 * 1024;

/**
 * Bytes that wait for their reader. A peer may send a megabyte as a million frames of one byte: a view
 * of each would cost a hundred times that, and keep the buffer it was read into.
 */
export class ByteQueue {
  readonly #parts: Buffer[] = [];
  /** The store behind the last part, while it has room. */
  #store: Buffer | undefined;
  #fill = 0;
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  push(bytes: Buffer): void {
    this.#bytes += bytes.length;
    if (bytes.length > smallBytes) {
      this.#store = undefined;
      this.#parts.push(bytes);
      return;
    }
    for (let rest = bytes; rest.length > 0; ) {
      if (!this.#store || this.#fill === this.#store.length) {
        // Small at first: most streams never hold more than a line.
        this.#store = Buffer.allocUnsafeSlow(this.#store ? smallBytes : Math.max(512, rest.length));
        this.#fill = 0;
        this.#parts.push(this.#store.subarray(0, 0));
      }
      const taken = rest.copy(this.#store, this.#fill);
      this.#fill += taken;
      rest = rest.subarray(taken);
      this.#parts[this.#parts.length - 1] = this.#store.subarray(0, this.#fill);
    }
  }

  shift(): Buffer | undefined {
    const part = this.#parts.shift();
    if (!part) return undefined;
    if (this.#parts.length === 0) this.#store = undefined;
    this.#bytes -= part.length;
    return part;
  }

  clear(): void {
    this.#parts.length = 0;
    this.#store = undefined;
    this.#bytes = 0;
  }
}
