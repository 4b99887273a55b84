export {
  dialSpdy,
  type DialOptions,
  type SpdyHeaders,
  type SpdyLimits,
  SpdySession,
  type SpdySessionOptions,
  SpdyStream,
} from './spdy/index.js';
export type {
  CommandHandler,
  CommandOptions,
  CommandStreams,
  SessionOptions,
  SessionOutcome,
} from './remote-command/handler.js';
export type { TerminalSize } from './remote-command/resize.js';
export { serveRemoteCommand } from './remote-command/serve.js';
export type { Upgrade } from './upgrade.js';
export type { PortForwardHandler } from './port-forward/handler.js';
export { servePortForward } from './port-forward/serve.js';
export type { StreamingCounters } from './server/counters.js';
export type { TlsOptions } from './server/http.js';
export { type StreamingOperation, StreamingServer, type StreamingServerOptions } from './server/server.js';
export { openPortForward, type PortForwardSession } from './port-forward/client.js';
export { type RemoteCommandOptions, runRemoteCommand } from './remote-command/client.js';
