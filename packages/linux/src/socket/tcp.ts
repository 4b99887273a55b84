import { isIP, Socket, type SocketConstructorOpts } from 'node:net';
import { SlipwayError } from '@slipway/errors';

/** A stream socket's descriptor, connected already, as a net.Socket that owns it. */
export function wrapFd(fd: number): Socket {
  return new Socket({ fd, readable: true, writable: true, allowHalfOpen: true });
}

export interface ConnectOptions {
  /** Milliseconds; default 10 000. */
  timeoutMs?: number;
  signal?: AbortSignal | undefined;
}

/**
 * Connects a stream socket that is not connected yet, such as one made in another net namespace
 * (NamespaceThread.socket): the connection is made in the namespace of the socket's
 * birth. `host` is an IP address of the socket's family. The descriptor belongs to the
 * socket, and is closed when this rejects.
 */
export async function connectFd(fd: number, host: string, port: number, options: ConnectOptions = {}): Promise<Socket> {
  const { timeoutMs = 10_000, signal } = options;
  // Reading before there is a connection would fail it: manualStart keeps the constructor from that.
  const socket = new Socket({ fd, allowHalfOpen: true, manualStart: true } as SocketConstructorOpts);
  try {
    signal?.throwIfAborted();
    if (!isIP(host)) throw new SlipwayError('INVALID_REQUEST', `${host} is not an IP address`);
    return await new Promise<Socket>((resolve, reject) => {
      const settle = (act: () => void): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        socket.off('error', onError);
        act();
      };
      const onError = (error: Error): void => settle(() => reject(error));
      const onAbort = (): void => settle(() => reject(signal?.reason as Error));
      const timer = setTimeout(
        () =>
          settle(() =>
            reject(new SlipwayError('DEADLINE', `no connection to ${host} port ${port} in ${timeoutMs} ms`)),
          ),
        timeoutMs,
      );
      signal?.addEventListener('abort', onAbort, { once: true });
      socket.once('error', onError);
      socket.connect({ host, port }, () => settle(() => resolve(socket)));
    });
  } catch (error) {
    socket.on('error', () => undefined);
    socket.destroy();
    throw error;
  }
}
