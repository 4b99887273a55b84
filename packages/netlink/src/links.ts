import { hasCode } from '@slipway/linux';
import { macBytes, macText } from './address.js';
import { attribute, cString, nested, parseAttributes, textOf, u16, u32, u8 } from './attributes.js';
import { NLM, type NetlinkSocket } from './netlink-socket.js';

const RTM = { NEWLINK: 16, DELLINK: 17, GETLINK: 18, SETLINK: 19 };
/** linux/if_link.h. */
const IFLA = {
  ADDRESS: 1,
  IFNAME: 3,
  MTU: 4,
  LINK: 5,
  MASTER: 10,
  PROTINFO: 12,
  TXQLEN: 13,
  OPERSTATE: 16,
  LINKINFO: 18,
  NET_NS_FD: 28,
  EXT_MASK: 29,
};
const IFLA_INFO_KIND = 1;
const IFLA_INFO_DATA = 2;
const VETH_INFO_PEER = 1;
const IFLA_BRPORT_MODE = 4;
/** Answers without counters, which are most of an answer (linux/rtnetlink.h). */
const RTEXT_FILTER_SKIP_STATS = 8;
const IFF = { UP: 0x1, PROMISC: 0x100 };
const AF_BRIDGE = 7;
const infoBytes = 16;

export interface Link {
  index: number;
  name: string;
  mac: string;
  mtu: number;
  up: boolean;
  /** `bridge`, `veth`; empty for an interface that is none of a kind. */
  kind: string;
  /** The bridge's index; 0 for none. */
  master: number;
  /** The index of a veth's other end in its own namespace; 0 for none. */
  peer: number;
  /** IF_OPER_* (linux/if.h); 6 is up: the interface passes frames. */
  operState: number;
}

export interface VethRequest {
  /** The end in the socket's namespace. It is up from the start. */
  name: string;
  /** The other end, which comes to be in the namespace of the descriptor. */
  peer: { name: string; netnsFd: number; mac?: string | undefined };
  mtu?: number | undefined;
  /** The index of the bridge of which `name` becomes a port. */
  master?: number | undefined;
}

/** Requests of rtnetlink(7) for links, in the net namespace of a socket of family `route`. */
export class Links {
  readonly #socket: NetlinkSocket;

  constructor(socket: NetlinkSocket) {
    this.#socket = socket;
  }

  /** The link of a name or index; undefined where there is none. */
  find(link: string | number): Link | undefined {
    const index = typeof link === 'number' ? link : 0;
    const name = typeof link === 'number' ? [] : [attribute(IFLA.IFNAME, cString(link))];
    const mask = attribute(IFLA.EXT_MASK, u32(RTEXT_FILTER_SKIP_STATS));
    try {
      const [answer] = this.#socket.request(`get link ${link}`, RTM.GETLINK, 0, info({ index }), ...name, mask);
      return answer && parseLink(answer.payload);
    } catch (error) {
      if (hasCode(error, 'ENODEV')) return undefined;
      throw error;
    }
  }

  /** @throws SyscallError EEXIST when an interface has the name. */
  addBridge(name: string, mtu?: number): void {
    const parts = [attribute(IFLA.IFNAME, cString(name)), ...mtuOf(mtu)];
    this.#add(name, info({}), [...parts, nested(IFLA.LINKINFO, attribute(IFLA_INFO_KIND, cString('bridge')))]);
  }

  /**
   * Makes both ends by one request.
   * @throws SyscallError EEXIST when one of the names is taken.
   */
  addVeth({ name, peer, mtu, master }: VethRequest): void {
    const far = [
      info({}),
      attribute(IFLA.IFNAME, cString(peer.name)),
      attribute(IFLA.NET_NS_FD, u32(peer.netnsFd)),
      attribute(IFLA.TXQLEN, u32(0)),
      ...mtuOf(mtu),
      ...(peer.mac ? [attribute(IFLA.ADDRESS, macBytes(peer.mac))] : []),
    ];
    this.#add(name, info({ flags: IFF.UP, change: IFF.UP }), [
      attribute(IFLA.IFNAME, cString(name)),
      attribute(IFLA.TXQLEN, u32(0)),
      ...mtuOf(mtu),
      ...(master === undefined ? [] : [attribute(IFLA.MASTER, u32(master))]),
      nested(
        IFLA.LINKINFO,
        attribute(IFLA_INFO_KIND, cString('veth')),
        nested(IFLA_INFO_DATA, nested(VETH_INFO_PEER, ...far)),
      ),
    ]);
  }

  /** Lets a bridge send a frame back through the port that it came from. */
  setHairpin(index: number): void {
    const mode = nested(IFLA.PROTINFO, attribute(IFLA_BRPORT_MODE, u8(1)));
    this.#socket.request('set hairpin mode', RTM.SETLINK, 0, info({ index, family: AF_BRIDGE }), mode);
  }

  setMac(index: number, mac: string): void {
    this.#socket.request(`set MAC ${mac}`, RTM.SETLINK, 0, info({ index }), attribute(IFLA.ADDRESS, macBytes(mac)));
  }

  setUp(index: number): void {
    this.#socket.request('set link up', RTM.NEWLINK, 0, info({ index, flags: IFF.UP, change: IFF.UP }));
  }

  setPromiscuous(index: number): void {
    const flags = info({ index, flags: IFF.PROMISC, change: IFF.PROMISC });
    this.#socket.request('set promiscuous mode', RTM.NEWLINK, 0, flags);
  }

  /** Deletes a link, of a veth both ends. It waits for the kernel's RCU, some 20 ms. One that is gone is success. */
  remove(index: number): void {
    try {
      this.#socket.request(`delete link ${index}`, RTM.DELLINK, 0, info({ index }));
    } catch (error) {
      if (!hasCode(error, 'ENODEV')) throw error;
    }
  }

  #add(name: string, header: Buffer, parts: Buffer[]): void {
    this.#socket.request(`add link ${name}`, RTM.NEWLINK, NLM.CREATE | NLM.EXCL, header, ...parts);
  }
}

const mtuOf = (mtu: number | undefined): Buffer[] => (mtu ? [attribute(IFLA.MTU, u32(mtu))] : []);

/** struct ifinfomsg: u8 family, u8 padding, u16 type, i32 index, u32 flags, u32 changed flags. */
function info({ family = 0, index = 0, flags = 0, change = 0 }): Buffer {
  return Buffer.concat([u8(family), u8(0), u16(0), u32(index), u32(flags), u32(change)]);
}

function parseLink(payload: Buffer): Link {
  const found = parseAttributes(payload.subarray(infoBytes));
  const number = (type: number): number => found.get(type)?.readUInt32LE(0) ?? 0;
  return {
    index: payload.readInt32LE(4),
    name: textOf(found.get(IFLA.IFNAME)),
    mac: macText(found.get(IFLA.ADDRESS) ?? Buffer.alloc(0)),
    mtu: number(IFLA.MTU),
    up: (payload.readUInt32LE(8) & IFF.UP) !== 0,
    kind: textOf(parseAttributes(found.get(IFLA.LINKINFO) ?? Buffer.alloc(0)).get(IFLA_INFO_KIND)),
    master: number(IFLA.MASTER),
    peer: number(IFLA.LINK),
    operState: found.get(IFLA.OPERSTATE)?.[0] ?? 0,
  };
}
