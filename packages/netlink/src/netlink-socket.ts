import {
  closeFd,
  errnoName,
  type NetlinkFamily,
  openNetlink,
  receiveNetlink,
  sendNetlink,
  SyscallError,
} from '@slipway/linux';
import { align, parseAttributes, textOf } from './attributes.js';

/** Flags of a request (linux/netlink.h). */
export const NLM = { REQUEST: 1, ACK: 4, EXCL: 0x200, CREATE: 0x400, DUMP: 0x300 } as const;

const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const NLM_F_ACK_TLVS = 0x200;
const NLMSGERR_ATTR_MSG = 1;
const headerBytes = 16;
/** struct nlmsgerr without the copy of the request's payload: i32 errno and the request's header. */
const errorBytes = 20;

export interface NetlinkMessage {
  type: number;
  payload: Buffer;
}

/** struct nlmsghdr (linux/netlink.h): u32 length, u16 type, u16 flags, u32 sequence number, u32 port. */
export function netlinkMessage(type: number, flags: number, sequence: number, ...payload: Buffer[]): Buffer {
  const body = Buffer.concat(payload);
  const out = Buffer.alloc(align(headerBytes + body.length));
  out.writeUInt32LE(headerBytes + body.length);
  out.writeUInt16LE(type, 4);
  out.writeUInt16LE(flags, 6);
  out.writeUInt32LE(sequence, 8);
  body.copy(out, headerBytes);
  return out;
}

/**
 * A netlink socket with which one request is made at a time. It blocks its thread: for worker threads. It belongs to the
 * net namespace in which its thread was when it was opened.
 */
export class NetlinkSocket {
  readonly #fd: number;
  #sequence = 1;

  constructor(family: NetlinkFamily) {
    this.#fd = openNetlink(family);
  }

  close(): void {
    closeFd(this.#fd);
  }

  /**
   * Sends a request and gives the messages that answer it: of a dump all of them, of another request those before the
   * acknowledgement.
   *
   * @param name names the request in errors.
   * @throws SyscallError with the kernel's own message as its detail.
   */
  request(name: string, type: number, flags: number, ...payload: Buffer[]): NetlinkMessage[] {
    const sequence = this.#sequence++;
    const dump = (flags & NLM.DUMP) === NLM.DUMP;
    sendNetlink(this.#fd, netlinkMessage(type, NLM.REQUEST | (dump ? 0 : NLM.ACK) | flags, sequence, ...payload));
    const answers: NetlinkMessage[] = [];
    for (;;) {
      const data = receiveNetlink(this.#fd);
      for (let at = 0; at + headerBytes <= data.length; ) {
        const length = data.readUInt32LE(at);
        if (length < headerBytes) break;
        const message = { type: data.readUInt16LE(at + 4), payload: data.subarray(at + headerBytes, at + length) };
        // Another sequence number is a leftover of a request that was given up.
        if (data.readUInt32LE(at + 8) === sequence) {
          if (message.type === NLMSG_ERROR) {
            throwError(name, message.payload, (data.readUInt16LE(at + 6) & NLM_F_ACK_TLVS) !== 0);
            return answers;
          }
          if (message.type === NLMSG_DONE) return answers;
          answers.push(message);
        }
        at += align(length);
      }
    }
  }
}

/** An error of number 0 is an acknowledgement. */
function throwError(name: string, payload: Buffer, extended: boolean): void {
  const errno = -payload.readInt32LE(0);
  if (errno === 0) return;
  const detail = extended ? textOf(parseAttributes(payload.subarray(errorBytes)).get(NLMSGERR_ATTR_MSG)) : '';
  throw new SyscallError(errnoName(errno), name, undefined, detail || undefined);
}
