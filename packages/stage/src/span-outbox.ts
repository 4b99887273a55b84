import { SpanEvent } from '@slipway/contracts';
import type { Init } from '@slipway/protobuf';

/** Milliseconds that a span waits for others. */
const GATHER_MS = 25;

/**
 * Spans on their way to the bus. A write to the server's socket costs far more than a message, and nobody waits for a
 * span: those of some milliseconds are handed over in one turn of the event loop, which the connection makes one write.
 */
export class SpanOutbox {
  readonly #send: (span: Uint8Array) => void;
  #waiting: Uint8Array[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(send: (span: Uint8Array) => void) {
    this.#send = send;
  }

  add(span: Init<SpanEvent>): void {
    this.#waiting.push(SpanEvent.encode(span));
    // A process whose work is done does not stay only for its spans.
    this.#timer ??= setTimeout(() => this.flush(), GATHER_MS).unref();
  }

  /** Publishes waiting spans immediately. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const spans = this.#waiting;
    this.#waiting = [];
    for (const span of spans) this.#send(span);
  }
}
