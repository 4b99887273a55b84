import { Duplex, type Writable } from 'node:stream';
import { ByteQueue, smallBytes } from '../byte-queue.js';
import { maxWindowBytes, type ResetReason } from './frames.js';
import type { SpdyHeaders } from './header-block.js';
import { StreamSink } from './stream-sink.js';

type Done = (error?: Error | null) => void;

/** The session's methods for a stream. */
export interface StreamHost {
  /** The peer keeps windows, so ours must be kept for it. */
  readonly keepsWindows: boolean;
  readonly maxFrameBytes: number;
  sendData(stream: SpdyStream, bytes: Buffer, fin: boolean, done: Done): void;
  /** Sent bytes go to the kernel directly, not through TLS or a tunnel. */
  readonly plain: boolean;
  /** Nothing that was sent waits in this process. */
  readonly allSent: boolean;
  /** The stream gathers for its sink: `flushSink` is to be called before the memory that was read is used again. */
  gathers(stream: SpdyStream): void;
  /** The application took `bytes` that had arrived. */
  consumed(stream: SpdyStream, bytes: number): void;
  /** The stream holds no place any more; `reset` tells the peer so. */
  release(stream: SpdyStream, reset: ResetReason | undefined): void;
}

/**
 * A SPDY stream as a Duplex with half-close: `end()` sends FIN, `destroy()` resets the
 * stream. An error is emitted when the peer resets it or the session goes; it never
 * throws when nobody listens.
 */
export class SpdyStream extends Duplex {
  readonly id: number;
  readonly headers: SpdyHeaders;
  readonly #host: StreamHost;
  /** Arrived, but not asked for yet. */
  readonly #queue = new ByteQueue();
  /** Handed to the Readable since it last asked for more. */
  #handedBytes = 0;
  #wanted = false;
  #sink: StreamSink | undefined;
  #sendWindow: number;
  #blocked: { retry: () => void; fail: Done } | undefined;
  /** Why nothing can be sent any more, while the rest of what came is still being read. */
  #cutOff: Error | undefined;
  #remoteEnded = false;
  #localEnded = false;
  #reset: ResetReason | undefined = 'CANCEL';

  constructor(host: StreamHost, id: number, headers: SpdyHeaders, sendWindow: number) {
    super({ allowHalfOpen: true, readableHighWaterMark: 16 * 1024, writableHighWaterMark: 128 * 1024 });
    this.#host = host;
    this.id = id;
    this.headers = headers;
    this.#sendWindow = sendWindow;
    this.on('error', () => undefined);
    // From Node 24 on nothing is asked for once the end is known: what was handed last would count as unread for ever.
    this.once('end', () => this.#settleHanded());
  }

  /** The first value of a header, `''` when it is missing. */
  header(name: string): string {
    return this.headers[name]?.[0] ?? '';
  }

  /** Bytes that the application did not take yet. */
  get unreadBytes(): number {
    return this.#queue.bytes + this.#handedBytes + (this.#sink?.bytes ?? 0);
  }

  get remoteEnded(): boolean {
    return this.#remoteEnded;
  }

  /** `passTo` and `sendNow` gain something here. */
  get plain(): boolean {
    return this.#host.plain;
  }

  /** Ends the stream both ways immediately, with that reason to the peer. */
  reset(reason: ResetReason, error?: Error): void {
    this.#reset = reason;
    this.destroy(error);
  }

  /**
   * Hands all that comes to `sink` from now on, instead of to readers; the stream ends as if it were read. The sink must
   * not be written to by others, and is not ended with the stream. For streams that nobody has read from.
   */
  passTo(sink: Writable): void {
    this.#sink = new StreamSink(sink, this.#queue, (bytes) => {
      this.#host.consumed(this, bytes);
      this.#endPassing();
    });
    this.#sink.pump();
    this.resume();
  }

  /**
   * Sends bytes without a queue in between. True when nothing holds on to them any more; else a promise, until whose end
   * they must stay as they are and nothing else may be sent. It settles when the stream breaks, too.
   */
  sendNow(bytes: Buffer): boolean | Promise<boolean> {
    const { keepsWindows, maxFrameBytes, allSent } = this.#host;
    const allowed = keepsWindows ? Math.min(this.#sendWindow, maxFrameBytes) : maxFrameBytes;
    const straight = allSent && bytes.length <= allowed && this.writable && this.writableLength === 0;
    if (!straight || this.#cutOff) return new Promise((resolve) => this.write(bytes, () => resolve(true)));
    this.#sendWindow -= bytes.length;
    let settle: ((free: boolean) => void) | undefined;
    this.#host.sendData(this, bytes, false, () => settle?.(true));
    if (this.#host.allSent) return true;
    return new Promise((resolve) => {
      settle = resolve;
    });
  }

  /** For the session: bytes came from the peer. False when their memory is held. */
  receive(bytes: Buffer): boolean {
    if (this.#sink?.idle) this.#host.gathers(this);
    if (this.#sink?.gather(bytes)) return true;
    this.#queue.push(bytes);
    this.#handOver();
    return bytes.length <= smallBytes;
  }

  /** For the session: false when the sink holds on to the memory that was read. */
  flushSink(): boolean {
    return this.#sink?.flush() ?? true;
  }

  /** For the session: the peer's side has ended. */
  receiveEnd(): void {
    this.#remoteEnded = true;
    this.#handOver();
    this.#releaseWhenDone();
  }

  /** For the session: the peer reset the stream, or the session is gone. Complete data can still be read. */
  abort(error: Error): void {
    this.#reset = undefined;
    if (!this.#remoteEnded || this.readableEnded) {
      this.destroy(error);
      return;
    }
    this.#cutOff = error;
    this.#host.release(this, undefined);
    this.#failBlocked(error);
  }

  /** For the session: the peer allows `bytes` more (or less, by SETTINGS). False when that is more than a window can hold. */
  widenWindow(bytes: number): boolean {
    this.#sendWindow += bytes;
    if (this.#sendWindow > maxWindowBytes) return false;
    this.retryWrite();
    return true;
  }

  /** For the session: what held back a write may be gone. */
  retryWrite(): void {
    const blocked = this.#blocked;
    this.#blocked = undefined;
    blocked?.retry();
  }

  override _read(): void {
    this.#wanted = true;
    this.#settleHanded();
    this.#handOver();
  }

  #settleHanded(): void {
    const taken = this.#handedBytes;
    this.#handedBytes = 0;
    if (taken > 0) this.#host.consumed(this, taken);
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Done): void {
    this.#send(chunk, done);
  }

  #send(chunk: Buffer, done: Done): void {
    if (this.#cutOff) return done(this.#cutOff);
    if (chunk.length === 0) return done();
    const { keepsWindows, maxFrameBytes } = this.#host;
    const allowed = Math.min(maxFrameBytes, keepsWindows ? this.#sendWindow : maxFrameBytes);
    if (allowed <= 0) {
      this.#blocked = { retry: () => this.#send(chunk, done), fail: done };
      return;
    }
    const now = chunk.subarray(0, allowed);
    const rest = chunk.subarray(allowed);
    this.#sendWindow -= now.length;
    this.#host.sendData(this, now, false, (error) => {
      if (error || rest.length === 0) done(error);
      else this.#send(rest, done);
    });
  }

  override _final(done: Done): void {
    this.#localEnded = true;
    if (this.#cutOff) return done();
    this.#host.sendData(this, Buffer.alloc(0), true, done);
    this.#releaseWhenDone();
  }

  override _destroy(error: Error | null, done: Done): void {
    const unread = this.unreadBytes;
    this.#queue.clear();
    this.#handedBytes = 0;
    this.#sink?.forget();
    if (unread > 0) this.#host.consumed(this, unread);
    this.#host.release(this, this.#localEnded && this.#remoteEnded ? undefined : this.#reset);
    this.#failBlocked(error ?? new Error('the stream was destroyed'));
    done(error);
  }

  #failBlocked(error: Error): void {
    const blocked = this.#blocked;
    this.#blocked = undefined;
    blocked?.fail(error);
  }

  #endPassing(): void {
    if (this.#remoteEnded && this.#sink?.idle && !this.readableEnded && !this.destroyed) this.push(null);
  }

  #handOver(): void {
    if (this.#sink) return this.#endPassing();
    const bytes = this.#wanted && !this.destroyed ? this.#queue.shift() : undefined;
    if (bytes) {
      // Small ones once for each time it is asked: what comes meanwhile gathers in the queue.
      this.#handedBytes += bytes.length;
      this.#wanted = this.push(bytes) && bytes.length > smallBytes;
    }
    if (this.#remoteEnded && this.#queue.bytes === 0 && !this.readableEnded && !this.destroyed) this.push(null);
  }

  #releaseWhenDone(): void {
    if (this.#localEnded && this.#remoteEnded) this.#host.release(this, undefined);
  }
}
