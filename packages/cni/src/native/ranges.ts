import { isIP } from 'node:net';
import { addressBytes, addressText, isV6 } from '@slipway/netlink';
import type { JsonObject } from '../list/plugin-conf.js';

/** Addresses that host-local may give out, with numbers for addresses. */
export interface AddressRange {
  v6: boolean;
  prefixLength: number;
  /** Both are given out. */
  start: bigint;
  end: bigint;
  /** Never given out. */
  gateway: bigint;
}

export interface Address {
  value: bigint;
  v6: boolean;
}

export function toAddress(text: string): Address {
  return { value: BigInt(`0x${addressBytes(text).toString('hex')}`), v6: isV6(text) };
}

export function toText({ value, v6 }: Address): string {
  return addressText(Buffer.from(value.toString(16).padStart(v6 ? 32 : 8, '0'), 'hex'));
}

/**
 * The range sets of a host-local configuration, of each of which a pod gets one address (host-local's documentation,
 * "Network configuration reference"). Undefined where something is wrong with them, as the plugin itself defines it:
 * `backend/allocator/range.go`, Canonicalize, and `config.go`, LoadIPAMConfig.
 */
export function rangeSets(ipam: JsonObject): AddressRange[][] | undefined {
  const written = [...(ipam.subnet ? [[ipam]] : []), ...((ipam.ranges as JsonObject[][] | undefined) ?? [])];
  const sets: AddressRange[][] = [];
  for (const set of written) {
    const ranges = set.map(toRange);
    if (ranges.length === 0 || ranges.includes(undefined)) return undefined;
    sets.push(ranges as AddressRange[]);
  }
  const all = sets.flat();
  const mixed = sets.some((set) => set.some(({ v6 }) => v6 !== set[0]?.v6));
  const overlap = all.some((one, index) => all.some((other, at) => at > index && overlaps(one, other)));
  return sets.length === 0 || mixed || overlap ? undefined : sets;
}

function toRange(conf: JsonObject): AddressRange | undefined {
  const { subnet, rangeStart, rangeEnd, gateway } = conf as Record<string, string | undefined>;
  const [address = '', length = '', more] = (subnet ?? '').split('/');
  if (isIP(address) === 0 || more !== undefined || !/^\d{1,3}$/.test(length)) return undefined;
  const { value: network, v6 } = toAddress(address);
  const bits = v6 ? 128 : 32;
  const prefixLength = Number(length);
  // A network of four addresses has two for pods and gateway.
  if (prefixLength > bits - 2) return undefined;
  const last = network | ((1n << BigInt(bits - prefixLength)) - 1n);
  if (network & (last ^ network)) return undefined;
  const given = (text: string | undefined, otherwise: bigint): bigint => {
    if (!text) return otherwise;
    return isIP(text) === (v6 ? 6 : 4) && !text.includes('%') ? toAddress(text).value : -1n;
  };
  const range = {
    v6,
    prefixLength,
    start: given(rangeStart, network + 1n),
    // The last IPv4 address is the broadcast address.
    end: given(rangeEnd, v6 ? last : last - 1n),
    gateway: given(gateway, network + 1n),
  };
  const inside = (value: bigint): boolean => value >= network && value <= last;
  return inside(range.start) && inside(range.end) && range.start <= range.end && range.gateway >= 0n
    ? range
    : undefined;
}

function overlaps(one: AddressRange, other: AddressRange): boolean {
  return one.v6 === other.v6 && one.start <= other.end && other.start <= one.end;
}

export function rangeOf(set: readonly AddressRange[], { value, v6 }: Address): number {
  return set.findIndex((range) => range.v6 === v6 && value >= range.start && value <= range.end);
}

/** The addresses of a set in the order in which they are tried: round from the one after the last reserved, without gateways. */
export function* candidates(
  set: readonly AddressRange[],
  last: Address | undefined,
): Generator<Address & AddressRange> {
  const found = last === undefined ? -1 : rangeOf(set, last);
  let at = Math.max(found, 0);
  let value = found < 0 ? undefined : last?.value;
  let first: bigint | undefined;
  for (;;) {
    let range = set[at] as AddressRange;
    if (value === undefined) value = range.start;
    else if (value === range.end) {
      at = (at + 1) % set.length;
      range = set[at] as AddressRange;
      value = range.start;
    } else value++;
    if (value === first) return;
    first ??= value;
    if (value !== range.gateway) yield { ...range, value };
  }
}
