import type { JsonObject } from '../list/plugin-conf.js';
import {
  comment,
  hostPrefix,
  networkText,
  type PodAddress,
  podAddressesOf,
  type PodChain,
  podChain,
  unique,
} from './nat-rules.js';
import type { PluginCall } from './plugin-call.js';

const entryChain = 'POSTROUTING';
const multicast = { v4: '224.0.0.0/4', v6: 'ff00::/8' };

/**
 * ipMasq: packets of the pod that leave its network get the host's address. The chain, its comment and its rules are
 * those of the reference plugins (pkg/ip, SetupIPMasq): `CNI-<hash>`, entered from POSTROUTING.
 *
 * @param result of the plugin: it has the pod's addresses.
 */
export function masqueradeChains(call: PluginCall, result: JsonObject): PodChain[] {
  const addresses = podAddressesOf(result, call.ifname);
  return [false, true].flatMap((v6) => {
    const own = addresses.filter((address) => address.v6 === v6);
    return own.length === 0 ? [] : [chainOf(call, v6, own)];
  });
}

export const masqueradeChainName = ({ conf, containerId }: PluginCall): string =>
  podChain('CNI-', conf.name as string, containerId);

function chainOf(call: PluginCall, v6: boolean, addresses: PodAddress[]): PodChain {
  const { conf, containerId } = call;
  const network = conf.name as string;
  const name = masqueradeChainName(call);
  const words = comment(`name: "${network}" id: "${containerId}"`);
  const rules = addresses.flatMap((address) => [
    `-d ${networkText(address)} ${words} -j ACCEPT`,
    `! -d ${v6 ? multicast.v6 : multicast.v4} ${words} -j MASQUERADE`,
  ]);
  const entries = addresses.map((address) => {
    return { chain: entryChain, rule: `-s ${hostPrefix(address)} ${words} -j ${name}` };
  });
  return { v6, name, rules: unique(rules), entries: unique(entries), shared: [] };
}
