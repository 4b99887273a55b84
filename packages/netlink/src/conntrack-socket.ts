import { hasCode } from '@slipway/linux';
import { nested, parseAttributes, u8 } from './attributes.js';
import { NetlinkSocket, NLM } from './netlink-socket.js';

const NFNL_SUBSYS_CTNETLINK = 1;
const IPCTNL_MSG_CT_GET = (NFNL_SUBSYS_CTNETLINK << 8) | 1;
const IPCTNL_MSG_CT_DELETE = (NFNL_SUBSYS_CTNETLINK << 8) | 2;
/** linux/netfilter/nfnetlink_conntrack.h: attributes of a flow, of a tuple and of its protocol. */
const CTA_TUPLE_ORIG = 1;
const CTA_TUPLE_PROTO = 2;
const CTA_PROTO = { NUM: 1, DST_PORT: 3 };
const IPPROTO_UDP = 17;
const AF = { v4: 2, v6: 10 };
/** struct nfgenmsg: u8 family, u8 version, u16 resource. */
const nfgenmsgBytes = 4;

/**
 * The table of connection tracking of the net namespace in which the thread is when this is made. It blocks its
 * thread: for worker threads.
 */
export class ConntrackSocket {
  readonly #socket = new NetlinkSocket('netfilter');

  close(): void {
    this.#socket.close();
  }

  /**
   * Deletes the UDP flows of a family that were begun to one of the given ports.
   *
   * @throws SyscallError EINVAL or EOPNOTSUPP on a kernel without ctnetlink.
   */
  deleteUdpTo(v6: boolean, ports: ReadonlySet<number>): void {
    const header = Buffer.concat([u8(v6 ? AF.v6 : AF.v4), Buffer.alloc(nfgenmsgBytes - 1)]);
    for (const { payload } of this.#socket.request('list flows', IPCTNL_MSG_CT_GET, NLM.DUMP, header)) {
      const tuple = parseAttributes(payload.subarray(nfgenmsgBytes)).get(CTA_TUPLE_ORIG);
      const protocol = tuple && parseAttributes(tuple).get(CTA_TUPLE_PROTO);
      if (tuple === undefined || protocol === undefined) continue;
      const fields = parseAttributes(protocol);
      // Ports are in network order.
      const port = fields.get(CTA_PROTO.DST_PORT)?.readUInt16BE();
      if (fields.get(CTA_PROTO.NUM)?.[0] !== IPPROTO_UDP || port === undefined || !ports.has(port)) continue;
      try {
        this.#socket.request('delete a flow', IPCTNL_MSG_CT_DELETE, 0, header, nested(CTA_TUPLE_ORIG, tuple));
      } catch (error) {
        // It has ended meanwhile.
        if (!hasCode(error, 'ENOENT')) throw error;
      }
    }
  }
}
