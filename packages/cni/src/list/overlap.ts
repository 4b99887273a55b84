import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';

/** Addresses of a host's interfaces, as os.networkInterfaces() answers them. */
export type Interfaces = Record<string, readonly { address: string; cidr: string | null }[] | undefined>;

/**
 * The host's interfaces whose network shares addresses with a subnet of pods (`10.88.0.0/16`), as `name (cidr)`: what
 * is beyond them cannot be reached from the node any more, or its pods cannot. `bridge` is the pods' own.
 */
export function overlappingInterfaces(
  subnet: string,
  bridge: string,
  interfaces: Interfaces = networkInterfaces(),
): string[] {
  const pods = network(subnet);
  if (!pods) return [];
  return Object.entries(interfaces).flatMap(([name, addresses = []]) =>
    addresses
      .filter(({ cidr }) => {
        const other = cidr === null || name === bridge ? undefined : network(cidr);
        return other !== undefined && overlap(pods, other);
      })
      .map(({ cidr }) => `${name} (${cidr})`),
  );
}

interface Network {
  address: string;
  prefix: number;
  family: 'ipv4' | 'ipv6';
}

function network(cidr: string): Network | undefined {
  const [address = '', prefix] = cidr.split('/');
  const version = isIP(address);
  if (version === 0 || prefix === undefined || !/^\d+$/.test(prefix)) return undefined;
  return { address, prefix: Number(prefix), family: version === 4 ? 'ipv4' : 'ipv6' };
}

/** Two networks overlap if one holds the other's address. */
function overlap(one: Network, other: Network): boolean {
  return one.family === other.family && (holds(one, other) || holds(other, one));
}

function holds({ address, prefix, family }: Network, other: Network): boolean {
  const list = new BlockList();
  list.addSubnet(address, prefix, family);
  return list.check(other.address, family);
}
