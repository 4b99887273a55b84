import type { Node } from '../examine.js';
import type { Findings } from '../finding.js';
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
    for (const [name, table] of Object.entries(treeAt(runtime, 'runtimes'))) {
      const path = textAt(table, 'runtime_path');
      if (['runc', 'crun', 'runsc'].includes(name) && !path) continue;
      findings.note(
        `${file}: runtime ${name}${path ? ` (${path})` : ''}`,
        'a RuntimeClass may name it as its handler',
        `add [runtime.handlers.${name}]${path ? ` with path = "${path}"` : ''}`,
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
  }
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
          `${file}: ${name}`,
          'hosts.toml knows hosts, not paths below them or patterns',
          'write one for its host',
        );
        continue;
      }
      const host = mirrors.filter((mirror) => !mirror.includes('/'));
      if (host.length < mirrors.length)
        findings.warning(
          `${file}: mirrors of ${name} with a path`,
          'in hosts.toml such a mirror is https://host/v2/path with override_path = true',
          'write it by hand',
        );
      node.registries.push({ registry: name, mirrors: host.map((mirror) => `https://${mirror}`), insecure });
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
