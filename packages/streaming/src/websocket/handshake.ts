import { WebSocket, WebSocketServer } from 'ws';
import { listHeader, refuseUpgrade, type Upgrade } from '../upgrade.js';

/** The largest message accepted; clients send pieces of some 32 KB. */
const maxMessageBytes = 4 * 1024 * 1024;

/**
 * Answers a WebSocket upgrade. The first subprotocol of the client's list that is `supported`
 * wins; a client that names none speaks `''`, as in apimachinery's wsstream; none in common is 403.
 * Undefined when it was refused.
 */
export async function acceptWebSocket(
  upgrade: Upgrade,
  supported: readonly string[],
): Promise<{ socket: WebSocket; protocol: string } | undefined> {
  const { request, socket, head } = upgrade;
  const offered = listHeader(request.headers['sec-websocket-protocol']);
  const protocol = offered.length === 0 ? '' : offered.find((name) => supported.includes(name));
  if (protocol === undefined) {
    refuseUpgrade(upgrade, 403, `unable to upgrade: the server accepts the subprotocols ${supported.join(', ')}`);
    return undefined;
  }
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: maxMessageBytes,
  });
  // Chosen above: ws takes only names that are tokens (RFC 6455), and Kubernetes has one with a slash.
  delete request.headers['sec-websocket-protocol'];
  if (protocol !== '') server.on('headers', (lines) => lines.push(`Sec-WebSocket-Protocol: ${protocol}`));
  return await new Promise((resolve) => {
    // ws answers a broken handshake by itself and closes the connection.
    socket.once('close', () => resolve(undefined));
    server.handleUpgrade(request, socket, head, (webSocket) => resolve({ socket: webSocket, protocol }));
  });
}
