import { createWebSocketStream } from 'ws';
import type { SessionOptions, SessionOutcome } from '../remote-command/handler.js';
import { acceptSpdy } from '../spdy/handshake.js';
import { SpdySession } from '../spdy/session.js';
import { listHeader, type Upgrade, wantedProtocol } from '../upgrade.js';
import { acceptWebSocket } from '../websocket/handshake.js';
import { type PortForwardHandler, portForwardProtocol } from './handler.js';
import { serveSpdyPortForward } from './spdy.js';
import { serveWebSocketPortForward } from './websocket.js';

/** A whole SPDY session inside a WebSocket's binary messages (client-go tools/portforward, since Kubernetes 1.30). */
const tunnelProtocol = `SPDY/3.1+${portForwardProtocol}`;

/**
 * Serves a port-forward session on an upgrade request: SPDY/3.1 (`portforward.k8s.io`), the same within a
 * WebSocket, or plain WebSocket channels (`v4.channel.k8s.io`). Answers when the connection is gone.
 * Never rejects for what a client does.
 */
export function servePortForward(
  upgrade: Upgrade,
  options: SessionOptions & { ports: readonly number[] },
  handler: PortForwardHandler,
): Promise<SessionOutcome> {
  const { headers } = upgrade.request;
  if (wantedProtocol(upgrade.request) !== 'websocket') {
    return serveSpdyPortForward(
      (session) => Promise.resolve(acceptSpdy(upgrade, [portForwardProtocol], session)?.session),
      options,
      handler,
    );
  }
  if (listHeader(headers['sec-websocket-protocol']).includes(tunnelProtocol)) {
    return serveSpdyPortForward(
      async (session) => {
        const accepted = await acceptWebSocket(upgrade, [tunnelProtocol]);
        return accepted && new SpdySession(createWebSocketStream(accepted.socket), { ...session, role: 'server' });
      },
      options,
      handler,
    );
  }
  return serveWebSocketPortForward(upgrade, options, handler);
}
