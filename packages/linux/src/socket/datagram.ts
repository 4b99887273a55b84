import { check, closeFd, libcFunction, O_CLOEXEC } from '../libc.js';
import { sockaddrUn } from './unix-address.js';

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0o4000;

const socketCall = libcFunction<[number, number, number]>('int socket(int domain, int type, int protocol)');
const sendto = libcFunction<[number, Buffer, number, number, Buffer, number]>(
  'long sendto(int fd, void *bytes, size_t length, int flags, void *address, uint32_t size)',
);

/**
 * Sends one datagram to a unix socket, which node:dgram cannot: a path, or `@` and a name in the abstract namespace.
 * Never waits. Throws SyscallError, EAGAIN when the receiver's queue is full.
 */
export function sendUnixDatagram(to: string, text: string): void {
  const address = sockaddrUn(to, 'sendto');
  // An abstract name begins with a NUL and has none at its end (unix(7)).
  const abstract = to.startsWith('@');
  if (abstract) address[2] = 0;
  const size = abstract ? address.length - 1 : address.length;
  const bytes = Buffer.from(text);
  const fd = check(socketCall(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | O_CLOEXEC, 0), 'socket');
  try {
    check(sendto(fd, bytes, bytes.length, 0, address, size), 'sendto', to);
  } finally {
    closeFd(fd);
  }
}
