import { check, libcFunction, O_CLOEXEC } from '../libc.js';

const AF_UNIX = 1;
const SOCK_STREAM = 1;
const F_SETFD = 2;
const FD_CLOEXEC = 1;

const fcntl = libcFunction<[number, number, number]>('int fcntl(int fd, int command, int argument)');
const socketpair = libcFunction<[number, number, number, Buffer]>(
  'int socketpair(int domain, int type, int protocol, void *fds)',
);

/** Two unix stream sockets that are connected to each other; both are closed on exec. */
export function socketPair(): [number, number] {
  const pair = Buffer.alloc(8);
  check(socketpair(AF_UNIX, SOCK_STREAM | O_CLOEXEC, 0, pair), 'socketpair');
  return [pair.readInt32LE(0), pair.readInt32LE(4)];
}

/** Whether a program that this process becomes, or starts without naming the descriptor, has it too (FD_CLOEXEC, fcntl(2)). */
export function setInherited(fd: number, inherited: boolean): void {
  check(fcntl(fd, F_SETFD, inherited ? 0 : FD_CLOEXEC), 'fcntl F_SETFD', String(fd));
}
