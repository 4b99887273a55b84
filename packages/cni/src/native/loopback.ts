import { inNetNamespace } from '@slipway/linux';
import { RouteSocket } from '@slipway/netlink';
import type { JsonObject } from '../list/plugin-conf.js';
import { toVersion } from '../plugin/result.js';
import { CniFailure, type PluginCall } from './plugin-call.js';

/** ADD of `loopback`: lo is up. DEL leaves it: it goes with the namespace. */
export function addLoopback({ netns, conf }: PluginCall): JsonObject {
  const { mac, addresses } = inNetNamespace(netns, () => {
    const route = new RouteSocket();
    try {
      const lo = route.links.find('lo');
      if (lo === undefined) throw new CniFailure('the namespace has no lo');
      route.links.setUp(lo.index);
      return { mac: lo.mac, addresses: route.addresses.list(lo.index) };
    } finally {
      route.close();
    }
  });
  if (conf.prevResult) return conf.prevResult as JsonObject;
  const result = {
    cniVersion: '1.0.0',
    interfaces: [{ name: 'lo', mac, sandbox: netns }],
    ips: addresses.map(({ address, prefixLength }) => ({ interface: 0, address: `${address}/${prefixLength}` })),
    dns: {},
  };
  return toVersion(result, conf.cniVersion as string);
}
