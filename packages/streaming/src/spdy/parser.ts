import { type ControlFrame, FLAG_FIN, frameHeaderBytes } from './frames.js';
import { SpdyProtocolError } from './protocol-error.js';

/** A piece of a DATA frame, as it arrives: a frame is never gathered. */
export interface DataPiece {
  stream: number;
  bytes: Buffer;
  /** The frame's last piece, and the frame ends the stream. */
  fin: boolean;
}

export type ParsedFrame = ControlFrame | DataPiece;

const SPDY_VERSION = 3;

/**
 * Splits a byte stream into frames. Holds at most one control frame of `maxControlBytes`;
 * the pieces of DATA frames are views of what was fed.
 */
export class FrameParser {
  readonly #maxControlBytes: number;
  readonly #header = Buffer.alloc(frameHeaderBytes);
  #headerFill = 0;
  /** Bytes of the frame's payload that are still to come; undefined between frames. */
  #remaining: number | undefined;
  /** Set while a control frame is being gathered. */
  #payload: Buffer | undefined;
  #flags = 0;

  constructor(maxControlBytes: number) {
    this.#maxControlBytes = maxControlBytes;
  }

  /** @throws SpdyProtocolError for what cannot be a frame; the parser is useless then. */
  *feed(chunk: Buffer): Generator<ParsedFrame, void, undefined> {
    let offset = 0;
    while (offset < chunk.length) {
      if (this.#remaining === undefined) {
        const taken = chunk.copy(this.#header, this.#headerFill, offset, offset + frameHeaderBytes - this.#headerFill);
        this.#headerFill += taken;
        offset += taken;
        if (this.#headerFill < frameHeaderBytes) return;
        this.#begin();
      }
      const piece = chunk.subarray(offset, offset + (this.#remaining ?? 0));
      offset += piece.length;
      const frame = this.#accept(piece);
      if (frame) yield frame;
    }
  }

  #begin(): void {
    this.#flags = this.#header[4] ?? 0;
    this.#remaining = this.#header.readUIntBE(5, 3);
    this.#headerFill = 0;
    if ((this.#header[0] ?? 0) < 0x80) return;
    const version = this.#header.readUInt16BE(0) & 0x7fff;
    if (version !== SPDY_VERSION) throw new SpdyProtocolError(`SPDY version ${version} is not 3`);
    if (this.#remaining > this.#maxControlBytes) {
      throw new SpdyProtocolError(`a control frame of ${this.#remaining} bytes exceeds ${this.#maxControlBytes}`);
    }
    this.#payload = Buffer.allocUnsafe(this.#remaining);
  }

  #accept(piece: Buffer): ParsedFrame | undefined {
    const before = this.#remaining ?? 0;
    this.#remaining = before - piece.length;
    const whole = this.#remaining === 0;
    if (piece.length === 0 && !whole) return undefined;
    const payload = this.#payload;
    if (payload) {
      piece.copy(payload, payload.length - before);
      if (!whole) return undefined;
      this.#payload = undefined;
      this.#remaining = undefined;
      return { type: this.#header.readUInt16BE(2), flags: this.#flags, payload };
    }
    if (whole) this.#remaining = undefined;
    return {
      stream: this.#header.readUInt32BE(0),
      bytes: piece,
      fin: whole && (this.#flags & FLAG_FIN) !== 0,
    };
  }
}
