import { Socket, type SocketConstructorOpts } from 'node:net';
import { basename, dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { deadlineIn, hasPassed } from '@slipway/time';
import { SyscallError } from '../errno.js';
import { check, closeFd, lastErrno, libcFunction, O_CLOEXEC, O_PATH, sys } from '../libc.js';
import { openPipeHandle } from './pipe-handle.js';
import { maxSocketPath, sockaddrUn } from './unix-address.js';

const AF_UNIX = 1;
const SOCK_SEQPACKET = 5;
const SOCK_NONBLOCK = 0o4000;
/** conmon reads up to 32 KB of a packet and loses the rest; smaller packets also pass busy buffers sooner. */
const defaultPacketBytes = 8192;

const socketCall = libcFunction<[number, number, number]>('int socket(int domain, int type, int protocol)');
const connectCall = libcFunction<[number, Buffer, number]>('int connect(int fd, void *address, uint32_t size)');

type WriteCallback = (error?: Error | null) => void;

/** A SOCK_SEQPACKET connection: each packet read is one `data` event, each write goes out in packets of bounded size. */
class SeqpacketSocket extends Socket {
  readonly #packetBytes: number;

  constructor(fd: number, packetBytes: number) {
    const handle = openPipeHandle(fd);
    super({ handle, readable: true, writable: true, allowHalfOpen: true } as SocketConstructorOpts);
    this.#packetBytes = packetBytes;
    // Gathered writes would go out as one packet of any size: every write passes through _write.
    Object.defineProperty(this, '_writev', { value: null });
  }

  override _write(chunk: Buffer | string, encoding: BufferEncoding, callback: WriteCallback): void {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk;
    const writePacket = (from: number): void => {
      const packet = bytes.subarray(from, from + this.#packetBytes);
      const next = from + packet.length;
      // oxlint-disable-next-line no-underscore-dangle
      super._write(packet, 'buffer' as BufferEncoding, (error) => {
        if (error || next >= bytes.length) callback(error);
        else writePacket(next);
      });
    };
    writePacket(0);
  }
}

export interface SeqpacketOptions {
  /** The largest packet that a write makes, in bytes; default 8192. */
  packetBytes?: number;
  /** Milliseconds to wait for a place in the listener's queue; default 5000. */
  timeoutMs?: number;
  signal?: AbortSignal | undefined;
}

/**
 * Connects to a SOCK_SEQPACKET unix socket (conmon's attach socket), which node:net cannot open.
 * A path over 107 bytes goes through its directory's descriptor. Rejects with SyscallError.
 */
export async function connectSeqpacket(path: string, options: SeqpacketOptions = {}): Promise<Socket> {
  const { packetBytes = defaultPacketBytes, timeoutMs = 20_000, signal } = options;
  signal?.throwIfAborted();
  const fd = check(socketCall(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | O_CLOEXEC, 0), 'socket');
  try {
    await withAddress(path, async (address) => {
      const deadline = deadlineIn(timeoutMs);
      while (connectCall(fd, address, address.length) < 0) {
        const error = new SyscallError(lastErrno(), 'connect', path);
        // EAGAIN: the listener's queue is full, and there is nothing to wait on (unix(7)).
        if (error.code !== 'EAGAIN' || hasPassed(deadline)) throw error;
        await sleep(5, undefined, signal ? { signal } : {});
      }
    });
  } catch (error) {
    closeFd(fd);
    throw error;
  }
  return new SeqpacketSocket(fd, packetBytes);
}

async function withAddress(path: string, connect: (address: Buffer) => Promise<void>): Promise<void> {
  if (Buffer.byteLength(path) <= maxSocketPath) return await connect(sockaddrUn(path, 'connect'));
  const directory = dirname(path);
  const fd = check(sys.open(directory, O_PATH | O_CLOEXEC, 0), 'open', directory);
  try {
    await connect(sockaddrUn(`/proc/self/fd/${fd}/${basename(path)}`, 'connect'));
  } finally {
    closeFd(fd);
  }
}
