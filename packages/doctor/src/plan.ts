import { type Document, parseDocument } from 'yaml';
import { isTree, type Root, type Tree } from './root.js';
import type { Node } from './node.js';
import { instanceConfigPath, minorOf } from './facts/kubelet.js';
import { hostsToml, mergedRegistries } from './facts/registries.js';
import { withFlags } from './kubelet-flags.js';
import type { PlanPart } from './plan-parts.js';
import { configLines } from './steps.js';
import { dockershimFlags, slipwayEndpoint } from './kubelet-endpoint.js';

/** A file as the move to Slipway leaves it. */
export interface PlannedFile {
  readonly part: PlanPart;
  readonly path: string;
  /** undefined: it is not there yet. */
  readonly before: string | undefined;
  readonly after: string;
}

export interface Plan {
  /** Those that change, in the order in which they are written. */
  readonly files: readonly PlannedFile[];
  /** Steps that the plan leaves to a person, and why. */
  readonly byHand: readonly string[];
}

const configPath = '/etc/slipway/config.toml';
const importedPath = '/etc/slipway/config.toml.d/10-imported.toml';

/** The files that make this node Slipway's: its configuration, registries, crictl's, and the kubelet's. */
export function planOf(node: Node): Plan {
  const byHand: string[] = [];
  const files = [
    ...slipwayConfig(node),
    ...registryFiles(node, byHand),
    ...crictlConfig(node.root),
    ...(node.kubelet.found ? kubeletFiles(node, byHand) : []),
  ];
  return { files: files.filter(({ before, after }) => before !== after), byHand };
}

/** The file itself where there is none; else a drop-in with what neither it nor another drop-in sets. */
function slipwayConfig(node: Node): PlannedFile[] {
  const { root } = node;
  const head = (what: string): string => `# ${what} by slipway install-config.\n`;
  if (!root.exists(configPath)) {
    const text = `${head("Made of this node's settings")}${configLines(node).join('\n')}\n`;
    return [{ part: 'slipway', path: configPath, before: undefined, after: text }];
  }
  const before = root.text(importedPath);
  // Its kubelet has left the other runtime: what that was set to is not looked at any more.
  if (node.kubelet.runtime === 'slipway' && before !== undefined) return [];
  const dropIns = root.glob(`${configPath}.d/*.toml`).filter((path) => path !== importedPath);
  const set = new Set([configPath, ...dropIns].flatMap((path) => leavesOf(root.toml(path) ?? {}, '')));
  const lines = configLines(node, (path) => !set.has(path));
  if (lines.every((line) => line === '') && before === undefined) return [];
  const text = `${head("Added of this node's settings")}${lines.join('\n')}\n`;
  return [{ part: 'slipway', path: importedPath, before, after: text }];
}

function leavesOf(tree: Tree, prefix: string): string[] {
  return Object.entries(tree).flatMap(([key, value]) =>
    isTree(value) ? leavesOf(value, `${prefix}${key}.`) : [`${prefix}${key}`],
  );
}

function registryFiles({ root, registries }: Node, byHand: string[]): PlannedFile[] {
  return mergedRegistries(registries).flatMap((one) => {
    const { file, text } = hostsToml(one);
    const before = root.text(file);
    if (before === undefined) return [{ part: 'registries', path: file, before, after: text } as const];
    if (before.trim() !== text.trim()) {
      byHand.push(`${file} is there: see that it says what another runtime was set to:\n${text.trim()}`);
    }
    return [];
  });
}

/** crictl.yaml(5): only the endpoints are changed. */
function crictlConfig(root: Root): PlannedFile[] {
  const path = '/etc/crictl.yaml';
  const endpoints = { 'runtime-endpoint': slipwayEndpoint, 'image-endpoint': slipwayEndpoint };
  return withYaml(root, 'crictl', path, (document) => {
    for (const [key, value] of Object.entries(endpoints)) document.set(key, value);
  });
}

/** A YAML file with a change, whose comments and other keys stay. */
function withYaml(root: Root, part: PlanPart, path: string, change: (document: Document) => void): PlannedFile[] {
  const before = root.text(path);
  const document = parseDocument(before ?? '');
  if (document.errors.length > 0) return [];
  change(document);
  return [{ part, path, before, after: document.toString({ lineWidth: 0 }) }];
}

function kubeletFiles(node: Node, byHand: string[]): PlannedFile[] {
  const { root, kubelet } = node;
  const { distribution, configPath: path, version } = kubelet;
  const set = (document: Document): void => document.set('containerRuntimeEndpoint', slipwayEndpoint);
  if (distribution === 'k3s' || distribution === 'rke2') {
    return withYaml(root, 'kubelet', `/etc/rancher/${distribution}/config.yaml`, (document) => {
      document.set('container-runtime-endpoint', slipwayEndpoint);
      document.delete('docker');
    });
  }
  const minor = minorOf(version);
  if (minor === undefined) {
    byHand.push(
      "the kubelet's version is not known: up to 1.26 its flags name the endpoint, from 1.27 on its configuration",
    );
    return [];
  }
  const inFile = minor >= 27;
  const files = inFile && root.exists(path) ? withYaml(root, 'kubelet', path, set) : [];
  // kubeadm from 1.34 on writes this one over the kubelet's configuration at each upgrade.
  if (distribution === 'kubeadm' && (kubelet.instanceConfig !== undefined || minor >= 34)) {
    files.push(
      ...withYaml(root, 'kubelet', instanceConfigPath, (document) => {
        if (document.contents === null) {
          document.set('apiVersion', 'kubelet.config.k8s.io/v1beta1');
          document.set('kind', 'KubeletConfiguration');
        }
        set(document);
      }),
    );
  }
  const flags: Record<string, string> = {};
  if (!inFile || files.length === 0) flags['container-runtime-endpoint'] = slipwayEndpoint;
  if (!inFile) Object.assign(flags, { 'container-runtime': 'remote', 'image-service-endpoint': slipwayEndpoint });
  const gone = [...dockershimFlags, 'container-runtime-endpoint', 'image-service-endpoint', 'container-runtime'];
  const env = ['/var/lib/kubelet/kubeadm-flags.env', '/etc/default/kubelet', '/etc/sysconfig/kubelet'];
  const there = env.filter((file) => root.exists(file));
  for (const [at, file] of there.entries()) {
    const before = root.text(file) ?? '';
    files.push({ part: 'kubelet', path: file, before, after: withFlags(before, at === 0 ? flags : {}, gone) });
  }
  if (there.length === 0 && Object.keys(flags).length > 0) {
    const words = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
    byHand.push(`give the kubelet these flags: ${words.join(' ')}`);
  }
  for (const name of gone) {
    const flag = kubelet.flags.get(name);
    if (flag && !there.includes(flag.from) && flag.value !== slipwayEndpoint) {
      byHand.push(`take --${name} out of ${flag.from}: a flag wins over a file`);
    }
  }
  if (distribution === 'kubeadm') {
    byHand.push(`kubectl annotate node <node> --overwrite kubeadm.alpha.kubernetes.io/cri-socket=${slipwayEndpoint}`);
  }
  return files;
}
