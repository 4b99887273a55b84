import { chmodSync, existsSync, lchownSync, mkdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { SlipwayError } from '@slipway/errors';
import { check, closeFd, libcFunction, O_CLOEXEC } from '../libc.js';
import { sockaddrUn } from './unix-address.js';

const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOCK_NONBLOCK = 0o4000;
/** Size of struct sockaddr_un (unix(7)). */
const sockaddrBytes = 110;
/** As Node asks for; the kernel cuts it to net.core.somaxconn (listen(2)). */
const backlog = 511;
/** Milliseconds that a server has to take a connection. A stopped server lets it wait in its queue, and still serves. */
const probeMs = 2000;

const socketCall = libcFunction<[number, number, number]>('int socket(int domain, int type, int protocol)');
const bindCall = libcFunction<[number, Buffer, number]>('int bind(int fd, void *address, uint32_t size)');
const listenCall = libcFunction<[number, number]>('int listen(int fd, int backlog)');
const getsockname = libcFunction<[number, Buffer, Buffer]>('int getsockname(int fd, void *address, void *size)');

/**
 * Opens a unix stream socket that listens at `path`, for a process that does not serve it itself but hands its descriptor
 * to those that do: connections wait in the socket's queue while none of them is there. The socket has `mode` before
 * anybody can connect, its directory is made where it is missing, and a socket that a dead process left is replaced.
 * The descriptor is closed on exec; closing it leaves the file.
 * @param gid the group of the socket; default this process's own
 * @throws SlipwayError INVALID_CONFIG when another process serves the path; SyscallError
 */
export async function listenUnix(path: string, mode: number, gid?: number): Promise<number> {
  const address = sockaddrUn(path, 'bind');
  mkdirSync(dirname(path), { recursive: true });
  await clearUnixSocket(path);
  const fd = check(socketCall(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | O_CLOEXEC, 0), 'socket');
  try {
    check(bindCall(fd, address, address.length), 'bind', path);
    if (gid !== undefined) lchownSync(path, -1, gid);
    chmodSync(path, mode);
    check(listenCall(fd, backlog), 'listen', path);
    return fd;
  } catch (error) {
    closeFd(fd);
    throw error;
  }
}

/**
 * Removes the socket that a dead process left at `path`.
 * @throws SlipwayError INVALID_CONFIG when a process serves it
 */
export async function clearUnixSocket(path: string): Promise<void> {
  // The probe of a process that is slow itself ends by its time limit, which says nothing.
  if (!existsSync(path)) return;
  if (await isServed(path)) {
    throw new SlipwayError('INVALID_CONFIG', 'another process serves this socket', {
      object: path,
      hint: 'stop that process, or configure another path',
    });
  }
  rmSync(path, { force: true });
}

function isServed(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    const settle = (served: boolean): void => {
      probe.destroy();
      resolve(served);
    };
    probe.setTimeout(probeMs, () => settle(true));
    probe.once('connect', () => settle(true));
    // A queue that is full has a listener, too (unix(7)).
    probe.once('error', (error: NodeJS.ErrnoException) => settle(error.code === 'EAGAIN'));
  });
}

/** The path that a unix socket is bound to; undefined for one without a path, or a descriptor of another kind. */
export function unixSocketPath(fd: number): string | undefined {
  const address = Buffer.alloc(sockaddrBytes);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(address.length);
  if (getsockname(fd, address, size) < 0 || address.readUInt16LE(0) !== AF_UNIX) return undefined;
  const path = address.subarray(2, size.readUInt32LE(0));
  // Names of the abstract namespace begin with a NUL.
  const end = path.indexOf(0);
  return end === 0 || path.length === 0 ? undefined : path.subarray(0, end < 0 ? path.length : end).toString();
}
