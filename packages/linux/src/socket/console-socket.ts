import { closeSync, rmSync } from 'node:fs';
import { addressOf, check, closeFd, lastErrno, libcFunction, O_CLOEXEC } from '../libc.js';
import { SyscallError } from '../errno.js';
import { sockaddrUn } from './unix-address.js';

const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOCK_NONBLOCK = 0o4000;
const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;
const MSG_CMSG_CLOEXEC = 0x4000_0000;
/** struct cmsghdr: a 64-bit length, level and type (cmsg(3)). */
const headerBytes = 16;

const socketCall = libcFunction<[number, number, number]>('int socket(int domain, int type, int protocol)');
const bindCall = libcFunction<[number, Buffer, number]>('int bind(int fd, void *address, uint32_t size)');
const listenCall = libcFunction<[number, number]>('int listen(int fd, int backlog)');
const acceptCall = libcFunction<[number, null, null, number]>(
  'int accept4(int fd, void *address, void *size, int flags)',
);
const recvmsgCall = libcFunction<[number, Buffer, number], bigint | number>(
  'int64_t recvmsg(int fd, void *message, int flags)',
);

/**
 * Where an OCI runtime leaves the master of a new terminal (`--console-socket`): a unix socket over which
 * it sends one descriptor (unix(7), SCM_RIGHTS). Close it when the runtime has ended.
 */
export class ConsoleSocket {
  readonly path: string;
  readonly #fd: number;

  /** Makes the socket's file. Throws SyscallError; ENAMETOOLONG where the path has over 107 bytes. */
  constructor(path: string) {
    this.path = path;
    const address = sockaddrUn(path, 'bind');
    this.#fd = check(socketCall(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | O_CLOEXEC, 0), 'socket');
    try {
      check(bindCall(this.#fd, address, address.length), 'bind', path);
      check(listenCall(this.#fd, 1), 'listen', path);
    } catch (error) {
      closeFd(this.#fd);
      throw error;
    }
  }

  /** The descriptor that was sent, the caller's from now on. Throws EAGAIN when none was, ENOMSG for a message without one. */
  receive(): number {
    const connection = check(acceptCall(this.#fd, null, null, SOCK_NONBLOCK | O_CLOEXEC), 'accept', this.path);
    try {
      return receiveDescriptor(connection, this.path);
    } finally {
      closeFd(connection);
    }
  }

  close(): void {
    closeSync(this.#fd);
    rmSync(this.path, { force: true });
  }
}

function receiveDescriptor(connection: number, path: string): number {
  // The runtime names the terminal in the data, which nobody needs.
  const data = Buffer.alloc(4096);
  const control = Buffer.alloc(128);
  const vector = Buffer.alloc(16);
  vector.writeBigUInt64LE(addressOf(data), 0);
  vector.writeBigUInt64LE(BigInt(data.length), 8);
  // struct msghdr: name, its length, iovec, their number, control, its length, flags; 8 bytes each.
  const message = Buffer.alloc(56);
  message.writeBigUInt64LE(addressOf(vector), 16);
  message.writeBigUInt64LE(1n, 24);
  message.writeBigUInt64LE(addressOf(control), 32);
  message.writeBigUInt64LE(BigInt(control.length), 40);
  if (Number(recvmsgCall(connection, message, MSG_CMSG_CLOEXEC)) < 0) {
    throw new SyscallError(lastErrno(), 'recvmsg', path);
  }
  const received = Number(message.readBigUInt64LE(40));
  const rights = control.readInt32LE(8) === SOL_SOCKET && control.readInt32LE(12) === SCM_RIGHTS;
  if (received < headerBytes + 4 || !rights) throw new SyscallError('ENOMSG', 'recvmsg', path);
  return control.readInt32LE(headerBytes);
}
