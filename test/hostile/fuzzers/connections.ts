import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../random.js';

/** Milliseconds that a server has to cut a hostile client; what it does after that does not matter to the case. */
const patienceMs = 30;

/**
 * Sends bytes in pieces, as an attacker that does not care for the answer, and leaves. Whether the server cut it, answered
 * or waited for more is its own business; what counts is whether it serves others afterwards.
 */
export async function sendAndLeave(socket: Socket, bytes: Buffer, random: Random): Promise<void> {
  socket.on('error', () => undefined);
  socket.resume();
  for (const piece of random.pieces(bytes)) {
    if (socket.destroyed) break;
    socket.write(piece);
    if (random.int(4) === 0) await sleep(1);
  }
  await sleep(patienceMs);
  if (random.int(2) === 0) socket.end();
  socket.destroy();
}

/** A connection to a unix socket's path, or to a URL's host and port. */
export function dial(to: string): Socket {
  if (to.startsWith('/')) return connect(to);
  const { hostname, port } = new URL(to);
  return connect(Number(port), hostname);
}
