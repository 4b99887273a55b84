import type { Duplex } from 'node:stream';
import { defaultIdleTimeoutMs, type SessionOptions, type SessionOutcome } from '../remote-command/handler.js';
import { refuseUpgrade, type Upgrade } from '../upgrade.js';
import { WebSocketChannels } from '../websocket/channels.js';
import { acceptWebSocket } from '../websocket/handshake.js';
import { parsePort, type PortForwardHandler } from './handler.js';
import { relay } from './relay.js';

const subprotocols = ['v4.channel.k8s.io', 'v4.base64.channel.k8s.io'];
const maxPorts = 100;

/**
 * Serves port-forward over WebSocket: one connection for each port, on two channels, data and
 * error, that both start with the port as two bytes, little end first. The ports are the
 * operation's own, or where it has none those of the query's `port`.
 */
export async function serveWebSocketPortForward(
  upgrade: Upgrade,
  options: SessionOptions & { ports: readonly number[] },
  handler: PortForwardHandler,
): Promise<SessionOutcome> {
  const refused: SessionOutcome = { end: 'refused', bytesReceived: 0, bytesSent: 0 };
  const ports = options.ports.length > 0 ? options.ports : queryPorts(upgrade.request.url ?? '');
  if (!ports || ports.length === 0 || ports.length > maxPorts) {
    refuseUpgrade(upgrade, 400, `the query names no ports, or over ${maxPorts}, or one that is no port`);
    return refused;
  }
  const accepted = await acceptWebSocket(upgrade, subprotocols);
  if (!accepted) return refused;
  const mux = new WebSocketChannels(accepted.socket, {
    count: ports.length * 2,
    readable: (channel) => channel % 2 === 0,
    base64: accepted.protocol.includes('base64'),
    closeSignal: false,
    idleTimeoutMs: options.idleTimeoutMs ?? defaultIdleTimeoutMs,
  });
  const { signal: stop } = options;
  const onStop = (): void => {
    mux.close((stop?.reason as Error | undefined)?.message).catch(() => undefined);
  };
  if (stop?.aborted) onStop();
  else stop?.addEventListener('abort', onStop, { once: true });
  await Promise.all(
    ports.map(async (port, index) => {
      const data = mux.channels[index * 2];
      const error = mux.channels[index * 2 + 1];
      if (data && error) await forward(port, data, error, handler, mux.gone);
    }),
  );
  stop?.removeEventListener('abort', onStop);
  await mux.close();
  return { end: 'done', bytesReceived: mux.bytesReceived, bytesSent: mux.bytesSent };
}

/** Undefined when one of them is no port. */
function queryPorts(url: string): number[] | undefined {
  const query = new URLSearchParams(url.split('?')[1] ?? '');
  const ports = query.getAll('port').flatMap((text) => text.split(',').map(parsePort));
  return ports.every((port) => port !== undefined) ? ports : undefined;
}

async function forward(
  port: number,
  data: Duplex,
  error: Duplex,
  handler: PortForwardHandler,
  gone: AbortSignal,
): Promise<void> {
  const head = Buffer.alloc(2);
  head.writeUInt16LE(port);
  data.write(head);
  error.write(head);
  let flushed = false;
  let connected = false;
  // The protocol has no half-close: when the container is done and its last byte is out, so is the connection.
  data.once('finish', () => {
    flushed = true;
    data.destroy();
  });
  try {
    const upstream = await handler.connect(port, gone);
    connected = true;
    await relay(data, upstream);
  } catch (failure) {
    if (flushed || connected || gone.aborted) return;
    await new Promise<void>((resolve) => {
      error.once('close', () => resolve());
      error.write(`error forwarding port ${port}: ${(failure as Error).message}`, () => resolve());
    });
  }
}
