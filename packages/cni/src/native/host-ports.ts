import { ConntrackSocket, RouteSocket } from '@slipway/netlink';
import type { JsonObject } from '../list/plugin-conf.js';
import type { PluginCall } from './plugin-call.js';
import { masquerades, portTargets, publishedPorts } from './port-rules.js';
import { setSysctl } from './sysctl.js';

/** Whether {@link openHostPorts} has anything to do. */
export function needsOpening(call: PluginCall): boolean {
  const targets = portTargets(call.conf.prevResult as JsonObject, call.ifname);
  return (masquerades(call) && targets.some(({ v6 }) => !v6)) || publishedPorts(call).some(isUdp);
}

/**
 * ADD of `portmap` besides its rules: packets from 127.0.0.1 may leave by the interface that leads to the pod, and UDP
 * flows that a former owner of a port had do not lead to it any longer. TCP's end by themselves.
 */
export function openHostPorts(call: PluginCall): void {
  const targets = portTargets(call.conf.prevResult as JsonObject, call.ifname);
  if (masquerades(call)) for (const { v6, ip } of targets) if (!v6) allowLocalSources(ip);
  const ports = publishedPorts(call).filter(isUdp);
  if (ports.length === 0) return;
  let conntrack: ConntrackSocket | undefined;
  try {
    conntrack = new ConntrackSocket();
    for (const { v6 } of targets) conntrack.deleteUdpTo(v6, new Set(ports.map(({ hostPort }) => hostPort)));
  } catch {
    // A kernel without ctnetlink: the flows end when they were idle for long enough. The program passes it over, too.
  } finally {
    conntrack?.close();
  }
}

const isUdp = ({ protocol }: { protocol: string }): boolean => protocol === 'udp';

function allowLocalSources(ip: string): void {
  const route = new RouteSocket();
  try {
    const link = route.routes.linkTo(ip);
    const name = link === undefined ? undefined : route.links.find(link)?.name;
    if (name !== undefined) setSysctl(`ipv4/conf/${name}/route_localnet`, '1');
  } finally {
    route.close();
  }
}
