import { hasCode } from '@slipway/linux';
import { addressBytes, isV6, type Link, networkOf, type RouteSocket } from '@slipway/netlink';
import type { Lease } from './leases.js';
import { CniFailure } from './plugin-call.js';
import { setSysctl, trySysctl } from './sysctl.js';

const noMac = '00:00:00:00:00:00';

/** The bridge, which is made where there is none; pods that start concurrently all may try. */
export function ensureBridge(route: RouteSocket, name: string, mtu: number, promiscuous: boolean): Link {
  if (route.links.find(name) === undefined) {
    try {
      route.links.addBridge(name, mtu);
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error;
    }
  }
  const bridge = route.links.find(name);
  if (bridge === undefined) throw new CniFailure(`could not lookup "${name}"`);
  if (bridge.kind !== 'bridge') throw new CniFailure(`"${name}" already exists but is not a bridge`);
  if (promiscuous) route.links.setPromiscuous(bridge.index);
  trySysctl(`ipv6/conf/${name}/accept_ra`, '0');
  if (!bridge.up) route.links.setUp(bridge.index);
  return bridge;
}

/** Makes the bridge the gateway of the pods' networks: addresses, and forwarding of their families. */
export function makeGateway(route: RouteSocket, bridge: Link, leases: readonly Lease[]): void {
  for (const { address, gateway } of leases) {
    ensureAddress(route, bridge, gateway, Number(address.split('/')[1]));
  }
  if (leases.some(({ address }) => !isV6(address))) setSysctl('ipv4/ip_forward', '1');
  if (leases.some(({ address }) => isV6(address))) setSysctl('ipv6/conf/all/forwarding', '1');
}

function ensureAddress(route: RouteSocket, bridge: Link, address: string, prefixLength: number): void {
  for (const old of route.addresses.list(bridge.index)) {
    if (isV6(old.address) !== isV6(address)) continue;
    if (old.address === address && old.prefixLength === prefixLength) return;
    // Several IPv6 networks may be on one bridge.
    if (isV6(address) && !overlap(old.address, address, Math.min(old.prefixLength, prefixLength))) continue;
    throw new CniFailure(`"${bridge.name}" already has an IP address different from ${address}/${prefixLength}`);
  }
  try {
    route.addresses.add(bridge.index, address, prefixLength);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  }
  // A MAC that was set stays; otherwise it is that of the lowest port and changes as pods come and go. Without a port it was none.
  const mac = bridge.mac === noMac ? route.links.find(bridge.index)?.mac : bridge.mac;
  if (mac !== undefined && mac !== noMac) route.links.setMac(bridge.index, mac);
}

function overlap(one: string, other: string, prefixLength: number): boolean {
  return networkOf(addressBytes(one), prefixLength).equals(networkOf(addressBytes(other), prefixLength));
}
