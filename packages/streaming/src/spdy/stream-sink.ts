import type { Writable } from 'node:stream';
import type { ByteQueue } from '../byte-queue.js';

/**
 * Where a stream's bytes go without being read in between. Bytes of one read of the connection are gathered and
 * written immediately; while the sink is behind, they wait in the stream's queue.
 *
 * - `idle`: the sink holds nothing.
 * - `gathering`: the sink is corked and holds views of what is being read right now.
 * - `behind`: the sink did not take all of it; what comes meanwhile is queued.
 */
export class StreamSink {
  readonly #sink: Writable;
  readonly #queue: ByteQueue;
  readonly #onTaken: (bytes: number) => void;
  #state: 'idle' | 'gathering' | 'behind' = 'idle';
  #bytes = 0;

  /** `onTaken` receives the number of bytes that the sink has passed on. */
  constructor(sink: Writable, queue: ByteQueue, onTaken: (bytes: number) => void) {
    this.#sink = sink;
    this.#queue = queue;
    this.#onTaken = onTaken;
  }

  /** Bytes that the sink holds. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Nothing waits, here or in the queue. */
  get idle(): boolean {
    return this.#state === 'idle' && this.#queue.bytes === 0;
  }

  /** Writes what the sink has room for: false when it is behind. `flush` must follow before the memory is used again. */
  gather(bytes: Buffer): boolean {
    if (this.#state === 'behind') return false;
    if (this.#state === 'idle') this.#sink.cork();
    this.#state = 'gathering';
    this.#bytes += bytes.length;
    this.#sink.write(bytes, this.#onWritten);
    return true;
  }

  /** True when nothing holds on to what was gathered. */
  flush(): boolean {
    if (this.#state !== 'gathering') return true;
    this.#sink.uncork();
    this.#state = 'behind';
    return this.#settle();
  }

  /** Drops the content of the sink, which nobody wants any more. */
  forget(): void {
    this.#bytes = 0;
  }

  /** Writes what has gathered in the queue. */
  pump(): void {
    while (this.#state === 'idle' && this.#queue.bytes > 0) {
      for (let part = this.#queue.shift(); part; part = this.#queue.shift()) this.gather(part);
      this.flush();
    }
  }

  #settle(): boolean {
    if (this.#sink.writableLength > 0) return false;
    const bytes = this.#bytes;
    this.#state = 'idle';
    this.#bytes = 0;
    this.#onTaken(bytes);
    return true;
  }

  readonly #onWritten = (error?: Error | null): void => {
    if (error || this.#state !== 'behind') return;
    if (this.#settle()) this.pump();
  };
}
