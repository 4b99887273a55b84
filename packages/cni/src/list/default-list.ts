import { isIPv6 } from 'node:net';
import { NetworkList } from './network-list.js';
import type { JsonObject, PluginConf } from './plugin-conf.js';

export interface DefaultListOptions {
  /** Default `slipway`. Also the name under which host-local keeps its leases. */
  name?: string | undefined;
  /** The bridge's interface name, at most 15 characters. Default `slipway0`. */
  bridge?: string | undefined;
  /** The pods' IPv4 network in CIDR form; the bridge takes its first address. */
  subnet: string;
  /** An IPv6 network besides. */
  subnet6?: string | undefined;
  /** Publish host ports with portmap. Default true. */
  hostPortSupport?: boolean | undefined;
  /** Limit traffic as pods' annotations ask, with the bandwidth plugin. Default false. */
  bandwidthSupport?: boolean | undefined;
  /** Where host-local keeps its leases. Default: its own, /var/lib/cni/networks. */
  dataDir?: string | undefined;
  mtu?: number | undefined;
  /** Default /opt/cni/bin and /usr/lib/cni. */
  binDirs?: string[] | undefined;
}

/** Where plugins are looked for when nothing is said: upstream's directory, then Debian's. */
export const defaultBinDirs = ['/opt/cni/bin', '/usr/lib/cni'];

/**
 * The list that Slipway ships: bridge with host-local, and portmap for the pods that publish ports.
 *
 * Hairpin mode lets a pod reach itself through a port it publishes. ipMasq is off because the plugin
 * runs iptables nine times a pod for it, and natively once; one rule for the whole subnet does the
 * same, see `ensureMasquerade`.
 */
export function defaultList(options: DefaultListOptions): NetworkList {
  const subnets = [options.subnet, ...(options.subnet6 ? [options.subnet6] : [])];
  const ipam: JsonObject = {
    type: 'host-local',
    ranges: subnets.map((subnet) => [{ subnet }]),
    routes: subnets.map((subnet) => ({ dst: isIPv6(subnet.replace(/\/.*$/, '')) ? '::/0' : '0.0.0.0/0' })),
    ...(options.dataDir && { dataDir: options.dataDir }),
  };
  const plugins: PluginConf[] = [
    {
      type: 'bridge',
      bridge: options.bridge ?? 'slipway0',
      isGateway: true,
      ipMasq: false,
      hairpinMode: true,
      ...(options.mtu && { mtu: options.mtu }),
      ipam,
    },
  ];
  if (options.hostPortSupport !== false) plugins.push({ type: 'portmap', capabilities: { portMappings: true } });
  if (options.bandwidthSupport === true) plugins.push({ type: 'bandwidth', capabilities: { bandwidth: true } });
  return new NetworkList(
    { name: options.name ?? 'slipway', cniVersion: '1.0.0', slipwayOwn: true, plugins },
    options.binDirs ?? defaultBinDirs,
  );
}
