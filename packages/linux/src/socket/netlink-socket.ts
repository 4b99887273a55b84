import { check, closeFd, libcFunction, O_CLOEXEC } from '../libc.js';

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOL_SOCKET = 1;
const SO_RCVTIMEO = 20;
const SOL_NETLINK = 270;
/** Options of netlink(7) that are switched on: errors without the request's copy, the kernel's own words, filtered dumps. */
const options = { NETLINK_CAP_ACK: 10, NETLINK_EXT_ACK: 11, NETLINK_GET_STRICT_CHK: 12 };

/** Netlink protocols (linux/netlink.h): links, addresses and routes; nf_tables and conntrack. */
const families = { route: 0, netfilter: 12 } as const;
export type NetlinkFamily = keyof typeof families;

/** The kernel answers within the call that asks, but for a dump that is long; no answer at all is a lost message. */
const answerSeconds = 10n;
/** A dump's messages are at most 32 KiB (af_netlink.c, netlink_recvmsg). */
const room = 1 << 16;

const socket = libcFunction<[number, number, number]>('int socket(int domain, int type, int protocol)');
const bind = libcFunction<[number, Buffer, number]>('int bind(int fd, const void *address, uint32_t size)');
const setsockopt = libcFunction<[number, number, number, Buffer, number]>(
  'int setsockopt(int fd, int level, int name, const void *value, uint32_t size)',
);
const send = libcFunction<[number, Buffer, number, number]>(
  'long send(int fd, const void *data, size_t size, int flags)',
);
const recv = libcFunction<[number, Buffer, number, number]>('long recv(int fd, void *data, size_t size, int flags)');

/**
 * A blocking netlink socket of the net namespace that the thread is in; it stays one of that namespace wherever the
 * thread goes afterwards. To be closed with `closeFd`.
 */
export function openNetlink(family: NetlinkFamily): number {
  const fd = check(socket(AF_NETLINK, SOCK_RAW | O_CLOEXEC, families[family]), 'socket', 'netlink');
  try {
    // struct sockaddr_nl: the kernel chooses the port.
    const address = Buffer.alloc(12);
    address.writeUInt16LE(AF_NETLINK);
    check(bind(fd, address, address.length), 'bind', 'netlink');
    const timeout = Buffer.alloc(16);
    timeout.writeBigInt64LE(answerSeconds);
    check(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, timeout, timeout.length), 'setsockopt', 'SO_RCVTIMEO');
    const on = Buffer.from([1, 0, 0, 0]);
    for (const [name, option] of Object.entries(options)) {
      check(setsockopt(fd, SOL_NETLINK, option, on, on.length), 'setsockopt', name);
    }
    return fd;
  } catch (error) {
    closeFd(fd);
    throw error;
  }
}

/** Sends messages as one datagram. The kernel carries requests out before this returns, and blocks meanwhile. */
export function sendNetlink(fd: number, data: Buffer): void {
  check(send(fd, data, data.length, 0), 'send', 'netlink');
}

const received = Buffer.alloc(room);

/** The next datagram. @throws SyscallError EAGAIN when nothing came in ten seconds; ENOBUFS when messages were lost */
export function receiveNetlink(fd: number): Buffer {
  const size = check(recv(fd, received, received.length, 0), 'recv', 'netlink');
  return Buffer.from(received.subarray(0, size));
}
