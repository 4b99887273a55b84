/** Where all nodes of a site hear which blobs somebody looks for. It is no node's own: the hub carries it to all. */
export const findSubject = 'slipway.peers.find';

/** Where a node hands out pieces of blobs. */
export function readSubject(node: string): string {
  return `slipway.peers.read.${node}`;
}

/** Bytes of a piece: well below a megabyte, which is the default limit of a hub's server. */
export const pieceBytes = 256 << 10;
/** Digests in one question. */
export const maxDigests = 256;
