import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { reuseReads } from './socket-reads.js';

/** The arguments of an HTTP server's `upgrade` event. */
export interface Upgrade {
  request: IncomingMessage;
  socket: Duplex;
  /** The first bytes after the request. */
  head: Buffer;
}

/** Answers an upgrade request with a plain HTTP response and closes the connection. */
export function refuseUpgrade(
  { socket }: Upgrade,
  status: number,
  text = '',
  headers: [name: string, value: string][] = [],
): void {
  const body = text === '' ? '' : `${text}\n`;
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Connection: close',
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
  ];
  socket.on('error', () => undefined);
  socket.once('finish', () => socket.destroy());
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
}

/**
 * Answers 101 and returns the connection with its first bytes in place, to be read by `readChunks`. It replaces the
 * upgrade from then on, where whoever has that can cut it.
 */
export function acceptUpgrade(upgrade: Upgrade, protocol: string, headers: [string, string][]): Duplex {
  const lines = ['HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', `Upgrade: ${protocol}`];
  for (const [name, value] of headers) lines.push(`${name}: ${value}`);
  upgrade.socket = reuseReads(upgrade.socket, upgrade.head);
  upgrade.socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  return upgrade.socket;
}

/** The protocol that the request asks for, in lower case: `spdy/3.1`, `websocket`. */
export function wantedProtocol(request: IncomingMessage): string {
  return (request.headers.upgrade ?? '').trim().toLowerCase();
}

/** A comma-separated header that may be sent several times, as one list. */
export function listHeader(value: string | string[] | undefined): string[] {
  return [value ?? []]
    .flat()
    .flatMap((text) => text.split(','))
    .map((text) => text.trim())
    .filter((text) => text !== '');
}
