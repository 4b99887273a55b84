import { join } from 'node:path';
import { builtInHandlers } from '@slipway/config';
import type { RuntimeKind } from '@slipway/runtime-kinds';
import { kindOf } from '../config-draft.js';
import type { Node } from '../node.js';
import { carriedContainerdCri, carriedContainerdNri, carriedContainerdVerifier } from '../facts/carried-settings.js';
import { containerdCri, containerdTop } from '../facts/containerd-settings.js';
import type { Findings } from '../finding.js';
import { carrySettings } from './carried.js';
import { tellUncarried } from './uncarried.js';
import { at, isTree, textAt, textsAt, type Tree, treeAt } from '../root.js';

const files = [
  '/etc/containerd/config.toml',
  '/var/lib/rancher/k3s/agent/etc/containerd/config.toml',
  '/var/lib/rancher/rke2/agent/etc/containerd/config.toml',
];

/** Those that Slipway looks in by itself. */
const registryDirs = ['/etc/slipway/certs.d', '/etc/containerd/certs.d'];

/** The names of the CRI plugin's tables: version 1, 2, and 3 (containerd 2), which splits images off. */
const criPlugins = ['io.containerd.grpc.v1.cri', 'cri', 'io.containerd.cri.v1.runtime', 'io.containerd.cri.v1.images'];

/** Whether the kubelet's containerd reads this file: what others are set to is not carried over. */
function seenBy({ kubelet }: Node, file: string): boolean {
  if (kubelet.runtime !== 'containerd') return false;
  const rancher = /^\/var\/lib\/rancher\/(\w+)\//.exec(file)?.[1];
  return (rancher ?? 'plain') === (['k3s', 'rke2'].includes(kubelet.distribution) ? kubelet.distribution : 'plain');
}

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
    if (seenBy(node, file)) {
      tellUncarried(findings, file, config, containerdTop);
      const plugin = (name: string): Tree => treeAt(config, 'plugins', name);
      carrySettings(node.draft, findings, file, plugin('io.containerd.nri.v1.nri'), carriedContainerdNri);
      const verifier = plugin('io.containerd.image-verifier.v1.bindir');
      carrySettings(node.draft, findings, file, verifier, carriedContainerdVerifier);
    }
    for (const cri of plugins) {
      if (seenBy(node, file)) {
        const { defaults } = containerdCri;
        const carried = carrySettings(node.draft, findings, file, cri, carriedContainerdCri, defaults);
        tellUncarried(findings, file, cri, containerdCri, carried);
      }
      const template = textAt(cri, 'cni', 'conf_template');
      if (template) node.draft.confTemplate = template;
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
        if (seenBy(node, file)) node.draft.confDir = confDir;
      }
      const one = textAt(cri, 'cni', 'bin_dir');
      // containerd 2.1 takes several.
      const binDirs = [...textsAt(cri, 'cni', 'bin_dirs'), ...(one === undefined ? [] : [one])];
      const more = binDirs.filter((path) => !node.settings.cniBinDirs.includes(path));
      if (more.length > 0) {
        findings.warning(
          `${file}: cni.bin_dir = ${more.join(', ')}`,
          `Slipway looks in ${node.settings.cniBinDirs.join(', ')}`,
          `add ${more.map((path) => JSON.stringify(path)).join(', ')} to network.binDirs`,
        );
        if (seenBy(node, file)) node.draft.binDirs = [...more, ...node.settings.cniBinDirs];
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
    if (!directories.every((directory) => registryDirs.includes(directory)) && seenBy(node, file)) {
      node.draft.registryDirs = [...new Set(['/etc/slipway/certs.d', ...directories])];
    }
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

/** Slipway's handler for a runtime of containerd: undefined for a shim that no handler can replace. */
function handlerOf(runtime: unknown): { kind: RuntimeKind; path: string | undefined } | undefined {
  const type = textAt(runtime, 'runtime_type') ?? 'io.containerd.runc.v2';
  const path = textAt(runtime, 'options', 'BinaryName') || undefined;
  if (/runsc/.test(type)) return { kind: 'runsc', path };
  if (!/\.runc\.v\d$|^io\.containerd\.runtime\.v1\.linux$/.test(type)) return undefined;
  return { kind: kindOf(path ?? 'runc'), path };
}

function runtimePart(node: Node, file: string, containerd: Tree, findings: Findings): void {
  const chosen = textAt(containerd, 'default_runtime_name') ?? 'runc';
  const counts = seenBy(node, file);
  for (const [name, runtime] of Object.entries(treeAt(containerd, 'runtimes'))) {
    driverPart(node, file, runtime, name === chosen, findings);
    const type = textAt(runtime, 'runtime_type') ?? '';
    const handler = handlerOf(runtime);
    if (!handler) {
      findings.warning(
        `${file}: runtime ${name} (${type}) is not carried over`,
        "a shim of containerd's own cannot run under Slipway; a RuntimeClass may name it",
        'keep its pods on other nodes, or write an executor: docs/executor-protocol.md',
      );
      continue;
    }
    const passAnnotations = ['pod_annotations', 'container_annotations'].flatMap((key) => textsAt(runtime, key));
    // Those have a handler of their name by themselves.
    const known = builtInHandlers.some((own) => own === name) && handler.kind === name && handler.path === undefined;
    if (known && passAnnotations.length === 0) continue;
    const { kind, path } = handler;
    const words = `kind = "${kind}"${path === undefined ? '' : ` and path = "${path}"`}`;
    const taken = !counts || node.draft.addHandler(name, { ...handler, passAnnotations });
    findings[taken ? 'note' : 'warning'](
      `${file}: runtime ${name} (${[type, path].filter(Boolean).join(', ')})`,
      'a RuntimeClass may name it as its handler',
      taken
        ? `add [runtime.handlers.${name}] with ${words}`
        : 'no handler of Slipway can have this name: add one with another name, and name that in the RuntimeClass',
    );
  }
  const table = at(containerd, 'runtimes', chosen);
  const servable = (chosen === 'runc' && table === undefined) || handlerOf(table) !== undefined;
  if (counts && servable && Object.keys(containerd).length > 0) node.draft.defaultHandler = chosen;
  if (chosen !== 'runc')
    findings.note(
      `${file}: default_runtime_name = ${chosen}`,
      'pods without a runtime class run on it',
      servable ? `set runtime.defaultHandler = "${chosen}"` : 'choose another default before the node is moved',
    );
}

function driverPart(node: Node, file: string, runtime: unknown, chosen: boolean, findings: Findings): void {
  const systemd = at(runtime, 'options', 'SystemdCgroup');
  const driver = systemd === true ? 'systemd' : 'cgroupfs';
  const { found, runtime: kubeletRuntime, cgroupDriver } = node.kubelet;
  if (!chosen || !found || kubeletRuntime !== 'containerd' || typeof systemd !== 'boolean') return;
  if (driver === cgroupDriver.value) return;
  findings.warning(
    `${file}: SystemdCgroup = ${systemd}, the kubelet's driver is ${cgroupDriver.value}`,
    "the kubelet's counts for Slipway, and from 1.28 it may ask the runtime (KubeletCgroupDriverFromCRI)",
    'find out which of them holds now',
  );
}
