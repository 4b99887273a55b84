import type { SessionOptions, SessionOutcome } from '../remote-command/handler.js';
import { type Upgrade, wantedProtocol } from '../upgrade.js';
import type { PortForwardHandler } from './handler.js';
import { serveSpdyPortForward } from './spdy.js';
import { serveWebSocketPortForward } from './websocket.js';

/**
 * Serves a port-forward session on an upgrade request, over SPDY/3.1 (`portforward.k8s.io`) or WebSocket
 * (`v4.channel.k8s.io`). Answers when the connection is gone. Never rejects for what a client does.
 */
export function servePortForward(
  upgrade: Upgrade,
  options: SessionOptions & { ports: readonly number[] },
  handler: PortForwardHandler,
): Promise<SessionOutcome> {
  if (wantedProtocol(upgrade.request) === 'websocket') return serveWebSocketPortForward(upgrade, options, handler);
  return serveSpdyPortForward(upgrade, options, handler);
}
