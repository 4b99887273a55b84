import { createHash } from 'node:crypto';
import { addressBytes, addressText, isV6, networkOf } from '@slipway/netlink';
import type { JsonObject } from '../list/plugin-conf.js';

/** A chain of the nat table of one family that belongs to one pod, and the rules by which packets come to it. */
export interface PodChain {
  v6: boolean;
  name: string;
  /** Matches and target in the words of iptables-save, as after `-A CHAIN`. */
  rules: string[];
  entries: EntryRule[];
  /** Chains of all pods, which are created where they are missing and never deleted. */
  shared: SharedChain[];
}

export interface EntryRule {
  chain: string;
  rule: string;
}

export interface SharedChain {
  name: string;
  rules: string[];
  /** `first`: ahead of the rules that are there. */
  entries: (EntryRule & { first: boolean })[];
}

/** An address of a pod. */
export interface PodAddress {
  v6: boolean;
  /** In the form of RFC 5952. */
  ip: string;
  prefixLength: number;
}

/** The name of a pod's chain: 28 characters, the longest that iptables takes (pkg/utils, FormatChainName). */
export function podChain(prefix: 'CNI-' | 'CNI-DN-', network: string, containerId: string): string {
  const hash = createHash('sha512').update(`${network}${containerId}`).digest('hex');
  return `${prefix}${hash}`.slice(0, 28);
}

/** A rule's comment; iptables-restore takes a backslash before quotes. */
export const comment = (text: string): string => `-m comment --comment "${text.replace(/["\\]/g, '\\$&')}"`;

export const hostPrefix = ({ v6, ip }: Pick<PodAddress, 'v6' | 'ip'>): string => `${ip}/${v6 ? 128 : 32}`;

/** The network of an address in CIDR form. */
export function networkText({ ip, prefixLength }: PodAddress): string {
  return `${addressText(networkOf(addressBytes(ip), prefixLength))}/${prefixLength}`;
}

/**
 * The addresses that a result gives to the pod's interface; those without an interface are of the pod, too.
 *
 * @throws Error for what is no address.
 */
export function podAddressesOf(result: JsonObject, ifname: string): PodAddress[] {
  const interfaces = (result.interfaces as { name?: string; sandbox?: string }[] | undefined) ?? [];
  const ips = (result.ips as { address: string; interface?: number }[] | undefined) ?? [];
  return ips
    .filter(({ interface: index }) => {
      const at = index === undefined ? undefined : interfaces[index];
      return at === undefined || (at.name === ifname && Boolean(at.sandbox));
    })
    .map(({ address }) => toPodAddress(address));
}

function toPodAddress(text: string): PodAddress {
  const [address = '', length = ''] = text.split('/');
  if (!/^[\da-f:.]+$/i.test(address) || !/^\d{1,3}$/.test(length)) throw new Error(`${text} is no address of a result`);
  return { v6: isV6(address), ip: addressText(addressBytes(address)), prefixLength: Number(length) };
}

/** Without repetitions: the programs add no rule that is there. */
export const unique = <T>(rules: T[]): T[] => [
  ...new Map(rules.map((rule) => [JSON.stringify(rule), rule] as const)).values(),
];
