import { builtInHandlers } from '@slipway/config';
import { kindOf } from '../config-draft.js';
import type { Node } from '../node.js';
import { carriedCrio } from '../facts/carried-settings.js';
import { crioSettings } from '../facts/crio-settings.js';
import type { Findings } from '../finding.js';
import { carrySettings } from './carried.js';
import { tellUncarried } from './uncarried.js';
import { at, listAt, textAt, textsAt, treeAt } from '../root.js';

/** CRI-O's crio.conf with its drop-ins, and the registries.conf that it shares with Podman. */
export function checkCrio(node: Node, findings: Findings): void {
  const { root, kubelet, settings } = node;
  const files = ['/etc/crio/crio.conf', ...root.glob('/etc/crio/crio.conf.d/*')];
  let seen = false;
  for (const file of files) {
    const config = root.toml(file);
    if (!config) continue;
    seen = true;
    const counts = kubelet.runtime === 'crio';
    if (counts) {
      const own = treeAt(config, 'crio');
      const carried = carrySettings(node.draft, findings, file, own, carriedCrio, crioSettings.defaults);
      tellUncarried(findings, file, own, crioSettings, carried);
    }
    const runtime = treeAt(config, 'crio', 'runtime');
    const manager = textAt(runtime, 'cgroup_manager');
    if (manager !== undefined && kubelet.found && manager !== kubelet.cgroupDriver.value) {
      findings.warning(
        `${file}: cgroup_manager = ${manager}, the kubelet's driver is ${kubelet.cgroupDriver.value}`,
        "the kubelet's counts for Slipway",
        `set cgroup.driver = "${kubelet.cgroupDriver.value}"`,
      );
    } else if (manager !== undefined) {
      findings.ok(`${file}: cgroup_manager = ${manager} becomes cgroup.driver = "${manager}"`);
    }
    const chosen = textAt(runtime, 'default_runtime');
    if (chosen !== undefined)
      findings.note(
        `${file}: default_runtime = ${chosen}`,
        'pods without a runtime class run on it',
        `set runtime.defaultHandler = "${chosen}"`,
      );
    if (chosen !== undefined && counts) node.draft.defaultHandler = chosen;
    for (const [name, table] of Object.entries(treeAt(runtime, 'runtimes'))) {
      const path = textAt(table, 'runtime_path') || undefined;
      const kind = kindOf(path ?? name);
      const type = textAt(table, 'runtime_type');
      if (type !== undefined && type !== '' && type !== 'oci') {
        findings.warning(
          `${file}: runtime ${name} (runtime_type = ${type}) is not carried over`,
          "a shim or another kind of CRI-O's own cannot run under Slipway; a RuntimeClass may name it",
          'keep its pods on other nodes, or write an executor: docs/executor-protocol.md',
        );
        if (node.draft.defaultHandler === name) node.draft.defaultHandler = undefined;
        continue;
      }
      const passAnnotations = textsAt(table, 'allowed_annotations').filter(
        (key) => !/io\.kubernetes\.cri-o\./.test(key),
      );
      if (builtInHandlers.some((own) => own === name) && !path && passAnnotations.length === 0) continue;
      const taken = !counts || node.draft.addHandler(name, { kind, path, passAnnotations });
      findings[taken ? 'note' : 'warning'](
        `${file}: runtime ${name}${path ? ` (${path})` : ''}`,
        'a RuntimeClass may name it as its handler',
        taken
          ? `add [runtime.handlers.${name}] with kind = "${kind}"${path ? ` and path = "${path}"` : ''}`
          : 'no handler of Slipway can have this name: add one with another name, and name that in the RuntimeClass',
      );
    }
    const limit = at(runtime, 'pids_limit');
    if (limit !== undefined)
      findings.note(
        `${file}: pids_limit = ${JSON.stringify(limit)}`,
        'the kubelet says how many processes a pod has',
        'set podPidsLimit in its configuration',
      );
    const ulimits = textsAt(runtime, 'default_ulimits');
    if (ulimits.length > 0)
      findings.note(
        `${file}: default_ulimits = ${ulimits.join(', ')}`,
        "the CRI has no ulimits: containers inherit those of Slipway's processes",
        "set them as Limit…= in Slipway's unit",
      );
    const confDir = textAt(config, 'crio', 'network', 'network_dir');
    if (confDir !== undefined && confDir.replace(/\/$/, '') !== settings.cniConfDir)
      findings.warning(
        `${file}: network_dir = ${confDir}`,
        `Slipway looks in ${settings.cniConfDir}`,
        `set network.confDir = "${confDir}"`,
      );
    if (!counts) continue;
    if (confDir !== undefined) node.draft.confDir = confDir.replace(/\/$/, '');
    const binDirs = textsAt(config, 'crio', 'network', 'plugin_dirs').map((path) => path.replace(/(.)\/$/, '$1'));
    if (binDirs.length > 0) node.draft.binDirs = [...new Set([...binDirs, ...settings.cniBinDirs])];
    const image = treeAt(config, 'crio', 'image');
    for (const one of textsAt(image, 'pinned_images')) node.draft.pinned.add(one);
    for (const registry of textsAt(image, 'insecure_registries')) insecurePart(node, file, registry, findings);
  }
  if (kubelet.runtime === 'crio') policyPart(node, findings);
  if (!seen && !root.exists('/etc/crio') && kubelet.runtime !== 'crio') return;
  for (const file of ['/etc/containers/registries.conf', ...root.glob('/etc/containers/registries.conf.d/*.conf')]) {
    const config = root.toml(file);
    for (const registry of listAt(config, 'registry')) {
      const name = textAt(registry, 'prefix') ?? textAt(registry, 'location');
      const mirrors = listAt(registry, 'mirror').flatMap((mirror) => textAt(mirror, 'location') ?? []);
      const insecure = at(registry, 'insecure') === true;
      if (at(registry, 'blocked') === true) {
        findings.warning(
          `${file}: ${name ?? '?'} is blocked`,
          'hosts.toml cannot block a registry',
          'block it by a policy: docs/image-verification.md',
        );
      }
      if (name === undefined || (mirrors.length === 0 && !insecure)) continue;
      if (name.includes('/') || name.includes('*')) {
        findings.warning(
          `${file}: ${name} is not carried over`,
          'hosts.toml knows hosts, not paths below them or patterns',
          'write one for its host',
        );
        continue;
      }
      const unchecked = listAt(registry, 'mirror').filter((mirror) => at(mirror, 'insecure') === true);
      node.registries.push({
        registry: name,
        mirrors: mirrors.map((mirror) => `https://${mirror}`),
        insecure,
        insecureMirrors: unchecked.flatMap((mirror) => {
          const location = textAt(mirror, 'location');
          return location === undefined ? [] : [`https://${location}`];
        }),
      });
      findings.note(
        `${file}: ${name}: ${mirrors.join(', ') || 'insecure'}`,
        'Slipway reads hosts.toml alone',
        'write the hosts.toml of the steps',
      );
    }
  }
  const search = root.toml('/etc/containers/registries.conf')?.['unqualified-search-registries'];
  if (Array.isArray(search) && search.some((one) => one !== 'docker.io')) {
    findings.warning(
      `unqualified-search-registries = ${JSON.stringify(search)}`,
      'an image without a registry is of docker.io for Slipway',
      'write whole names into pods',
    );
  }
}

function insecurePart(node: Node, file: string, registry: string, findings: Findings): void {
  if (registry.includes('/') || registry.includes('*')) {
    findings.warning(
      `${file}: insecure_registries has ${registry}, which is not carried over`,
      'hosts.toml knows hosts, not networks or patterns',
      'write a hosts.toml for each registry in it',
    );
    return;
  }
  node.registries.push({ registry, mirrors: [], insecure: true });
  findings.note(
    `${file}: insecure_registries has ${registry}`,
    'its certificate would be refused, or plain HTTP not tried',
    'write the hosts.toml of the steps',
  );
}

/** containers-policy.json(5): Slipway has a form of its own. */
function policyPart({ root }: Node, findings: Findings): void {
  const file = '/etc/containers/policy.json';
  const policy = root.json(file);
  if (!policy) return;
  const open = JSON.stringify(policy['default']) === '[{"type":"insecureAcceptAnything"}]';
  const transports = Object.values(treeAt(policy, 'transports')).flatMap((scopes) => Object.values(scopes as object));
  const strict = transports.filter((rules) => JSON.stringify(rules) !== '[{"type":"insecureAcceptAnything"}]');
  if (open && strict.length === 0) return;
  findings.warning(
    `${file}: ${open ? `${strict.length} rules` : 'its default'} is not carried over`,
    'images that it refuses would be pulled',
    'write images.signaturePolicy before the node is moved: docs/image-verification.md',
  );
}
