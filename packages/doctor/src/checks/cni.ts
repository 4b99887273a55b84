import { join } from 'node:path';
import type { Node } from '../node.js';
import type { Findings } from '../finding.js';
import { listAt, textAt } from '../root.js';

/** The CNI list that pods will get, and its plugins. */
export function checkCni(node: Node, findings: Findings): void {
  const { root, settings, kubelet } = node;
  const { cniConfDir, cniBinDirs, cniOwnList } = settings;
  const files = root.list(cniConfDir).filter((name) => /\.(conflist|conf|json)$/.test(name));
  const first = files[0];
  const plugins: string[] = [];
  if (first === undefined) {
    if (cniOwnList) {
      findings.note(
        `no CNI list in ${cniConfDir}`,
        "Slipway uses a list of its own (network.own), which joins no other node's pods",
        'install the network of your cluster, if it has more than one node',
      );
      plugins.push('bridge', 'host-local', 'portmap', 'loopback');
    } else {
      findings.problem(`no CNI list in ${cniConfDir}`, 'no pod gets a network', 'install the network of your cluster');
    }
  } else {
    const path = join(cniConfDir, first);
    const list = root.json(path);
    if (!list) {
      findings.problem(
        `${path} cannot be read as JSON`,
        'it is the first of the CNI lists, so no pod gets a network',
        'mend or remove it',
      );
    } else {
      const entries = Array.isArray(list['plugins']) ? listAt(list, 'plugins') : [list];
      const types = entries.flatMap((entry) => [textAt(entry, 'type'), textAt(entry, 'ipam', 'type')]);
      plugins.push(...types.filter((type) => type !== undefined));
      findings.ok(`CNI: ${path} (${textAt(list, 'name') ?? 'without name'}): ${plugins.join(', ')}`);
      reportForms(node, path, list, findings);
    }
    if (files.length > 1)
      findings.note(
        `${files.slice(1).join(', ')} in ${cniConfDir} too`,
        'only the first list in order of names is used',
      );
  }
  if (!root.live && !cniBinDirs.some((directory) => root.exists(directory))) {
    findings.note(
      `CNI plugins were not looked at: the tree has none of ${cniBinDirs.join(', ')}`,
      'the list calls them',
    );
    plugins.length = 0;
  }
  for (const plugin of new Set(plugins)) {
    if (cniBinDirs.some((directory) => root.isExecutable(join(directory, plugin)))) continue;
    findings.problem(
      `no CNI plugin ${plugin} in ${cniBinDirs.join(', ')}`,
      'the list calls it: no pod gets a network',
      'install it, or name its directory in network.binDirs',
    );
  }
  const network = kubelet.flags.get('network-plugin')?.value;
  if (kubelet.runtime === 'dockershim' && network !== 'cni') {
    findings.warning(
      `the kubelet's network plugin is ${network ?? 'not set (noop)'}`,
      'pods are on a network that dockershim or Docker makes; with any other runtime CNI alone counts',
      'install a CNI network before you move',
    );
  }
  if (kubelet.distribution === 'k3s' && first === undefined) {
    findings.note(
      `k3s keeps its CNI lists below /var/lib/rancher`,
      `Slipway looks in ${cniConfDir}`,
      `set network.confDir = "/var/lib/rancher/k3s/agent/etc/cni/net.d" and network.binDirs to the directory of its plugins`,
    );
  }
}

/** Which plugins of the list run natively, and why the others run as programs, which cost each pod more time. */
function reportForms({ settings, probes }: Node, path: string, list: unknown, findings: Findings): void {
  const forms = probes.pluginForms?.(list);
  if (forms === undefined) return;
  if (!settings.cniNative) {
    findings.ok(`${path}: every plugin runs as a program`, 'network.native is off');
    return;
  }
  const native = forms.filter(({ obstacle }) => obstacle === undefined).map(({ type }) => type);
  if (native.length > 0) {
    findings.ok(
      `${path}: ${native.join(', ')} ${native.length === 1 ? 'runs' : 'run'} natively`,
      'their settings are known; a program in network.binDirs that is not the reference plugin would run instead',
    );
  }
  const others = forms.filter(({ obstacle }) => obstacle !== undefined);
  if (others.length === 0) return;
  findings.note(
    `${path}: ${others.map(({ type }) => type).join(', ')} ${others.length === 1 ? 'runs as a program' : 'run as programs'}`,
    `a program takes a pod longer than a native plugin (${others.map(({ obstacle }) => obstacle).join('; ')})`,
  );
}
