import type { Duplex } from 'node:stream';
import { readChunks, reuseReads } from '../socket-reads.js';
import { SpdyStream } from '../spdy/stream.js';

/**
 * Copies both ways with back-pressure until both sides have ended; one side's end is handed on as a
 * half-close. An error, or a stream that closes before its end, destroys the other one.
 * Rejects with that error. Between a SPDY stream and a socket the bytes pass by no queue: `connection` is taken
 * over then, and is of no use to its owner any more.
 */
export function relay(client: Duplex, connection: Duplex): Promise<void> {
  const plain = client instanceof SpdyStream && client.plain;
  const upstream = plain ? reuseReads(connection) : connection;
  return new Promise((resolve, reject) => {
    let open = 2;
    let failure: Error | undefined;
    const watch = (stream: Duplex, other: Duplex, name: string): void => {
      stream.on('error', (error) => {
        failure ??= error;
      });
      stream.once('close', () => {
        if (!stream.readableEnded || !stream.writableFinished) {
          failure ??= new Error(`${name} went away`);
          other.destroy();
        }
        open -= 1;
        if (open > 0) return;
        if (failure) reject(failure);
        else resolve();
      });
    };
    watch(client, upstream, 'the client');
    watch(upstream, client, 'the container');
    if (client.destroyed || upstream.destroyed) {
      client.destroy();
      upstream.destroy();
      // A stream that was closed before tells so no more.
      if (client.closed || upstream.closed) reject(new Error('the connection closed before it was used'));
      return;
    }
    if (plain && upstream !== connection) passDirectly(client, upstream);
    else {
      client.pipe(upstream);
      upstream.pipe(client);
    }
  });
}

function passDirectly(client: SpdyStream, upstream: Duplex): void {
  client.once('end', () => upstream.end());
  client.passTo(upstream);
  readChunks(upstream, (chunk) => client.sendNow(chunk)).then(
    () => client.end(),
    // Told by the socket's own events.
    () => undefined,
  );
}
