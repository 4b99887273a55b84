import { isV6 } from '@slipway/netlink';
import type { JsonObject } from '../list/plugin-conf.js';
import {
  comment,
  hostPrefix,
  networkText,
  type PodAddress,
  podAddressesOf,
  type PodChain,
  podChain,
  type SharedChain,
  unique,
} from './nat-rules.js';
import type { PluginCall } from './plugin-call.js';

/** A published port as `configuration.ts` has checked it. */
export interface PublishedPort {
  hostPort: number;
  containerPort: number;
  protocol: 'tcp' | 'udp' | 'sctp';
  hostIP?: string;
}

// The chains of the reference plugin (plugins/meta/portmap):
//   PREROUTING, OUTPUT ──▶ CNI-HOSTPORT-DNAT ──▶ CNI-DN-<hash> of a pod ──▶ CNI-HOSTPORT-SETMARK, DNAT
//   POSTROUTING ──▶ CNI-HOSTPORT-MASQ, which masquerades what has the mark
const dnatChain = 'CNI-HOSTPORT-DNAT';
const markChain = 'CNI-HOSTPORT-SETMARK';
const masqueradeChain = 'CNI-HOSTPORT-MASQ';
const defaultMarkBit = 13;
/** The most that one rule with the match `multiport` holds (xt_multiport). */
const portsOfRule = 15;
/** Longer comments are cut by the plugin, which keeps so many characters before "...". */
const commentSize = { most: 255, kept: 253 };

/**
 * The chains by which ports of the host lead to the pod.
 *
 * @param result of the plugin before: it has the pod's addresses.
 */
export function portChains(call: PluginCall, result: JsonObject): PodChain[] {
  return portTargets(result, call.ifname).map((address) => chainOf(call, address));
}

export const portChainName = ({ conf, containerId }: PluginCall): string =>
  podChain('CNI-DN-', conf.name as string, containerId);

/** The first address of each family: the one that ports lead to. */
export function portTargets(result: JsonObject, ifname: string): PodAddress[] {
  const addresses = podAddressesOf(result, ifname);
  return [false, true].flatMap((v6) => addresses.find((address) => address.v6 === v6) ?? []);
}

export function publishedPorts({ conf }: PluginCall): PublishedPort[] {
  return (conf.runtimeConfig as { portMappings: PublishedPort[] }).portMappings;
}

/** Whether packets from the host itself and from the pod are masqueraded on their way to a port. */
export const masquerades = ({ conf }: PluginCall): boolean => conf.snat !== false;

function chainOf(call: PluginCall, address: PodAddress): PodChain {
  const { conf, containerId } = call;
  const name = portChainName(call);
  const ports = publishedPorts(call);
  const rules = ports
    .filter(({ hostIP }) => !hostIP || isV6(hostIP) === address.v6)
    .flatMap((port) => portRules(call, address, port));
  const words = comment(trimmed(`dnat name: "${conf.name as string}" id: "${containerId}"`));
  const entries = unique(ports.map(({ protocol }) => protocol))
    .sort()
    .flatMap((protocol) => {
      const hostPorts = ports.filter((port) => port.protocol === protocol).map(({ hostPort }) => hostPort);
      return chunks(hostPorts).map((some) => ({
        chain: dnatChain,
        rule: `-p ${protocol} ${words} -m multiport --dports ${some.join(',')} -j ${name}`,
      }));
    });
  return { v6: address.v6, name, rules: unique(rules), entries: unique(entries), shared: sharedChains(call) };
}

/** What comes from the pod's network or from the host's loopback gets the mark first; then the port leads to the pod. */
function portRules(
  call: PluginCall,
  address: PodAddress,
  { hostPort, containerPort, protocol, hostIP }: PublishedPort,
): string[] {
  const unspecified = !hostIP || hostIP === '0.0.0.0' || hostIP === '::';
  const to = unspecified ? '' : `-d ${hostPrefix({ v6: address.v6, ip: hostIP })} `;
  const match = `${to}-p ${protocol} -m ${protocol} --dport ${hostPort}`;
  const mark = (call.conf.externalSetMarkChain as string | undefined) ?? markChain;
  const sources = masquerades(call) ? [networkText(address), ...(address.v6 ? [] : ['127.0.0.1/32'])] : [];
  const target = `${address.v6 ? `[${address.ip}]` : address.ip}:${containerPort}`;
  return [
    ...sources.map((source) => `-s ${source} ${match} -j ${mark}`),
    `${match} -j DNAT --to-destination ${target}`,
  ];
}

function sharedChains(call: PluginCall): SharedChain[] {
  const { conf } = call;
  const local = '-m addrtype --dst-type LOCAL';
  const entries = ['PREROUTING', 'OUTPUT'].map((chain) => {
    return { chain, rule: `${local} -j ${dnatChain}`, first: false };
  });
  const dnat = { name: dnatChain, rules: [], entries };
  if (!masquerades(call) || conf.externalSetMarkChain !== undefined) return [dnat];
  const mark = `0x${(2 ** ((conf.markMasqBit as number | undefined) ?? defaultMarkBit)).toString(16)}`;
  const entry = `${comment('CNI portfwd requiring masquerade')} -j ${masqueradeChain}`;
  return [
    {
      name: markChain,
      rules: [`${comment('CNI portfwd masquerade mark')} -j MARK --set-xmark ${mark}/${mark}`],
      entries: [],
    },
    {
      name: masqueradeChain,
      rules: [`-m mark --mark ${mark}/${mark} -j MASQUERADE`],
      entries: [{ chain: 'POSTROUTING', rule: entry, first: true }],
    },
    dnat,
  ];
}

function trimmed(text: string): string {
  return text.length <= commentSize.most ? text : `${text.slice(0, commentSize.kept)}...`;
}

function chunks(ports: number[]): number[][] {
  const out: number[][] = [];
  for (let at = 0; at < ports.length; at += portsOfRule) out.push(ports.slice(at, at + portsOfRule));
  return out;
}
