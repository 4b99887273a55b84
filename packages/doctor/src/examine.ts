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
import { checkMounts } from './checks/mounts.js';
import { checkOverlay } from './checks/overlay.js';
import { checkPorts } from './checks/ports.js';
import { checkSecurityModules } from './checks/security-modules.js';
import { checkSlices } from './checks/slices.js';
import { checkSpeed } from './checks/speed.js';
import { checkSysctls } from './checks/sysctls.js';
import { checkTime } from './checks/time.js';
import { checkUnit } from './checks/unit.js';
import { readDockerDaemon } from './facts/docker-daemon.js';
import { readKubelet } from './facts/kubelet.js';
import { type Finding, Findings, type Level } from './finding.js';
import type { Root } from './root.js';
import { ConfigDraft, configFault } from './config-draft.js';
import { type Plan, planOf } from './plan.js';
import { configLines, migrationSteps, type Step } from './steps.js';
import type { Check, DoctorSettings, Node, Probes } from './node.js';

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
  mounts: checkMounts,
  overlay: checkOverlay,
  'security-modules': checkSecurityModules,
  cgroups: checkCgroups,
  slices: checkSlices,
  sysctls: checkSysctls,
  limits: checkLimits,
  speed: checkSpeed,
  binaries: checkBinaries,
  cni: checkCni,
  ports: checkPorts,
  disk: checkDisk,
  time: checkTime,
  unit: checkUnit,
  'docker-pods': checkDockerPods,
  'docker-daemon': checkDockerDaemon,
  containerd: checkContainerd,
  crio: checkCrio,
};

/** Makes every check on a node. It only reads, except for the probes' trials: nothing on the node is changed. */
export function examine(root: Root, settings: DoctorSettings, probes: Probes = {}): Report {
  return look(root, settings, probes).report;
}

/** As examine, with the files that the move to Slipway writes; none of them is written here. */
export function planInstall(root: Root, settings: DoctorSettings): { report: Report; plan: Plan } {
  const { node, report } = look(root, settings, {});
  return { report, plan: planOf(node) };
}

function look(root: Root, settings: DoctorSettings, probes: Probes): { node: Node; report: Report } {
  const node: Node = {
    root,
    settings,
    probes,
    kubelet: readKubelet(root),
    docker: readDockerDaemon(root),
    registries: [],
    draft: new ConfigDraft(),
  };
  const findings: Finding[] = [];
  for (const [name, check] of Object.entries(checks)) {
    const seen = new Findings(name);
    check(node, seen);
    findings.push(...seen.all);
  }
  const reading = new Findings('reading');
  const denied = [...root.unread].filter((file) => /: (EACCES|EPERM)$/.test(file));
  for (const file of root.unread) {
    if (!denied.includes(file)) reading.warning(file, 'what it holds was not looked at', 'mend the file');
  }
  if (denied.length > 0) {
    const first = denied.slice(0, 3).map((file) => file.replace(/: \w+$/, ''));
    const more = denied.length > first.length ? ` and ${denied.length - first.length} more` : '';
    reading.warning(
      `this user may not read ${first.join(', ')}${more}`,
      'what they hold was not looked at',
      'run slipway doctor as root',
    );
  }
  findings.push(...reading.all);
  const steps = migrationSteps(node);
  findings.push(...triedSteps(node, steps));
  const counts = { ok: 0, note: 0, warning: 0, problem: 0 };
  for (const { level } of findings) counts[level] += 1;
  const { runtime, endpoint, toldBy, version, distribution } = node.kubelet;
  const report = {
    root: root.directory,
    runtime: { name: runtime, endpoint, toldBy, kubelet: version, distribution },
    counts,
    findings,
    steps,
  };
  return { node, report };
}

/** The configuration of the steps is loaded before it is printed: it must be one that Slipway accepts. */
function triedSteps(node: Node, steps: readonly Step[]): readonly Finding[] {
  const seen = new Findings('steps');
  if (!node.draft.knowsDefault) {
    seen.warning(
      `the default runtime ${node.draft.defaultHandler} is not carried over`,
      'pods without a runtime class would run on crun or runc',
      'give the pods that need it a RuntimeClass, and keep them on other nodes',
    );
  }
  const fault = steps.length === 0 ? undefined : configFault(configLines(node));
  if (fault !== undefined) {
    seen.problem(
      `the configuration of the steps would be refused: ${fault}`,
      'Slipway would not start with it',
      'correct it, and report this as a defect of slipway doctor',
    );
  } else if (steps.length > 0) seen.ok('Slipway takes the configuration of the steps');
  return seen.all;
}
