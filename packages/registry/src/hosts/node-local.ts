import { lookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/**
 * Addresses at which the node itself, or its provider's metadata service, answers: loopback, "this host" and
 * link-local (RFC 6890; 169.254.169.254 and fd00:ec2::254 are metadata services of clouds).
 */
const nodeLocal = new BlockList();
for (const [address, bits] of [
  ['0.0.0.0', 8],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
] as const) {
  nodeLocal.addSubnet(address, bits, 'ipv4');
  // The same by IPv6 (RFC 4291, 2.5.5.2).
  nodeLocal.addSubnet(`::ffff:${address}`, 96 + bits, 'ipv6');
}
for (const [address, bits] of [
  ['::', 128],
  ['::1', 128],
  ['fe80::', 10],
  ['fd00:ec2::254', 128],
] as const)
  nodeLocal.addSubnet(address, bits, 'ipv6');

/** Whether an address, in brackets or not, belongs to this node only. False for names. */
export function isNodeLocal(host: string): boolean {
  const address = host.replace(/^\[(.*)\]$/, '$1');
  const family = isIP(address);
  return family !== 0 && nodeLocal.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

/** A name's addresses, and an error (code `SLIPWAY_NODE_LOCAL`) where one of them belongs to this node only. */
export const lookupElsewhere: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, options, (error, address: string | { address: string }[], family) => {
    const found = typeof address === 'string' ? [address] : (address ?? []).map((one) => one.address);
    const refused = error ? undefined : found.find((one) => isNodeLocal(one));
    const fault = refused === undefined ? error : nodeLocalFault(`${hostname} is ${refused}`);
    callback(fault, address as string, family);
  });
};

/** A registry that leads a pull to a service of this node: what answers there is not for images' authors to ask. */
export function nodeLocalFault(what: string): NodeJS.ErrnoException {
  const text = `${what}, an address that belongs to this node only, to which no registry elsewhere may lead`;
  return Object.assign(new Error(text), { code: 'SLIPWAY_NODE_LOCAL' });
}
