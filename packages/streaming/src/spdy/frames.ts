/** Control frame types (SPDY Protocol, Draft 3.1, section 2.6). */
export const FrameType = {
  SYN_STREAM: 1,
  SYN_REPLY: 2,
  RST_STREAM: 3,
  SETTINGS: 4,
  PING: 6,
  GOAWAY: 7,
  HEADERS: 8,
  WINDOW_UPDATE: 9,
} as const;

/** RST_STREAM status codes (section 2.6.3). */
export const ResetStatus = {
  PROTOCOL_ERROR: 1,
  INVALID_STREAM: 2,
  REFUSED_STREAM: 3,
  CANCEL: 5,
  INTERNAL_ERROR: 6,
  FLOW_CONTROL_ERROR: 7,
  STREAM_IN_USE: 8,
  STREAM_ALREADY_CLOSED: 9,
  FRAME_TOO_LARGE: 11,
} as const;
export type ResetReason = keyof typeof ResetStatus;

/** GOAWAY status codes (section 2.6.6). */
export const GoAwayStatus = { OK: 0, PROTOCOL_ERROR: 1, INTERNAL_ERROR: 2 } as const;
export type GoAwayReason = keyof typeof GoAwayStatus;

export const FLAG_FIN = 1;
export const FLAG_UNIDIRECTIONAL = 2;
/** SETTINGS entry: bytes that each stream's window starts with. */
export const SETTINGS_INITIAL_WINDOW_SIZE = 7;
/** Every stream's window before any SETTINGS (section 2.6.8). */
export const defaultWindowBytes = 65_536;
export const maxWindowBytes = 0x7fffffff;
export const frameHeaderBytes = 8;

const VERSION = 3;

export interface ControlFrame {
  type: number;
  flags: number;
  payload: Buffer;
}

export function controlFrame(type: number, flags: number, ...payload: Buffer[]): Buffer {
  const header = Buffer.allocUnsafe(frameHeaderBytes);
  const length = payload.reduce((sum, part) => sum + part.length, 0);
  header.writeUInt16BE(0x8000 | VERSION, 0);
  header.writeUInt16BE(type, 2);
  header.writeUInt32BE(length, 4);
  header[4] = flags;
  return Buffer.concat([header, ...payload]);
}

export function dataHeader(stream: number, flags: number, length: number): Buffer {
  const header = Buffer.allocUnsafe(frameHeaderBytes);
  header.writeUInt32BE(stream, 0);
  header.writeUInt32BE(length, 4);
  header[4] = flags;
  return header;
}

export function uint32s(...values: number[]): Buffer {
  const bytes = Buffer.allocUnsafe(values.length * 4);
  values.forEach((value, index) => bytes.writeUInt32BE(value >>> 0, index * 4));
  return bytes;
}

/** Stream id, associated stream id, priority and slot: the fields before a SYN_STREAM's header block. */
export function synStreamPrefix(stream: number): Buffer {
  return Buffer.concat([uint32s(stream, 0), Buffer.alloc(2)]);
}

export const resetFrame = (stream: number, reason: ResetReason): Buffer =>
  controlFrame(FrameType.RST_STREAM, 0, uint32s(stream, ResetStatus[reason]));

export const pingFrame = (id: number): Buffer => controlFrame(FrameType.PING, 0, uint32s(id));

export const goAwayFrame = (lastStream: number, reason: GoAwayReason): Buffer =>
  controlFrame(FrameType.GOAWAY, 0, uint32s(lastStream, GoAwayStatus[reason]));

export const windowUpdateFrame = (stream: number, bytes: number): Buffer =>
  controlFrame(FrameType.WINDOW_UPDATE, 0, uint32s(stream, bytes));

export const initialWindowFrame = (bytes: number): Buffer =>
  controlFrame(FrameType.SETTINGS, 0, uint32s(1, SETTINGS_INITIAL_WINDOW_SIZE, bytes));
