import { mkdtemp } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A loopback TCP port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (address && typeof address === 'object') resolve(address.port);
        else reject(new Error('no address'));
      });
    });
  });
}

/** A new directory with a short path: sockets in it must stay below 108 characters. */
export function temporaryDirectory(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'sw-'));
}
