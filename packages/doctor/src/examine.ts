import { checkBinaries } from './checks/binaries.js';
import { checkCgroups } from './checks/cgroups.js';
import { checkCni } from './checks/cni.js';
import { checkContainerd } from './checks/containerd.js';
import { checkCrio } from './checks/crio.js';
import { checkDisk } from './checks/disk.js';
import { checkDockerDaemon } from './checks/docker-daemon.js';
import { checkDockerPods } from './checks/docker-pods.js';
import { checkKernel } from './checks/kernel.js';
import { checkKubelet } from './checks/kubelet.js';
import { checkLimits } from './checks/limits.js';
import { checkPorts } from './checks/ports.js';
import { checkSysctls } from './checks/sysctls.js';
import { checkTime } from './checks/time.js';
import { readDockerDaemon, type DockerDaemon } from './facts/docker-daemon.js';
import { type Kubelet, readKubelet } from './facts/kubelet.js';
import { type Finding, Findings, type Level } from './finding.js';
import type { Root } from './root.js';
import type { RegistryHosts } from './facts/registries.js';
import { migrationSteps, type Step } from './steps.js';

/** Slipway's settings that the checks compare the node with. */
export interface DoctorSettings {
  readonly cgroupDriver: string;
  readonly stateDirectory: string;
  readonly dataDirectory: string;
  readonly cniConfDir: string;
  readonly cniOwnList: boolean;
  readonly cniBinDirs: readonly string[];
  readonly privateNats: boolean;
  readonly privateRedis: boolean;
  readonly httpPort: number;
  readonly streamingPort: number;
}

/** What the checks read and, for registries, what they leave for the steps. */
export interface Node {
  readonly root: Root;
  readonly settings: DoctorSettings;
  readonly kubelet: Kubelet;
  readonly docker: DockerDaemon;
  /** What other runtimes say about registries and what no hosts.toml holds yet. */
  readonly registries: RegistryHosts[];
}

export type Check = (node: Node, findings: Findings) => void;

export interface Report {
  readonly root: string;
  readonly runtime: { name: string; endpoint?: string; toldBy: string; kubelet?: string; distribution: string };
  readonly counts: Record<Level, number>;
  readonly findings: readonly Finding[];
  readonly steps: readonly Step[];
}

const checks: Readonly<Record<string, Check>> = {
  kubelet: checkKubelet,
  kernel: checkKernel,
  cgroups: checkCgroups,
  sysctls: checkSysctls,
  limits: checkLimits,
  binaries: checkBinaries,
  cni: checkCni,
  ports: checkPorts,
  disk: checkDisk,
  time: checkTime,
  'docker-pods': checkDockerPods,
  'docker-daemon': checkDockerDaemon,
  containerd: checkContainerd,
  crio: checkCrio,
};

/** Makes every check on a node. It reads alone: nothing on the node is changed. */
export function examine(root: Root, settings: DoctorSettings): Report {
  const node: Node = { root, settings, kubelet: readKubelet(root), docker: readDockerDaemon(root), registries: [] };
  const findings: Finding[] = [];
  for (const [name, check] of Object.entries(checks)) {
    const seen = new Findings(name);
    check(node, seen);
    findings.push(...seen.all);
  }
  const reading = new Findings('reading');
  for (const file of root.unread) {
    reading.warning(file, 'what it holds was not looked at', 'run slipway doctor as root, or mend the file');
  }
  findings.push(...reading.all);
  const counts = { ok: 0, note: 0, warning: 0, problem: 0 };
  for (const { level } of findings) counts[level] += 1;
  const { runtime, endpoint, toldBy, version, distribution } = node.kubelet;
  return {
    root: root.directory,
    runtime: { name: runtime, endpoint, toldBy, kubelet: version, distribution },
    counts,
    findings,
    steps: migrationSteps(node),
  };
}
