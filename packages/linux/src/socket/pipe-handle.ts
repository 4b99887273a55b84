import { Socket } from 'node:net';
import { check, closeFd, libcFunction, O_CLOEXEC } from '../libc.js';

const AF_UNIX = 1;
const SOCK_STREAM = 1;
/** The type number of a plain, not listening, pipe handle. */
const pipeKindSocket = 0;

/** The used part of Node's handle on a unix stream; `open` takes any descriptor that epoll can watch. */
export interface PipeHandle {
  open(fd: number): number;
  close(): void;
}
type PipeConstructor = new (kind: number) => PipeHandle;

const socketpair = libcFunction<[number, number, number, Buffer]>(
  'int socketpair(int domain, int type, int protocol, void *fds)',
);
let constructor: PipeConstructor | undefined;

/**
 * Node opens a descriptor as a stream only where it knows its type, and a SOCK_SEQPACKET
 * socket or a pidfd it does not know. libuv's pipe handle does not mind, and any
 * unix stream socket has one: its constructor is taken from there.
 */
function pipeConstructor(): PipeConstructor {
  if (constructor) return constructor;
  const pair = Buffer.alloc(8);
  check(socketpair(AF_UNIX, SOCK_STREAM | O_CLOEXEC, 0, pair), 'socketpair');
  closeFd(pair.readInt32LE(4));
  const socket = new Socket({ fd: pair.readInt32LE(0) });
  socket.on('error', () => undefined);
  // oxlint-disable-next-line no-underscore-dangle
  constructor = (socket as unknown as { _handle: { constructor: PipeConstructor } })._handle.constructor;
  socket.destroy();
  return constructor;
}

/** A pipe handle that owns `fd` from now on, also when it cannot be opened: then the descriptor is closed. */
export function openPipeHandle(fd: number): PipeHandle {
  let handle: PipeHandle;
  try {
    handle = new (pipeConstructor())(pipeKindSocket);
    const result = handle.open(fd);
    if (result === 0) return handle;
    handle.close();
    throw new Error(`descriptor ${fd} cannot be watched (${result})`);
  } catch (error) {
    closeFd(fd);
    throw error;
  }
}
