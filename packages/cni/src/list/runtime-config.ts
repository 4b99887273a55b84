import { isIP } from 'node:net';
import { SlipwayError } from '@slipway/errors';
import { declaredCapabilities, type NetworkList } from './network-list.js';
import type { AttachOptions, PortMapping } from '../types.js';
import type { JsonObject, PluginConf } from './plugin-conf.js';

/** The values for the capabilities that the pod uses, by capability name (CNI CONVENTIONS.md, "Well-known Capabilities"). */
export function capabilityArgs(options: AttachOptions): JsonObject {
  const args: JsonObject = { ...options.capabilityArgs };
  const ports = publishedPorts(options.portMappings ?? []);
  if (ports.length > 0) args.portMappings = ports;
  if (options.bandwidth !== undefined && Object.values(options.bandwidth).some((rate) => (rate ?? 0) > 0)) {
    args.bandwidth = options.bandwidth;
  }
  if (options.dns !== undefined) {
    const { nameservers, search, options: settings, domain } = options.dns;
    // The convention's names are not those of a result: "servers" and "searches".
    args.dns = {
      servers: nameservers ?? [],
      searches: search ?? [],
      options: settings ?? [],
      ...(domain && { domain }),
    };
  }
  return args;
}

/** Port mappings as the portmap plugin takes them; a pod's container ports without a host port are not among them. */
function publishedPorts(mappings: PortMapping[]): JsonObject[] {
  return mappings
    .filter(({ hostPort }) => hostPort > 0)
    .map(({ hostPort, containerPort, protocol, hostIP }) => {
      const proto = (protocol || 'tcp').toLowerCase();
      if (!['tcp', 'udp', 'sctp'].includes(proto))
        throw invalid(`port mapping protocol ${protocol} is not tcp, udp or sctp`);
      for (const port of [hostPort, containerPort]) {
        if (!Number.isInteger(port) || port < 1 || port > 65535)
          throw invalid(`port mapping port ${port} is not 1 to 65535`);
      }
      if (hostIP && isIP(hostIP) === 0) throw invalid(`port mapping host IP ${hostIP} is not an IP address`);
      return { hostPort, containerPort, protocol: proto, ...(hostIP && { hostIP }) };
    });
}

/**
 * The plugins to run for this pod. In the list that Slipway ships, a chained plugin that has
 * nothing but capabilities to work on is left out when the pod uses none of them: portmap without
 * a port costs two process starts for nothing.
 */
export function effectivePlugins(list: NetworkList, args: JsonObject): PluginConf[] {
  if (!list.own) return [...list.plugins];
  return list.plugins.filter((plugin, index) => {
    const capabilities = declaredCapabilities(plugin);
    return index === 0 || capabilities.length === 0 || capabilities.some((name) => args[name] !== undefined);
  });
}

/** `runtimeConfig` of one plugin: the values of the capabilities that it declares. */
export function runtimeConfig(plugin: PluginConf, args: JsonObject): JsonObject | undefined {
  const entries = declaredCapabilities(plugin)
    .filter((name) => args[name] !== undefined)
    .map((name) => [name, args[name]] as const);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function invalid(problem: string): SlipwayError {
  return new SlipwayError('INVALID_REQUEST', problem);
}
