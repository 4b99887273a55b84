import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';

export interface InputOptions {
  /** Hand the client's half-close on; default true. */
  end?: boolean;
}

/**
 * Copies a client's input to a process, no faster than it reads. Once the process has closed its side, the
 * rest is read and dropped: unread it would hold back the client's other streams.
 */
export function feed(stdin: Readable | undefined, to: Socket, { end = true }: InputOptions = {}): void {
  if (!stdin) return;
  const drop = (): void => {
    stdin.unpipe(to);
    stdin.resume();
  };
  to.once('close', drop);
  to.on('error', drop);
  stdin.on('error', drop);
  stdin.pipe(to, { end });
}
