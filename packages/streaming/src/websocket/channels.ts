import { Duplex } from 'node:stream';
import { type RawData, WebSocket } from 'ws';
import { ByteQueue, smallBytes } from '../byte-queue.js';

export interface ChannelOptions {
  /** Number of channels. */
  count: number;
  /** Channels that the peer may write; what it sends on others is dropped. */
  readable: (channel: number) => boolean;
  /** Text frames: a digit for the channel, and the bytes in base64. */
  base64: boolean;
  /** A message of 255 and a channel's number ends that channel (version 5). */
  closeSignal: boolean;
  /** Sends that signal for our own ends too: the client's side does. */
  sendCloseSignal?: boolean | undefined;
  idleTimeoutMs: number;
}

const closeChannel = 255;
/** WebSocket close codes (RFC 6455, section 7.4.1). */
const NORMAL = 1000;
const PROTOCOL_ERROR = 1002;
const maxUnreadBytes = 1024 * 1024;
const stalledProbeMs = 2000;
const lingerMs = 10_000;

type Done = (error?: Error | null) => void;

/** A channel as a Duplex. Its ends are its own: they end neither the others nor the connection. */
class Channel extends Duplex {
  readonly #send: (bytes: Buffer, done: Done) => void;
  readonly #finish: (done: Done) => void;
  readonly #relieve: () => void;
  readonly #unread = new ByteQueue();
  #wanted = false;
  #ended = false;

  constructor(send: (bytes: Buffer, done: Done) => void, finish: (done: Done) => void, relieve: () => void) {
    super({ allowHalfOpen: true, writableHighWaterMark: 128 * 1024 });
    this.#send = send;
    this.#finish = finish;
    this.#relieve = relieve;
    this.on('error', () => undefined);
  }

  get unreadBytes(): number {
    return this.#unread.bytes;
  }

  receive(bytes: Buffer): void {
    if (this.#ended || this.destroyed) return;
    this.#unread.push(bytes);
    this.#handOver();
  }

  receiveEnd(): void {
    this.#ended = true;
    this.#handOver();
  }

  /** The connection is gone. Data of channels that the peer ended by itself can still be read. */
  abort(error: Error): void {
    if (!this.#ended || this.readableEnded) this.destroy(error);
  }

  override _read(): void {
    this.#wanted = true;
    this.#handOver();
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: Done): void {
    this.#send(bytes, done);
  }

  override _final(done: Done): void {
    this.#finish(done);
  }

  override _destroy(error: Error | null, done: Done): void {
    this.#unread.clear();
    this.#relieve();
    done(error);
  }

  #handOver(): void {
    const bytes = this.#wanted && !this.destroyed ? this.#unread.shift() : undefined;
    if (bytes) {
      // Small ones once for each time it is asked: what comes meanwhile gathers in the queue.
      this.#wanted = this.push(bytes) && bytes.length > smallBytes;
    }
    if (this.#ended && this.#unread.bytes === 0 && !this.readableEnded && !this.destroyed) this.push(null);
    this.#relieve();
  }
}

/**
 * The channels of `channel.k8s.io` (apimachinery pkg/util/httpstream/wsstream) on one
 * WebSocket: each message starts with its channel's number. The protocol has no windows, so a channel
 * that nobody reads holds back all of them after 1 MB.
 */
export class WebSocketChannels {
  readonly channels: Channel[] = [];
  /** Aborts when the connection is gone. */
  readonly gone: AbortSignal;
  bytesReceived = 0;
  bytesSent = 0;
  readonly #socket: WebSocket;
  readonly #options: ChannelOptions;
  readonly #gone = new AbortController();
  #paused = false;
  #probeTimer: NodeJS.Timeout | undefined;
  #idleTimer: NodeJS.Timeout | undefined;
  #lastData = performance.now();
  #reason: Error | undefined;

  constructor(socket: WebSocket, options: ChannelOptions) {
    this.#socket = socket;
    this.#options = options;
    this.gone = this.#gone.signal;
    for (let number = 0; number < options.count; number++) {
      this.channels.push(
        new Channel(
          (bytes, done) => this.#send(number, bytes, done),
          (done) => this.#finish(number, done),
          () => this.#relieve(),
        ),
      );
    }
    socket.on('message', (data) => this.#receive(data));
    socket.on('error', (error) => {
      this.#reason ??= error;
    });
    socket.on('close', () => this.#closed());
    this.#watchIdle();
  }

  /** Ends the connection with a reason of at most 120 bytes; answers when it is gone. */
  async close(reason = ''): Promise<void> {
    if (this.gone.aborted) return;
    const cut = setTimeout(() => this.#socket.terminate(), lingerMs);
    const gone = new Promise<void>((resolve) => this.gone.addEventListener('abort', () => resolve(), { once: true }));
    // The peer's own close frame must be seen: nothing it sends now is kept.
    for (const channel of this.channels) channel.destroy();
    this.#socket.resume();
    this.#socket.close(NORMAL, Buffer.from(reason).subarray(0, 120).toString('latin1'));
    await gone;
    clearTimeout(cut);
  }

  terminate(): void {
    this.#socket.terminate();
  }

  #receive(data: RawData): void {
    const message = Buffer.isBuffer(data)
      ? data
      : Buffer.concat([data].flat().map((part) => Buffer.from(part as Buffer)));
    const first = message[0];
    if (first === undefined) return;
    const { base64, closeSignal, readable } = this.#options;
    if (closeSignal && first === closeChannel) {
      if (message.length !== 2) return this.#violate('a close signal names one channel');
      this.channels[message[1] ?? 0]?.receiveEnd();
      return;
    }
    const number = base64 ? first - 0x30 : first;
    const channel = this.channels[number];
    if (!channel || !readable(number)) return;
    const body = message.subarray(1);
    if (base64 && !/^[A-Za-z0-9+/]*={0,2}$/.test(body.toString('latin1'))) return this.#violate('not base64');
    const bytes = base64 ? Buffer.from(body.toString('latin1'), 'base64') : body;
    if (bytes.length === 0) return;
    this.#lastData = performance.now();
    this.bytesReceived += bytes.length;
    channel.receive(bytes);
    if (this.#unread() > maxUnreadBytes) this.#pause();
  }

  #send(number: number, bytes: Buffer, done: Done): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return done(new Error('the connection is closed'));
    this.#lastData = performance.now();
    this.bytesSent += bytes.length;
    // Answered when the kernel has it: one message of each channel is on its way.
    if (this.#options.base64) this.#socket.send(`${number}${bytes.toString('base64')}`, done);
    else this.#socket.send(Buffer.concat([Buffer.from([number]), bytes]), { binary: true }, done);
  }

  #finish(number: number, done: Done): void {
    const { closeSignal, sendCloseSignal } = this.#options;
    if (!closeSignal || !sendCloseSignal || this.#socket.readyState !== WebSocket.OPEN) return done();
    this.#socket.send(Buffer.from([closeChannel, number]), { binary: true }, done);
  }

  #violate(what: string): void {
    this.#reason ??= new Error(what);
    this.#socket.close(PROTOCOL_ERROR, what);
  }

  #unread(): number {
    return this.channels.reduce((sum, channel) => sum + channel.unreadBytes, 0);
  }

  #pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#socket.pause();
    // A paused connection does not show that its peer is gone; a failing write does. Nobody answers a pong.
    this.#probeTimer = setInterval(() => {
      if (this.#socket.readyState === WebSocket.OPEN) this.#socket.pong();
    }, stalledProbeMs);
    this.#probeTimer.unref();
  }

  #relieve(): void {
    if (!this.#paused || this.#unread() > maxUnreadBytes / 2) return;
    this.#paused = false;
    clearInterval(this.#probeTimer);
    this.#socket.resume();
  }

  #closed(): void {
    clearInterval(this.#probeTimer);
    clearTimeout(this.#idleTimer);
    const reason = this.#reason ?? new Error('the client closed the session');
    this.#gone.abort(reason);
    for (const channel of this.channels) channel.abort(reason);
  }

  #watchIdle(): void {
    const { idleTimeoutMs } = this.#options;
    if (!idleTimeoutMs) return;
    const left = this.#lastData + idleTimeoutMs - performance.now();
    this.#idleTimer = setTimeout(
      () => {
        if (performance.now() - this.#lastData < idleTimeoutMs) return this.#watchIdle();
        this.#reason ??= new Error(`nothing was sent for ${idleTimeoutMs} ms`);
        this.close(this.#reason.message).catch(() => undefined);
      },
      Math.max(left, 1),
    );
    this.#idleTimer.unref();
  }
}
