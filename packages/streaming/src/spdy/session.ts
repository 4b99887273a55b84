import type { Duplex } from 'node:stream';
import { Limit } from '@slipway/time';
import {
  controlFrame,
  dataHeader,
  defaultWindowBytes,
  FLAG_FIN,
  FrameType,
  type GoAwayReason,
  goAwayFrame,
  initialWindowFrame,
  pingFrame,
  type ResetReason,
  resetFrame,
  synStreamPrefix,
  uint32s,
  windowUpdateFrame,
} from './frames.js';
import { FrameReceiver, type PeerEvents } from './receiver.js';
import { HeaderWriter, type SpdyHeaders } from './header-block.js';
import { defaultLimits, type SpdyLimits } from './limits.js';
import { SpdyProtocolError } from './protocol-error.js';
import { SpdyStream, type StreamHost } from './stream.js';
import { isPlainSocket, readChunks } from '../socket-reads.js';

export interface SpdySessionOptions {
  role: 'server' | 'client';
  limits?: Partial<SpdyLimits> | undefined;
  /** Asked for each stream of the peer before it is answered; a text refuses it. */
  accept?: ((headers: SpdyHeaders) => string | undefined) | undefined;
  /** An accepted stream of the peer. Without this every stream is refused. */
  onStream?: ((stream: SpdyStream) => void) | undefined;
  /** Ends the session after so long without a byte of data, in milliseconds; 0 or undefined: never. */
  idleTimeoutMs?: number | undefined;
  /** How long the peer may take to close its side after ours, in milliseconds; default 10 000. */
  lingerMs?: number | undefined;
}

/**
 * How often something is sent to a peer whose bytes are not read for now: that it has gone shows only by a failing
 * write. It is a SETTINGS frame that changes nothing, for it wants no answer: a Go client that is stuck in
 * sending would block all its reading by answering pings.
 */
const stalledProbeMs = 2000;

/**
 * A SPDY/3.1 session (SPDY Protocol, Draft 3.1) on a connected byte stream, either side of it.
 *
 * The peer's windows are kept as soon as it shows that it has some (a SETTINGS or
 * WINDOW_UPDATE frame). Go's spdystream, which kubectl, crictl and the kubelet use, has
 * none: it neither sends window updates nor heeds ours. So what it may send is bounded by
 * `maxUnreadBytes` for the whole session, by not reading the connection, and what is
 * sent to it by the connection's own back-pressure.
 *
 * A violation by the peer ends this session with GOAWAY, or one stream with RST_STREAM;
 * nothing is thrown or emitted anywhere else.
 */
export class SpdySession implements StreamHost, PeerEvents {
  /** Settles when the connection is gone, with what ended it where that was an error. */
  readonly closed: Promise<Error | undefined>;
  readonly limits: SpdyLimits;
  bytesReceived = 0;
  bytesSent = 0;
  keepsWindows = false;
  readonly plain: boolean;

  readonly #options: SpdySessionOptions;
  readonly #socket: Duplex;
  readonly #headers = new HeaderWriter();
  readonly #receiver: FrameReceiver;
  readonly #streams = new Map<number, SpdyStream>();
  readonly #opening = new Map<number, { resolve: () => void; reject: (error: Error) => void }>();
  #peerWindow = defaultWindowBytes;
  #nextStream: number;
  #lastPeerStream = 0;
  #unread = 0;
  /** Streams whose sinks are to be flushed when what was read has been gone through. */
  #gathering: SpdyStream[] = [];
  /** Something holds on to the memory of what is being gone through. */
  #held = false;
  #replyBytes = 0;
  #relief: (() => void) | undefined;
  #peerLeaves = false;
  #ending = false;
  #error: Error | undefined;
  #lastData = performance.now();
  #idleTimer: NodeJS.Timeout | undefined;
  #lingerTimer: NodeJS.Timeout | undefined;

  constructor(socket: Duplex, options: SpdySessionOptions) {
    this.#socket = socket;
    this.plain = isPlainSocket(socket);
    this.#options = options;
    this.limits = { ...defaultLimits, ...options.limits };
    this.#nextStream = options.role === 'client' ? 1 : 2;
    this.#receiver = new FrameReceiver(this, this.limits);
    socket.on('error', (error) => {
      this.#error ??= error;
    });
    socket.once('close', () => this.#relief?.());
    this.#reply(initialWindowFrame(this.limits.windowBytes));
    this.#watchIdle();
    this.closed = this.#run();
  }

  get streamCount(): number {
    return this.#streams.size;
  }

  /** Bytes received that the application did not take yet, over all streams. */
  get unreadBytes(): number {
    return this.#unread;
  }

  /** No stream can be opened any more. */
  get ended(): boolean {
    return this.#ending || this.#peerLeaves;
  }

  /**
   * Opens a stream and waits for the peer's answer. Rejects when it refuses, when the session ends,
   * when `signal` aborts and after `timeoutMs` (default 30 000).
   */
  async open(
    headers: Record<string, string>,
    options: { signal?: AbortSignal | undefined; timeoutMs?: number } = {},
  ): Promise<SpdyStream> {
    if (this.ended) throw new Error('the session has ended');
    const id = this.#nextStream;
    this.#nextStream += 2;
    const own = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), [value]]));
    const stream = new SpdyStream(this, id, own, this.#peerWindow);
    this.#streams.set(id, stream);
    using limit = new Limit({ ms: options.timeoutMs ?? 30_000, signals: [options.signal] });
    const { signal } = limit;
    const answered = new Promise<void>((resolve, reject) => this.#opening.set(id, { resolve, reject }));
    const onAbort = (): void => this.#opening.get(id)?.reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    try {
      this.#reply(controlFrame(FrameType.SYN_STREAM, 0, synStreamPrefix(id), this.#headers.write(headers)));
      await answered;
    } catch (error) {
      stream.reset('CANCEL');
      throw error;
    } finally {
      this.#opening.delete(id);
      signal.removeEventListener('abort', onAbort);
    }
    return stream;
  }

  /**
   * Ends the session: what was written goes out, GOAWAY follows, streams that are still open end.
   * Answers when the connection is gone.
   */
  async close(reason: GoAwayReason = 'OK', cause?: Error): Promise<void> {
    if (!this.#ending) {
      this.#ending = true;
      this.#error ??= cause;
      this.#reply(goAwayFrame(this.#lastPeerStream, reason));
      this.#abortStreams(cause ?? new Error('the session was closed'));
      this.#relief?.();
      this.#socket.end();
      // Reading on until the peer closes: closing with unread input would cut off what it has not read yet.
      this.#lingerTimer = setTimeout(() => this.#socket.destroy(), this.#options.lingerMs ?? 10_000);
      this.#lingerTimer.unref();
    }
    await this.closed;
  }

  /** Cuts the connection. */
  destroy(error?: Error): void {
    this.#ending = true;
    this.#error ??= error;
    this.#abortStreams(error ?? new Error('the session was cut'));
    this.#socket.destroy();
    this.#relief?.();
  }

  // Requests of streams (StreamHost).

  get maxFrameBytes(): number {
    return this.limits.maxFrameBytes;
  }

  sendData(stream: SpdyStream, bytes: Buffer, fin: boolean, done: (error?: Error | null) => void): void {
    const socket = this.#socket;
    if (!socket.writable) return done(new Error('the session has ended'));
    this.#lastData = performance.now();
    this.bytesSent += bytes.length;
    const header = dataHeader(stream.id, fin ? FLAG_FIN : 0, bytes.length);
    if (bytes.length === 0) {
      socket.write(header, done);
      return;
    }
    socket.cork();
    socket.write(header);
    // Not before the kernel has it: each stream has one frame on its way, whatever the reader does.
    socket.write(bytes, done);
    socket.uncork();
  }

  get allSent(): boolean {
    return this.#socket.writableLength === 0 && this.#socket.writable;
  }

  gathers(stream: SpdyStream): void {
    this.#gathering.push(stream);
  }

  consumed(stream: SpdyStream, bytes: number): void {
    this.#unread -= bytes;
    if (!stream.destroyed && !stream.remoteEnded) {
      const update = this.#receiver.windowUpdate(stream.id, bytes);
      if (update > 0) this.#reply(windowUpdateFrame(stream.id, update));
    }
    this.#relieve();
  }

  release(stream: SpdyStream, reset: ResetReason | undefined): void {
    if (this.#streams.get(stream.id) !== stream) return;
    this.#streams.delete(stream.id);
    this.#receiver.forget(stream.id);
    this.#opening.get(stream.id)?.reject(stream.errored ?? new Error('the peer refused the stream'));
    if (reset && !this.#ending) this.#reply(resetFrame(stream.id, reset));
    if (this.#peerLeaves && this.#streams.size === 0) this.close().catch(() => undefined);
  }

  // Events of the receiver (PeerEvents).

  stream(id: number): SpdyStream | undefined {
    return this.#streams.get(id);
  }

  isOwnStream(id: number): boolean {
    return id % 2 === this.#nextStream % 2;
  }

  streamOpened(id: number, headers: SpdyHeaders, fin: boolean): void {
    if (this.isOwnStream(id) || id <= this.#lastPeerStream) {
      throw new SpdyProtocolError(`stream id ${id} cannot be opened here`);
    }
    this.#lastPeerStream = id;
    const { onStream, accept } = this.#options;
    const refusal = !onStream || this.#peerLeaves || this.#streams.size >= this.limits.maxStreams || accept?.(headers);
    if (refusal || !onStream) return this.resetUnknown(id, 'REFUSED_STREAM');
    const stream = new SpdyStream(this, id, headers, this.#peerWindow);
    this.#streams.set(id, stream);
    this.#reply(controlFrame(FrameType.SYN_REPLY, 0, uint32s(id), this.#headers.write({})));
    if (fin) stream.receiveEnd();
    onStream(stream);
  }

  streamAnswered(id: number): void {
    this.#opening.get(id)?.resolve();
  }

  dataReceived(stream: SpdyStream, bytes: Buffer): void {
    this.#lastData = performance.now();
    this.bytesReceived += bytes.length;
    this.#unread += bytes.length;
    if (!stream.receive(bytes)) this.#held = true;
  }

  resetUnknown(id: number, reason: ResetReason): void {
    this.#reply(resetFrame(id, reason));
  }

  windowsChanged(initialWindow: number | undefined): void {
    this.keepsWindows = true;
    const change = (initialWindow ?? this.#peerWindow) - this.#peerWindow;
    this.#peerWindow += change;
    for (const stream of this.#streams.values()) {
      if (!stream.widenWindow(change)) stream.reset('FLOW_CONTROL_ERROR');
    }
  }

  pinged(id: number): void {
    // A ping with our own parity is the answer to one of ours.
    if (!this.isOwnStream(id)) this.#reply(pingFrame(id));
  }

  peerLeaves(): void {
    this.#peerLeaves = true;
    if (this.#streams.size === 0) this.close().catch(() => undefined);
  }

  async #run(): Promise<Error | undefined> {
    try {
      await readChunks(this.#socket, (chunk) => (this.#ending ? true : this.#feed(chunk)));
    } catch (error) {
      this.#error ??= error as Error;
    }
    const cut = !this.#ending;
    this.#ending = true;
    clearTimeout(this.#idleTimer);
    clearTimeout(this.#lingerTimer);
    this.#abortStreams(this.#error ?? new Error('the peer closed the session'));
    this.#socket.destroy();
    return this.#error ?? (cut && !this.#peerLeaves ? new Error('the peer closed the session') : undefined);
  }

  /** As a `Take`: goes through what was read without a pause, unless too much is unread or unsent. */
  #feed(chunk: Buffer): boolean | Promise<boolean> {
    this.#held = false;
    const frames = this.#receiver.feed(chunk);
    const done = this.#feedOn(frames);
    return done ? !this.#held : this.#feedLater(frames);
  }

  /** True when all of it has been gone through, false when the peer must wait. */
  #feedOn(frames: Iterator<void>): boolean {
    let done = false;
    try {
      while (!done && !this.#ending && !this.#mustWait()) done = frames.next().done === true;
      this.#flushSinks();
    } catch (error) {
      this.#fail(error);
    }
    return done || this.#ending;
  }

  async #feedLater(frames: Iterator<void>): Promise<boolean> {
    do await this.#untilRelief();
    while (!this.#feedOn(frames));
    return !this.#held;
  }

  #flushSinks(): void {
    for (const stream of this.#gathering.splice(0)) if (!stream.flushSink()) this.#held = true;
  }

  #fail(error: unknown): void {
    // Whatever it was: it came from what this peer sent, and ends with this session.
    const reason = error instanceof SpdyProtocolError ? 'PROTOCOL_ERROR' : 'INTERNAL_ERROR';
    this.close(reason, error as Error).catch(() => undefined);
  }

  #mustWait(): boolean {
    return this.#unread > this.limits.maxUnreadBytes || this.#replyBytes > this.limits.maxReplyBytes;
  }

  async #untilRelief(): Promise<void> {
    const probe = setInterval(() => this.#reply(initialWindowFrame(this.limits.windowBytes)), stalledProbeMs);
    probe.unref();
    await new Promise<void>((resolve) => {
      this.#relief = resolve;
      if (this.#socket.destroyed) resolve();
    });
    this.#relief = undefined;
    clearInterval(probe);
  }

  #relieve(): void {
    if (this.#relief && !this.#mustWait()) this.#relief();
  }

  #reply(frame: Buffer): void {
    if (!this.#socket.writable) return;
    this.#replyBytes += frame.length;
    this.#socket.write(frame, () => {
      this.#replyBytes -= frame.length;
      this.#relieve();
    });
  }

  #abortStreams(error: Error): void {
    for (const { reject } of this.#opening.values()) reject(error);
    for (const stream of this.#streams.values()) stream.abort(error);
  }

  #watchIdle(): void {
    const { idleTimeoutMs } = this.#options;
    if (!idleTimeoutMs) return;
    const left = this.#lastData + idleTimeoutMs - performance.now();
    this.#idleTimer = setTimeout(
      () => {
        if (performance.now() - this.#lastData < idleTimeoutMs) this.#watchIdle();
        else this.close('OK', new Error(`nothing was sent for ${idleTimeoutMs} ms`)).catch(() => undefined);
      },
      Math.max(left, 1),
    );
    this.#idleTimer.unref();
  }
}
