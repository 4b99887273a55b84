import type { Node } from '../node.js';
import type { Findings } from '../finding.js';
import type { Root } from '../root.js';
import { usesSystemd } from './unit.js';

const needed = ['cpu', 'cpuset', 'memory', 'pids'] as const;

/** v1, v2, or v1 with an empty v2 tree beside it (hybrid), as systemd's documentation calls them. */
export function cgroupMode(root: Root): 'v1' | 'hybrid' | 'v2' | undefined {
  if (root.exists('/sys/fs/cgroup/cgroup.controllers')) return 'v2';
  if (!needed.some((name) => root.exists(`/sys/fs/cgroup/${name}`))) return undefined;
  return root.exists('/sys/fs/cgroup/unified/cgroup.controllers') ? 'hybrid' : 'v1';
}

/** The version, and the controllers that limits need. */
export function checkCgroups({ root, kubelet, settings }: Node, findings: Findings): void {
  const mode = cgroupMode(root);
  if (mode === undefined) {
    if (root.live) findings.problem('no cgroups at /sys/fs/cgroup', 'no limit would hold', 'mount cgroup2 there');
    else findings.note('the tree has no /sys/fs/cgroup', 'only a live host has it, or a fixture that copies it');
    return;
  }
  findings.ok(`cgroup ${mode}`);
  const systemd = usesSystemd(root);
  if (settings.cgroupDriver === 'systemd' && !systemd && root.live) {
    findings.problem(
      'cgroup.driver is systemd, and this host does not run it',
      'nobody makes the slices and scopes of pods',
      'set cgroup.driver = "cgroupfs", for the kubelet as well',
    );
  } else if (settings.cgroupDriver === 'cgroupfs' && systemd && mode === 'v2') {
    findings.warning(
      'cgroup.driver is cgroupfs on a host of systemd with cgroup v2',
      'two programs write one tree: systemd may move processes or undo limits (systemd.io/CGROUP_DELEGATION)',
      'set cgroup.driver = "systemd", for the kubelet as well',
    );
  }
  const controllers =
    mode === 'v2'
      ? (root.line('/sys/fs/cgroup/cgroup.controllers') ?? '').split(/\s+/)
      : root.list('/sys/fs/cgroup').flatMap((name) => name.split(','));
  const missing = needed.filter((name) => !controllers.includes(name));
  if (missing.length === 0) findings.ok(`controllers: ${needed.join(', ')}`);
  for (const name of missing) {
    findings.problem(
      `no ${name} controller`,
      `limits of ${name} would not hold`,
      name === 'memory' ? 'boot with cgroup_enable=memory' : 'see the command line of the kernel (/proc/cmdline)',
    );
  }
  const hugetlb = controllers.includes('hugetlb');
  if (!hugetlb) findings.note('no hugetlb controller', 'pods that ask for huge pages get no limit on them');
  if (mode === 'v2') {
    const delegated = (root.line('/sys/fs/cgroup/cgroup.subtree_control') ?? '').split(/\s+/);
    const kept = needed.filter((name) => controllers.includes(name) && !delegated.includes(name));
    if (kept.length > 0)
      findings.note(`${kept.join(', ')} not yet in cgroup.subtree_control`, 'the kubelet or Slipway turns them on');
  }
  if (kubelet.config?.['failCgroupV1'] !== false && kubelet.found && mode !== 'v2' && minor(kubelet.version) >= 35) {
    findings.problem(
      `kubelet ${kubelet.version ?? ''} on cgroup ${mode}`,
      'from 1.35 on it does not start there unless failCgroupV1 is false',
      'boot with systemd.unified_cgroup_hierarchy=1, or set failCgroupV1: false',
    );
  }
}

function minor(version: string | undefined): number {
  return Number(version?.split('.')[1] ?? 0);
}
