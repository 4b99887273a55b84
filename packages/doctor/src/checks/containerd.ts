import { join } from 'node:path';
import type { Node } from '../examine.js';
import type { Findings } from '../finding.js';
import { at, isTree, textAt, textsAt, type Tree, treeAt } from '../root.js';

const files = [
  '/etc/containerd/config.toml',
  '/var/lib/rancher/k3s/agent/etc/containerd/config.toml',
  '/var/lib/rancher/rke2/agent/etc/containerd/config.toml',
];

/** The names of the CRI plugin's tables: version 1, 2, and 3 (containerd 2), which splits images off. */
const criPlugins = ['io.containerd.grpc.v1.cri', 'cri', 'io.containerd.cri.v1.runtime', 'io.containerd.cri.v1.images'];

/** containerd's config.toml: registries, cgroup driver, runtimes. */
export function checkContainerd(node: Node, findings: Findings): void {
  for (const file of files) {
    const config = node.root.toml(file);
    if (!config) continue;
    const plugins = criPlugins
      .map((name) => treeAt(config, 'plugins', name))
      .filter((one) => Object.keys(one).length > 0);
    if (textsAt(config, 'disabled_plugins').some((name) => criPlugins.includes(name))) {
      findings.note(`${file}: the CRI plugin is disabled`, 'no kubelet uses this containerd by CRI');
    }
    for (const cri of plugins) {
      registryPart(node, file, treeAt(cri, 'registry'), findings);
      runtimePart(node, file, treeAt(cri, 'containerd'), findings);
      const sandbox = textAt(cri, 'sandbox_image') ?? textAt(cri, 'pinned_images', 'sandbox');
      if (sandbox !== undefined)
        findings.note(`${file}: sandbox image ${sandbox}`, "Slipway's infra containers need no image", 'nothing');
      const confDir = textAt(cri, 'cni', 'conf_dir');
      if (confDir !== undefined && confDir !== node.settings.cniConfDir) {
        findings.warning(
          `${file}: cni.conf_dir = ${confDir}`,
          `Slipway looks in ${node.settings.cniConfDir}`,
          `set network.confDir = "${confDir}"`,
        );
      }
      const binDir = textAt(cri, 'cni', 'bin_dir');
      if (binDir !== undefined && !node.settings.cniBinDirs.includes(binDir)) {
        findings.warning(
          `${file}: cni.bin_dir = ${binDir}`,
          `Slipway looks in ${node.settings.cniBinDirs.join(', ')}`,
          `add "${binDir}" to network.binDirs`,
        );
      }
    }
  }
}

function registryPart(node: Node, file: string, registry: Tree, findings: Findings): void {
  const configPath = textAt(registry, 'config_path');
  if (configPath) {
    const directories = configPath.split(':');
    const hosts = directories.flatMap((directory) => node.root.glob(join(directory, '*/hosts.toml')));
    if (directories.includes('/etc/containerd/certs.d'))
      findings.ok(`${file}: config_path = ${configPath} (${hosts.length} hosts.toml), which Slipway reads too`);
    else
      findings.warning(
        `${file}: config_path = ${configPath}`,
        'Slipway reads /etc/slipway/certs.d and /etc/containerd/certs.d',
        `set images.registryDirs = ${JSON.stringify(directories)}`,
      );
  }
  const configs = treeAt(registry, 'configs');
  const mirrors = treeAt(registry, 'mirrors');
  for (const name of new Set([...Object.keys(mirrors), ...Object.keys(configs)])) {
    const insecure = at(configs, name, 'tls', 'insecure_skip_verify') === true;
    const endpoints = textsAt(mirrors, name, 'endpoint');
    if (isTree(at(configs, name, 'auth'))) {
      findings.warning(
        `${file}: credentials for ${name}`,
        'Slipway does not read them there',
        "put them into /etc/slipway/auth.json, in the form of Docker's config.json",
      );
    }
    if (at(configs, name, 'tls', 'ca_file') !== undefined || at(configs, name, 'tls', 'cert_file') !== undefined) {
      findings.warning(
        `${file}: certificates for ${name}`,
        'hosts.toml names them otherwise',
        `put ca = "…" and client = [["…", "…"]] into /etc/containerd/certs.d/${name}/hosts.toml`,
      );
    }
    if (endpoints.length === 0 && !insecure) continue;
    node.registries.push({ registry: name, mirrors: endpoints, insecure });
    findings.warning(
      `${file}: mirrors of ${name} in the old form (${endpoints.join(', ') || 'insecure_skip_verify'})`,
      'Slipway reads hosts.toml alone, and containerd calls the old form deprecated',
      'write the hosts.toml of the steps',
    );
  }
}

function runtimePart(node: Node, file: string, containerd: Tree, findings: Findings): void {
  const chosen = textAt(containerd, 'default_runtime_name') ?? 'runc';
  for (const [name, runtime] of Object.entries(treeAt(containerd, 'runtimes'))) {
    const systemd = at(runtime, 'options', 'SystemdCgroup');
    const driver = systemd === true ? 'systemd' : 'cgroupfs';
    if (
      name === chosen &&
      node.kubelet.found &&
      node.kubelet.runtime === 'containerd' &&
      typeof systemd === 'boolean' &&
      driver !== node.kubelet.cgroupDriver.value
    ) {
      findings.warning(
        `${file}: SystemdCgroup = ${systemd}, the kubelet's driver is ${node.kubelet.cgroupDriver.value}`,
        "the kubelet's counts for Slipway, and from 1.28 it may ask the runtime (KubeletCgroupDriverFromCRI)",
        'find out which of them holds now',
      );
    }
    const binary = textAt(runtime, 'options', 'BinaryName');
    const type = textAt(runtime, 'runtime_type') ?? '';
    if (['runc', 'crun', 'runsc'].includes(name) && binary === undefined) continue;
    findings.note(
      `${file}: runtime ${name} (${[type, binary].filter(Boolean).join(', ')})`,
      /runc\.v|runsc/.test(type)
        ? 'a RuntimeClass may name it as its handler'
        : "a shim of containerd's own cannot run under Slipway; a RuntimeClass may name it",
      /runc\.v|runsc/.test(type)
        ? `add [runtime.handlers.${name}]${binary === undefined ? '' : ` with path = "${binary}"`}`
        : 'keep its pods on other nodes, or write an executor: docs/executor-protocol.md',
    );
  }
  if (chosen !== 'runc')
    findings.note(
      `${file}: default_runtime_name = ${chosen}`,
      'pods without a runtime class run on it',
      `set runtime.defaultHandler = "${chosen}"`,
    );
}
