import { addressBytes, addressText, familyOf, lastOf } from './address.js';
import { attribute, parseAttributes, u32, u8 } from './attributes.js';
import { NLM, type NetlinkSocket } from './netlink-socket.js';

const RTM = { NEWADDR: 20, DELADDR: 21, GETADDR: 22 };
/** linux/if_addr.h. */
const IFA = { ADDRESS: 1, LOCAL: 2, BROADCAST: 4, FLAGS: 8 };
const IFA_F_TENTATIVE = 0x40;
const headerBytes = 8;
/** A network of two addresses or one has no broadcast address (RFC 3021). */
const longestWithBroadcast = 30;

export interface LinkAddress {
  address: string;
  prefixLength: number;
  /** RT_SCOPE_* (linux/rtnetlink.h): 0 is global, 253 the link. */
  scope: number;
  /** IPv6: whether another host has the address is still being found out, and it cannot be used. */
  tentative: boolean;
}

/** Requests of rtnetlink(7) for addresses, in the net namespace of a socket of family `route`. */
export class Addresses {
  readonly #socket: NetlinkSocket;

  constructor(socket: NetlinkSocket) {
    this.#socket = socket;
  }

  /** The addresses of a link, of both families. */
  list(index: number): LinkAddress[] {
    const answers = this.#socket.request('list addresses', RTM.GETADDR, NLM.DUMP, header(0, 0, index));
    // Kernels before 4.20 give those of every link.
    return answers
      .filter(({ payload }) => payload.readUInt32LE(4) === index)
      .map(({ payload }) => {
        const found = parseAttributes(payload.subarray(headerBytes));
        const flags = found.get(IFA.FLAGS)?.readUInt32LE(0) ?? payload.readUInt8(2);
        return {
          address: addressText(found.get(IFA.LOCAL) ?? found.get(IFA.ADDRESS) ?? Buffer.alloc(4)),
          prefixLength: payload.readUInt8(1),
          scope: payload.readUInt8(3),
          tentative: (flags & IFA_F_TENTATIVE) !== 0,
        };
      });
  }

  /** @throws SyscallError EEXIST when the link has it. */
  add(index: number, address: string, prefixLength: number): void {
    const bytes = addressBytes(address);
    const broadcast =
      bytes.length === 4 && prefixLength <= longestWithBroadcast
        ? [attribute(IFA.BROADCAST, lastOf(bytes, prefixLength))]
        : [];
    this.#request('add', RTM.NEWADDR, NLM.CREATE | NLM.EXCL, index, address, prefixLength, broadcast);
  }

  /** @throws SyscallError EADDRNOTAVAIL when the link has it not. */
  remove(index: number, address: string, prefixLength: number): void {
    this.#request('delete', RTM.DELADDR, 0, index, address, prefixLength, []);
  }

  #request(
    verb: string,
    type: number,
    flags: number,
    index: number,
    address: string,
    prefixLength: number,
    more: Buffer[],
  ): void {
    const bytes = addressBytes(address);
    const name = `${verb} address ${address}/${prefixLength}`;
    const start = header(familyOf(address), prefixLength, index);
    this.#socket.request(name, type, flags, start, attribute(IFA.LOCAL, bytes), attribute(IFA.ADDRESS, bytes), ...more);
  }
}

/** struct ifaddrmsg: u8 family, u8 prefix length, u8 flags, u8 scope, u32 link. */
function header(family: number, prefixLength: number, index: number): Buffer {
  return Buffer.concat([u8(family), u8(prefixLength), u8(0), u8(0), u32(index)]);
}
