import {
  type ControlFrame,
  defaultWindowBytes,
  FLAG_FIN,
  FLAG_UNIDIRECTIONAL,
  FrameType,
  type ResetReason,
  SETTINGS_INITIAL_WINDOW_SIZE,
} from './frames.js';
import { HeaderReader, type SpdyHeaders } from './header-block.js';
import type { SpdyLimits } from './limits.js';
import { type DataPiece, FrameParser } from './parser.js';
import { SpdyProtocolError } from './protocol-error.js';
import type { SpdyStream } from './stream.js';

/** Events that a peer's frames cause in the session. */
export interface PeerEvents {
  readonly keepsWindows: boolean;
  stream(id: number): SpdyStream | undefined;
  streamOpened(id: number, headers: SpdyHeaders, fin: boolean): void;
  streamAnswered(id: number): void;
  dataReceived(stream: SpdyStream, bytes: Buffer): void;
  /** Answers frames for a stream that is not there. */
  resetUnknown(id: number, reason: ResetReason): void;
  /** The peer has windows; with a number, each stream's starts there. */
  windowsChanged(initialWindow: number | undefined): void;
  pinged(id: number): void;
  peerLeaves(): void;
}

interface ReceiveWindow {
  /** Bytes that the peer may still send. */
  left: number;
  /** Bytes that the application has taken and that were not yet announced to the peer. */
  taken: number;
}

const streamIdMask = 0x7fffffff;

/** Reads one session's frames in their order and turns them into events. */
export class FrameReceiver {
  readonly #events: PeerEvents;
  readonly #limits: SpdyLimits;
  readonly #parser: FrameParser;
  readonly #headers: HeaderReader;
  readonly #windows = new Map<number, ReceiveWindow>();

  constructor(events: PeerEvents, limits: SpdyLimits) {
    this.#events = events;
    this.#limits = limits;
    this.#parser = new FrameParser(limits.maxControlBytes);
    this.#headers = new HeaderReader(limits.maxHeaderBytes);
  }

  /** Yields after each frame. @throws SpdyProtocolError */
  *feed(chunk: Buffer): Generator<void, void, undefined> {
    for (const frame of this.#parser.feed(chunk)) {
      if ('bytes' in frame) this.#data(frame);
      else this.#control(frame);
      yield;
    }
  }

  /** The application took `bytes`. Returns how many to announce to the peer now, 0 for none yet. */
  windowUpdate(id: number, bytes: number): number {
    const window = this.#window(id);
    window.taken += bytes;
    if (window.taken < this.#limits.windowBytes / 2) return 0;
    const { taken } = window;
    window.left += taken;
    window.taken = 0;
    return taken;
  }

  forget(id: number): void {
    this.#windows.delete(id);
  }

  #window(id: number): ReceiveWindow {
    let window = this.#windows.get(id);
    if (!window) {
      window = { left: Math.max(this.#limits.windowBytes, defaultWindowBytes), taken: 0 };
      this.#windows.set(id, window);
    }
    return window;
  }

  #data({ stream: id, bytes, fin }: DataPiece): void {
    if (id === 0) throw new SpdyProtocolError('DATA on stream 0');
    const stream = this.#events.stream(id);
    // Data may cross a reset or an end on its way: only the last piece is answered to the peer.
    if (!stream) return fin ? this.#events.resetUnknown(id, 'INVALID_STREAM') : undefined;
    if (stream.remoteEnded) return stream.reset('STREAM_ALREADY_CLOSED', new Error('the peer sent data after its end'));
    if (bytes.length > 0) {
      const window = this.#window(id);
      window.left -= bytes.length;
      if (window.left < 0 && this.#events.keepsWindows) {
        return stream.reset('FLOW_CONTROL_ERROR', new Error('the peer sent more than its window'));
      }
      this.#events.dataReceived(stream, bytes);
    }
    if (fin) stream.receiveEnd();
  }

  #control({ type, flags, payload }: ControlFrame): void {
    switch (type) {
      case FrameType.SYN_STREAM:
        return this.#synStream(flags, payload);
      case FrameType.SYN_REPLY:
      case FrameType.HEADERS:
        return this.#moreHeaders(type, flags, payload);
      case FrameType.RST_STREAM: {
        const stream = this.#events.stream(streamId(payload, 8));
        stream?.abort(new Error(`the peer reset the stream with status ${payload.readUInt32BE(4)}`));
        return;
      }
      case FrameType.SETTINGS:
        return this.#settings(payload);
      case FrameType.PING:
        expectLength(payload, 4);
        this.#events.pinged(payload.readUInt32BE(0));
        return;
      case FrameType.GOAWAY:
        expectLength(payload, 8);
        this.#events.peerLeaves();
        return;
      case FrameType.WINDOW_UPDATE:
        return this.#windowUpdate(payload);
      default:
        // Draft 3.1, section 2.2.1: a control frame of an unknown type is ignored.
        return;
    }
  }

  #synStream(flags: number, payload: Buffer): void {
    if (payload.length < 10) throw new SpdyProtocolError('SYN_STREAM is too short');
    const id = payload.readUInt32BE(0) & streamIdMask;
    if (id === 0) throw new SpdyProtocolError('SYN_STREAM for stream 0');
    const headers = this.#headers.read(payload.subarray(10));
    if ((flags & FLAG_UNIDIRECTIONAL) === 0) this.#events.streamOpened(id, headers, (flags & FLAG_FIN) !== 0);
    else this.#events.resetUnknown(id, 'REFUSED_STREAM');
  }

  #moreHeaders(type: number, flags: number, payload: Buffer): void {
    if (payload.length < 4) throw new SpdyProtocolError('a frame with headers is too short');
    const id = payload.readUInt32BE(0) & streamIdMask;
    // Read whether or not anyone wants them: the zlib context goes on.
    this.#headers.read(payload.subarray(4));
    if (type === FrameType.SYN_REPLY) this.#events.streamAnswered(id);
    const stream = this.#events.stream(id);
    if (stream && !stream.remoteEnded && (flags & FLAG_FIN) !== 0) stream.receiveEnd();
  }

  #settings(payload: Buffer): void {
    const count = payload.length < 4 ? -1 : payload.readUInt32BE(0);
    if (payload.length !== 4 + count * 8) throw new SpdyProtocolError('SETTINGS has a wrong length');
    for (let offset = 4; offset < payload.length; offset += 8) {
      if ((payload.readUInt32BE(offset) & 0xffffff) !== SETTINGS_INITIAL_WINDOW_SIZE) continue;
      const bytes = payload.readUInt32BE(offset + 4);
      if (bytes > streamIdMask) throw new SpdyProtocolError('SETTINGS asks for a window of over 2^31-1');
      this.#events.windowsChanged(bytes);
    }
  }

  #windowUpdate(payload: Buffer): void {
    expectLength(payload, 8);
    const id = payload.readUInt32BE(0) & streamIdMask;
    const bytes = payload.readUInt32BE(4) & streamIdMask;
    // Stream 0 is the session's own window, which is not used here: spdystream has none.
    if (id === 0) return;
    if (!this.#events.keepsWindows) this.#events.windowsChanged(undefined);
    const stream = this.#events.stream(id);
    if (stream && (bytes === 0 || !stream.widenWindow(bytes))) {
      stream.reset('FLOW_CONTROL_ERROR', new Error('the peer broke the window'));
    }
  }
}

function expectLength(payload: Buffer, length: number): void {
  if (payload.length !== length)
    throw new SpdyProtocolError(`a control frame has ${payload.length} bytes, not ${length}`);
}

function streamId(payload: Buffer, length: number): number {
  expectLength(payload, length);
  return payload.readUInt32BE(0) & streamIdMask;
}
