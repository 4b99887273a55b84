import { gunzipSync } from 'node:zlib';
import { readFileSync } from 'node:fs';
import type { Node } from '../node.js';
import type { Findings } from '../finding.js';

/** Namespaces that every pod needs; user namespaces are for pods that ask for one. */
const namespaces = ['ipc', 'mnt', 'net', 'pid', 'uts'] as const;

const options: readonly [option: string, level: 'problem' | 'warning', why: string][] = [
  ['CONFIG_OVERLAY_FS', 'problem', "a container's root file system is an overlay of its image's layers"],
  ['CONFIG_SECCOMP_FILTER', 'problem', 'the default seccomp profile could not be set'],
  ['CONFIG_VETH', 'problem', 'the bridge and ptp plugins give pods a veth'],
  ['CONFIG_BRIDGE', 'warning', 'the bridge plugin needs it'],
  ['CONFIG_NF_NAT', 'warning', 'pods reach other networks by masquerading'],
  ['CONFIG_CGROUP_PIDS', 'warning', 'pod pid limits'],
  ['CONFIG_MEMCG', 'problem', 'memory limits'],
  ['CONFIG_CFS_BANDWIDTH', 'warning', 'cpu limits'],
  ['CONFIG_USER_NS', 'warning', 'pods with hostUsers: false'],
  ['CONFIG_POSIX_MQUEUE', 'warning', '/dev/mqueue of containers'],
];

/** The kernel's release, file systems, namespaces and, where it tells, how it was built. */
export function checkKernel({ root }: Node, findings: Findings): void {
  const release = root.line('/proc/sys/kernel/osrelease');
  const [major, minor] = (release ?? '').split('.').map(Number);
  if (release === undefined || major === undefined || minor === undefined) {
    findings.note(
      'the kernel is not known: no /proc/sys/kernel/osrelease',
      root.live ? '/proc is not mounted' : 'the tree has no /proc',
    );
  } else if (major < 4 || (major === 4 && minor < 18)) {
    findings.problem(
      `kernel ${release}`,
      'overlay file systems and seccomp as containers need them come with 4.18',
      'upgrade the kernel',
    );
  } else if (major < 5 || (major === 5 && minor < 14)) {
    findings.warning(
      `kernel ${release}`,
      'Slipway is made for 5.14 and newer; recursive read-only mounts need 5.12, cgroup.kill 5.14',
      'upgrade the kernel',
    );
  } else {
    findings.ok(`kernel ${release}`);
  }
  const fileSystems = root.text('/proc/filesystems');
  if (fileSystems !== undefined) {
    if (/\boverlay$/m.test(fileSystems)) findings.ok('the overlay file system is there');
    else
      findings.problem(
        'no overlay in /proc/filesystems',
        options[0]?.[2] ?? '',
        'modprobe overlay, and name it in /etc/modules-load.d/slipway.conf',
      );
  }
  if (root.exists('/proc/self/ns')) {
    const missing = namespaces.filter((name) => !root.list('/proc/self/ns').includes(name));
    if (missing.length === 0) findings.ok(`namespaces: ${namespaces.join(', ')}`);
    else
      findings.problem(
        `no ${missing.join(', ')} namespaces`,
        'every pod needs them',
        'use a kernel built with CONFIG_NAMESPACES',
      );
    if (!root.list('/proc/self/ns').includes('user')) {
      findings.warning(
        'no user namespaces',
        'pods with hostUsers: false are refused',
        'use a kernel built with CONFIG_USER_NS',
      );
    }
  }
  checkBuild(buildConfig(root, release), findings);
}

function checkBuild(config: string | undefined, findings: Findings): void {
  if (config === undefined) {
    findings.note(
      'how the kernel was built is not known',
      'there is neither /proc/config.gz nor /boot/config-<release>',
    );
    return;
  }
  let missing = 0;
  for (const [option, level, why] of options) {
    if (new RegExp(`^${option}=[ym]$`, 'm').test(config)) continue;
    missing += 1;
    findings[level](`the kernel was built without ${option}`, why, `use a kernel that has ${option}`);
  }
  if (missing === 0) findings.ok(`the kernel has the ${options.length} options that pods need`);
}

function buildConfig(root: Node['root'], release: string | undefined): string | undefined {
  const boot = release === undefined ? undefined : root.text(`/boot/config-${release}`);
  if (boot !== undefined || !root.live) return boot;
  try {
    return gunzipSync(readFileSync('/proc/config.gz')).toString();
  } catch {
    // Most distributions keep it only in /boot.
    return undefined;
  }
}
