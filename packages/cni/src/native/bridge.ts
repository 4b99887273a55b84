import { randomBytes } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { hasCode, inNetNamespace } from '@slipway/linux';
import { isV6, type Link, RouteSocket } from '@slipway/netlink';
import { hasPassed } from '@slipway/time';
import type { JsonObject } from '../list/plugin-conf.js';
import { toVersion } from '../plugin/result.js';
import { ensureBridge, makeGateway } from './bridge-device.js';
import { type Lease, releaseAddresses, reserveAddresses } from './leases.js';
import { CniFailure, pause, type PluginCall } from './plugin-call.js';
import { configurePodInterface, type PodRoute, removePodInterface } from './pod-interface.js';
import { trySysctl } from './sysctl.js';

const defaultBridge = 'cni0';
/** IF_OPER_UP, linux/if.h. */
const operUp = 6;
/** Names of the host's ends are random; so many tries find a free one. */
const nameTries = 10;
const settlePauseMs = 1;

/** The last step of ADD that was done; undoing leaves alone what was there before. */
export interface BridgeProgress {
  veth: boolean;
}

/**
 * ADD of `bridge` with `host-local`: a veth between the pod and a port of the bridge, addresses, routes, gateway.
 * The state that it leaves on the host, and the result, are those of the reference plugins
 * (github.com/containernetworking/plugins), so that their DEL and CHECK work on it.
 */
export function addBridge(call: PluginCall, progress: BridgeProgress): JsonObject {
  const { conf } = call;
  const ipam = conf.ipam as JsonObject;
  const route = new RouteSocket();
  try {
    const name = (conf.bridge as string | undefined) || defaultBridge;
    const bridge = ensureBridge(route, name, (conf.mtu as number | undefined) ?? 0, conf.promiscMode === true);
    const veth = addVeth(route, call, bridge);
    progress.veth = true;
    trySysctl(`ipv6/conf/${veth.name}/accept_ra`, '0');
    if (conf.hairpinMode === true) route.links.setHairpin(veth.index);
    const leases = reserveAddresses(call, ipam);
    const routes = [...((ipam.routes as PodRoute[] | undefined) ?? [])];
    if (conf.isDefaultGateway === true) routes.push(...defaultRoutes(leases, routes));
    const mac = inNetNamespace(call.netns, () => configurePodInterface(call, leases, routes));
    if (conf.isGateway === true || conf.isDefaultGateway === true) makeGateway(route, bridge, leases);
    waitForPort(route, veth, call);
    const macs = [bridge, veth].map((link) => ({ name: link.name, mac: route.links.find(link.name)?.mac ?? link.mac }));
    return toResult(conf, [...macs, { name: call.ifname, mac, sandbox: call.netns }], leases, routes);
  } finally {
    route.close();
  }
}

/** DEL of the same, of whatever part of it is there: the interface, then the addresses, which are free when nothing has them. */
export function deleteBridge(call: PluginCall): void {
  if (call.netns !== '') inNetNamespace(call.netns, () => removePodInterface(call.ifname));
  releaseAddresses(call, call.conf.ipam as JsonObject);
}

function addVeth(route: RouteSocket, { conf, netns, ifname }: PluginCall, bridge: Link): Link {
  const netnsFd = openSync(netns, 'r');
  try {
    for (let tries = 1; ; tries++) {
      const name = `veth${randomBytes(4).toString('hex')}`;
      const mac = (conf.runtimeConfig as { mac?: string } | undefined)?.mac;
      try {
        const mtu = (conf.mtu as number | undefined) || undefined;
        route.links.addVeth({ name, peer: { name: ifname, netnsFd, mac }, mtu, master: bridge.index });
      } catch (error) {
        if (!hasCode(error, 'EEXIST')) throw error;
        if (route.links.find(name) !== undefined && tries < nameTries) continue;
        throw new CniFailure(`container veth name provided (${ifname}) already exists`);
      }
      const veth = route.links.find(name);
      if (veth === undefined) throw new CniFailure(`the pod's namespace ended while ${ifname} was being made`);
      return veth;
    }
  } finally {
    closeSync(netnsFd);
  }
}

/** isDefaultGateway: a default route of each family that has none with a gateway. */
function defaultRoutes(leases: readonly Lease[], routes: readonly PodRoute[]): PodRoute[] {
  return ['0.0.0.0/0', '::/0'].flatMap((dst) => {
    const gw = leases.find(({ address }) => isV6(address) === isV6(dst))?.gateway;
    return gw === undefined || routes.some((route) => route.dst === dst && route.gw !== undefined) ? [] : [{ dst, gw }];
  });
}

/** Until the bridge forwards the port's frames. */
function waitForPort(route: RouteSocket, veth: Link, { deadline }: PluginCall): void {
  for (;;) {
    const state = route.links.find(veth.index)?.operState;
    if (state === operUp) return;
    if (state === undefined || hasPassed(deadline))
      throw new CniFailure(`bridge port in error state: ${state ?? 'gone'}`);
    pause(settlePauseMs);
  }
}

/** CNI spec 1.0 section 5, "ADD Success". */
function toResult(conf: JsonObject, interfaces: JsonObject[], leases: Lease[], routes: PodRoute[]): JsonObject {
  const result = {
    cniVersion: '1.0.0',
    interfaces,
    ips: leases.map(({ address, gateway }) => ({ interface: interfaces.length - 1, address, gateway })),
    ...(routes.length > 0 && { routes }),
    dns: conf.dns ?? {},
  };
  return toVersion(result, conf.cniVersion as string);
}
