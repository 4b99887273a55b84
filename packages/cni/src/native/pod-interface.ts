import { isV6, RouteSocket } from '@slipway/netlink';
import { hasPassed } from '@slipway/time';
import type { Lease } from './leases.js';
import { CniFailure, pause, type PluginCall } from './plugin-call.js';
import { setSysctl, trySysctl } from './sysctl.js';

/** A route of a result. */
export interface PodRoute {
  dst: string;
  gw?: string | undefined;
}

/** IPv6 addresses are usable at the next beat of the kernel's work queue. */
const settlePauseMs = 10;

/**
 * Gives the pod's interface addresses and routes, in the thread's net namespace, which must be the pod's.
 * A route without a gateway goes by that of the family's last address, as the plugins' library has it (pkg/ipam,
 * ConfigureIface).
 *
 * @returns the interface's MAC.
 */
export function configurePodInterface({ ifname, deadline }: PluginCall, leases: Lease[], routes: PodRoute[]): string {
  const route = new RouteSocket();
  try {
    const link = route.links.find(ifname);
    if (link === undefined) throw new CniFailure(`${ifname} is not in the pod's namespace`);
    // The lease is ours: nobody else has the address, and nothing needs to wait for finding that out.
    trySysctl(`ipv6/conf/${ifname}/accept_dad`, '0');
    trySysctl(`ipv4/conf/${ifname}/arp_notify`, '1');
    const v6 = leases.some(({ address }) => isV6(address));
    if (v6) {
      for (const name of ['lo', ifname]) setSysctl(`ipv6/conf/${name}/disable_ipv6`, '0');
      setSysctl(`ipv6/conf/${ifname}/keep_addr_on_down`, '1');
    }
    for (const { address } of leases) {
      const [ip = '', length] = address.split('/');
      route.addresses.add(link.index, ip, Number(length));
    }
    route.links.setUp(link.index);
    while (v6 && route.addresses.list(link.index).some(({ tentative }) => tentative)) {
      if (hasPassed(deadline)) throw new CniFailure(`the IPv6 addresses of ${ifname} stay tentative`);
      pause(settlePauseMs);
    }
    for (const { dst, gw } of routes) {
      const gateway = gw ?? leases.findLast(({ address }) => isV6(address) === isV6(dst))?.gateway;
      route.routes.add({ destination: dst, gateway, link: link.index });
    }
    return link.mac;
  } finally {
    route.close();
  }
}

/** Deletes an interface of the thread's net namespace; one that is not there is success. */
export function removePodInterface(ifname: string): void {
  const route = new RouteSocket();
  try {
    const link = route.links.find(ifname);
    if (link !== undefined) route.links.remove(link.index);
  } finally {
    route.close();
  }
}
