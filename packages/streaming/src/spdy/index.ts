export { type GoAwayReason, type ResetReason } from './frames.js';
export type { SpdyHeaders } from './header-block.js';
export { defaultLimits, type SpdyLimits } from './limits.js';
export { SpdyProtocolError } from './protocol-error.js';
export { SpdySession, type SpdySessionOptions } from './session.js';
export { SpdyStream } from './stream.js';
export { dialSpdy, type DialOptions } from './dial.js';
export { acceptSpdy, type Handshake, spdyProtocol } from './handshake.js';
