import { type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import type { SecureContextOptions } from 'node:tls';
import { SlipwayError } from '@slipway/errors';
import { reuseReads } from '../socket-reads.js';
import { spdyProtocol, streamProtocolHeader } from './handshake.js';
import { SpdySession, type SpdySessionOptions } from './session.js';

export interface DialOptions {
  /** Stream protocols, best first. */
  protocols: readonly string[];
  signal?: AbortSignal | undefined;
  /** Milliseconds for connection and handshake; default 30 000. */
  timeoutMs?: number | undefined;
  tls?: (SecureContextOptions & { rejectUnauthorized?: boolean }) | undefined;
  session?: Omit<SpdySessionOptions, 'role'> | undefined;
}

/**
 * Upgrades a connection to `url` to SPDY/3.1, as a client.
 * @throws STAGE_UNAVAILABLE with the server's own text when it does not answer 101, CANCELLED, DEADLINE
 */
export async function dialSpdy(url: string, options: DialOptions): Promise<{ session: SpdySession; protocol: string }> {
  const { protocols, signal, timeoutMs = 30_000, tls } = options;
  signal?.throwIfAborted();
  const { response, socket, head } = await new Promise<{ response: IncomingMessage; socket: Socket; head: Buffer }>(
    (resolve, reject) => {
      const fail = (error: Error): void => {
        cleanup();
        request.destroy();
        reject(error);
      };
      const refuse = (text: string, cause?: Error): void =>
        fail(
          new SlipwayError('STAGE_UNAVAILABLE', text, { object: new URL(url).host, hint: 'ask for a new URL', cause }),
        );
      const onAbort = (): void => fail(new SlipwayError('CANCELLED', 'the connection was given up'));
      const timer = setTimeout(() => fail(new SlipwayError('DEADLINE', `no answer in ${timeoutMs} ms`)), timeoutMs);
      const cleanup = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
      };
      const headers = {
        Connection: 'Upgrade',
        Upgrade: spdyProtocol,
        [streamProtocolHeader]: [...protocols],
        'Content-Length': '0',
      };
      const make = url.startsWith('https:') ? httpsRequest : httpRequest;
      const request = make(url, { method: 'POST', headers, agent: false, ...tls });
      request.once('error', (error) => refuse(`cannot connect: ${error.message}`, error));
      request.once('response', (answer) => {
        readText(answer).then(
          (text) => refuse(`the server answered ${answer.statusCode}${text ? `: ${text}` : ''}`),
          (error: Error) => refuse(error.message, error),
        );
      });
      request.once('upgrade', (response, socket, head) => {
        cleanup();
        resolve({ response, socket, head });
      });
      signal?.addEventListener('abort', onAbort, { once: true });
      request.end();
    },
  );
  const session = new SpdySession(reuseReads(socket, head), { ...options.session, role: 'client' });
  return { session, protocol: String(response.headers[streamProtocolHeader.toLowerCase()] ?? '') };
}

async function readText(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of response) {
    text += String(chunk);
    if (text.length > 4096) break;
  }
  return text.trim().slice(0, 4096);
}
