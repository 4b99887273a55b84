import { hasCode } from '@slipway/linux';
import { addressBytes, familyOf } from './address.js';
import { attribute, parseAttributes, u32, u8 } from './attributes.js';
import { NLM, type NetlinkSocket } from './netlink-socket.js';

const RTM_NEWROUTE = 24;
const RTM_GETROUTE = 26;
/** linux/rtnetlink.h. */
const RTA = { DST: 1, OIF: 4, GATEWAY: 5 };
const rtmsgBytes = 12;
const RT_TABLE_MAIN = 254;
const RTPROT_BOOT = 3;
const RT_SCOPE_UNIVERSE = 0;
const RTN_UNICAST = 1;

export interface RouteRequest {
  /** In CIDR form; `0.0.0.0/0` and `::/0` are the default routes. */
  destination: string;
  gateway?: string | undefined;
  /** The link's index. */
  link: number;
}

/** Requests of rtnetlink(7) for routes of the main table, in the net namespace of a socket of family `route`. */
export class Routes {
  readonly #socket: NetlinkSocket;

  constructor(socket: NetlinkSocket) {
    this.#socket = socket;
  }

  /** The index of the link by which packets to an address leave; undefined where no route leads to it. */
  linkTo(address: string): number | undefined {
    const bytes = addressBytes(address);
    const header = Buffer.concat([familyOf(address), bytes.length * 8, 0, 0, 0, 0, 0, 0].map(u8));
    try {
      const [route] = this.#socket.request(
        `find the route to ${address}`,
        RTM_GETROUTE,
        0,
        header,
        u32(0),
        attribute(RTA.DST, bytes),
      );
      return route && parseAttributes(route.payload.subarray(rtmsgBytes)).get(RTA.OIF)?.readUInt32LE();
    } catch (error) {
      if (hasCode(error, 'ENETUNREACH', 'EHOSTUNREACH')) return undefined;
      throw error;
    }
  }

  /** @throws SyscallError EEXIST for a route that is there; ENETUNREACH when no link leads to the gateway. */
  add({ destination, gateway, link }: RouteRequest): void {
    const [address = '', prefixLength = '0'] = destination.split('/');
    // struct rtmsg: u8 family, destination length, source length, tos, table, protocol, scope, type; u32 flags.
    const fields = [familyOf(address), Number(prefixLength), 0, 0, RT_TABLE_MAIN, RTPROT_BOOT];
    const header = Buffer.concat([...fields, RT_SCOPE_UNIVERSE, RTN_UNICAST].map(u8));
    this.#socket.request(
      `add route ${destination}${gateway === undefined ? '' : ` via ${gateway}`}`,
      RTM_NEWROUTE,
      NLM.CREATE,
      header,
      u32(0),
      attribute(RTA.DST, addressBytes(address)),
      ...(gateway === undefined ? [] : [attribute(RTA.GATEWAY, addressBytes(gateway))]),
      attribute(RTA.OIF, u32(link)),
    );
  }
}
