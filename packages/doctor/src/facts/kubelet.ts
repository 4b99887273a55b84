import { listAt, type Root, textAt, type Tree } from '../root.js';
import { type Process, processes } from './processes.js';
import { splitWords, unitWords } from './systemd.js';

/** The runtime of the kubelet now. */
export type RuntimeName = 'dockershim' | 'cri-dockerd' | 'containerd' | 'crio' | 'slipway' | 'unknown';

/** Which kind of installation keeps the kubelet's flags. */
export type Distribution = 'kubeadm' | 'k3s' | 'rke2' | 'plain';

/** The kubelet of a node as its flags, files and running process tell. */
export interface Kubelet {
  /** Whether a sign of a kubelet was found at all. */
  readonly found: boolean;
  readonly running: boolean;
  readonly distribution: Distribution;
  /** `major.minor` where it is known. */
  readonly version: string | undefined;
  /** Flags in force by name, without dashes; a later source wins. */
  readonly flags: ReadonlyMap<string, { value: string; from: string }>;
  readonly config: Tree | undefined;
  readonly configPath: string;
  /** The file that kubeadm from 1.34 on keeps only for this node, and applies to `config` at each upgrade. */
  readonly instanceConfig: Tree | undefined;
  readonly runtime: RuntimeName;
  readonly endpoint: string | undefined;
  /** The flag or file that names the runtime. */
  readonly toldBy: string;
  readonly cgroupDriver: { value: 'systemd' | 'cgroupfs'; from: string };
  readonly staticPodPath: string;
}

/** kubeadm cmd/kubeadm/app/phases/kubelet: where the node's own part of the kubelet's configuration is. */
export const instanceConfigPath = '/var/lib/kubelet/instance-config.yaml';

/** Reads the kubelet of a node; never fails, since each sign of it may be missing. */
export function readKubelet(root: Root): Kubelet {
  const running = processes(root);
  const own = running.find(({ name }) => name === 'kubelet' || name === 'hyperkube');
  const rancher = rancherOf(root, running);
  const flags = flagsInForce(root, own, rancher);
  const value = (name: string): string | undefined => flags.get(name)?.value;
  const configPath = value('config') ?? '/var/lib/kubelet/config.yaml';
  const config = root.yaml(configPath);
  const version = versionOf(root, rancher);
  const { runtime, endpoint, toldBy } = runtimeOf(root, { flags, config, configPath, version, rancher });
  return {
    found: own !== undefined || flags.size > 0 || config !== undefined || rancher !== undefined,
    running: own !== undefined || running.some(({ name }) => name === 'k3s' || name === 'rke2'),
    distribution: rancher ?? (root.exists('/var/lib/kubelet/kubeadm-flags.env') ? 'kubeadm' : 'plain'),
    version,
    flags,
    config,
    configPath,
    instanceConfig: root.yaml(instanceConfigPath),
    runtime,
    endpoint,
    toldBy,
    cgroupDriver: driverOf(flags, config, configPath, rancher),
    staticPodPath: value('pod-manifest-path') ?? textAt(config, 'staticPodPath') ?? '/etc/kubernetes/manifests',
  };
}

type Flags = Kubelet['flags'];

/** The least important first: files that a unit reads, the unit, and then what really runs. */
function flagsInForce(root: Root, own: Process | undefined, rancher: 'k3s' | 'rke2' | undefined): Flags {
  const flags: [string, string, string][] = [];
  const add = (words: readonly string[], from: string): void => {
    for (const [name, value] of flagsOf(words)) flags.push([name, value, from]);
  };
  if (own) {
    add(own.words.slice(1), `/proc/${own.pid}/cmdline`);
  } else {
    for (const { words, file } of unitWords(root, 'kubelet.service')) add(words, file);
    for (const file of ['/var/lib/kubelet/kubeadm-flags.env', '/etc/default/kubelet', '/etc/sysconfig/kubelet']) {
      for (const line of (root.text(file) ?? '').split('\n')) {
        const match = /^\s*(?:KUBELET_\w+|DAEMON_ARGS)\s*=\s*(.*)$/.exec(line);
        if (match) add(splitWords((match[1] ?? '').replace(/^(["'])(.*)\1\s*$/, '$2')), file);
      }
    }
  }
  if (rancher) {
    for (const file of [
      `/etc/rancher/${rancher}/config.yaml`,
      ...root.glob(`/etc/rancher/${rancher}/config.yaml.d/*`),
    ]) {
      const config = root.yaml(file);
      const endpoint = textAt(config, 'container-runtime-endpoint');
      if (endpoint !== undefined) flags.push(['container-runtime-endpoint', endpoint, file]);
      if (config?.['docker'] === true) flags.push(['docker', 'true', file]);
      const args = listAt(config, 'kubelet-arg');
      const single = textAt(config, 'kubelet-arg');
      for (const arg of single === undefined ? args : [single]) add([`--${String(arg)}`], file);
    }
    for (const { words, file } of unitWords(root, `${rancher}*.service`)) {
      add(
        words.filter((word) => /^--(docker|container-runtime-endpoint)\b/.test(word)),
        file,
      );
    }
  }
  return new Map(flags.map(([name, value, from]) => [name, { value, from }]));
}

/** `--name=value`, `--name value` and `--name` (true) of a command line. */
export function flagsOf(words: readonly string[]): Map<string, string> {
  const flags = new Map<string, string>();
  for (const [index, word] of words.entries()) {
    const match = /^--?([a-z][a-z0-9-]*)(?:=(.*))?$/s.exec(word);
    if (!match) continue;
    const next = words[index + 1];
    flags.set(match[1] ?? '', match[2] ?? (next !== undefined && !next.startsWith('-') ? next : 'true'));
  }
  return flags;
}

function rancherOf(root: Root, running: readonly Process[]): 'k3s' | 'rke2' | undefined {
  for (const name of ['rke2', 'k3s'] as const) {
    if (running.some((one) => one.name === name)) return name;
    if (root.exists(`/var/lib/rancher/${name}/agent`) || root.exists(`/etc/rancher/${name}`)) return name;
  }
  return undefined;
}

interface Signs {
  flags: Flags;
  config: Tree | undefined;
  configPath: string;
  version: string | undefined;
  rancher: 'k3s' | 'rke2' | undefined;
}

function runtimeOf(root: Root, signs: Signs): Pick<Kubelet, 'runtime' | 'endpoint' | 'toldBy'> {
  const { flags, config, configPath, version, rancher } = signs;
  const flag = flags.get('container-runtime-endpoint');
  const kind = flags.get('container-runtime');
  const configured = textAt(config, 'containerRuntimeEndpoint');
  if (kind?.value === 'docker') {
    return {
      runtime: 'dockershim',
      endpoint: flags.get('docker-endpoint')?.value,
      toldBy: `${kind.from}: --container-runtime=docker`,
    };
  }
  const endpoint = flag?.value || configured || undefined;
  if (endpoint !== undefined) {
    const toldBy = flag?.value ? flag.from : `${configPath}: containerRuntimeEndpoint`;
    return { runtime: runtimeAt(endpoint), endpoint, toldBy: `${toldBy}: ${endpoint}` };
  }
  if (rancher) {
    const docker = flags.get('docker');
    if (docker) return { runtime: 'cri-dockerd', endpoint: undefined, toldBy: `${docker.from}: docker` };
    return {
      runtime: 'containerd',
      endpoint: `unix:///run/k3s/containerd/containerd.sock`,
      toldBy: `${rancher}'s own`,
    };
  }
  // The default of --container-runtime was docker until dockershim left in 1.24; kubeadm wrote none for Docker then.
  const minor = minorOf(version);
  if (flags.size > 0 || config !== undefined) {
    if (minor !== undefined && minor < 24 && kind === undefined) {
      return { runtime: 'dockershim', endpoint: undefined, toldBy: `the default of kubelet ${version ?? ''}` };
    }
    const dockershim = root.isSocket('/var/run/dockershim.sock') || root.isSocket('/run/dockershim.sock');
    if (dockershim && kind === undefined) {
      return { runtime: 'dockershim', endpoint: undefined, toldBy: 'no endpoint is set, and dockershim.sock is there' };
    }
    if (minor !== undefined && minor >= 27) {
      // KubeletConfiguration's default of containerRuntimeEndpoint.
      return {
        runtime: 'containerd',
        endpoint: 'unix:///run/containerd/containerd.sock',
        toldBy: `the default of kubelet ${version ?? ''}`,
      };
    }
  }
  return { runtime: 'unknown', endpoint: undefined, toldBy: '' };
}

/** Whose CRI socket an endpoint is, by the paths that each runtime documents. */
export function runtimeAt(endpoint: string): RuntimeName {
  if (/cri-dockerd/.test(endpoint)) return 'cri-dockerd';
  if (/dockershim/.test(endpoint)) return 'dockershim';
  if (/crio/.test(endpoint)) return 'crio';
  if (/slipway/.test(endpoint)) return 'slipway';
  if (/containerd/.test(endpoint)) return 'containerd';
  return 'unknown';
}

function driverOf(
  flags: Flags,
  config: Tree | undefined,
  configPath: string,
  rancher: string | undefined,
): Kubelet['cgroupDriver'] {
  const flag = flags.get('cgroup-driver');
  const value = flag?.value ?? textAt(config, 'cgroupDriver');
  if (value === 'systemd' || value === 'cgroupfs') {
    return { value, from: flag ? `${flag.from}: --cgroup-driver` : `${configPath}: cgroupDriver` };
  }
  return { value: 'cgroupfs', from: rancher ? `${rancher}'s default` : "the kubelet's default" };
}

/** The minor of `1.27` as a number. */
export function minorOf(version: string | undefined): number | undefined {
  const minor = Number(version?.split('.')[1]);
  return Number.isInteger(minor) ? minor : undefined;
}

/** Without running the kubelet: its package, a copied tree, or an image's tag of a static pod of the control plane. */
function versionOf(root: Root, rancher: 'k3s' | 'rke2' | undefined): string | undefined {
  const dpkg = root.text('/var/lib/dpkg/status') ?? '';
  const stanza = dpkg.split('\n\n').find((one) => /^Package: kubelet$/m.test(one) && /^Status: install ok/m.test(one));
  const packaged = /^Version: (?:\d+:)?(\d+\.\d+)/m.exec(stanza ?? '')?.[1];
  if (packaged !== undefined) return packaged;
  for (const file of root.glob('/etc/kubernetes/manifests/kube-*.yaml')) {
    for (const container of listAt(root.yaml(file), 'spec', 'containers')) {
      const tag = /:v(\d+\.\d+)\./.exec(textAt(container, 'image') ?? '')?.[1];
      if (tag !== undefined) return tag;
    }
  }
  if (rancher === 'rke2') {
    for (const name of root.list('/var/lib/rancher/rke2/data')) {
      const version = /^v(\d+\.\d+)\./.exec(name)?.[1];
      if (version !== undefined) return version;
    }
  }
  return undefined;
}
