import type { Node } from '../node.js';
import type { Findings } from '../finding.js';

interface Rule {
  readonly name: string;
  readonly least: number;
  readonly level: 'note' | 'warning' | 'problem';
  readonly why: string;
}

const rules: readonly Rule[] = [
  {
    name: 'net.ipv4.ip_forward',
    least: 1,
    level: 'note',
    why: 'pods reach nobody outside the node; Slipway sets it with network.masquerade',
  },
  {
    name: 'net.bridge.bridge-nf-call-iptables',
    least: 1,
    level: 'warning',
    why: 'kube-proxy does not see what passes between pods of one bridge',
  },
  {
    name: 'fs.inotify.max_user_instances',
    least: 512,
    level: 'warning',
    why: 'each watching program of each pod takes one',
  },
  {
    name: 'fs.inotify.max_user_watches',
    least: 65_536,
    level: 'warning',
    why: 'programs that watch directories fail with ENOSPC',
  },
  { name: 'kernel.pid_max', least: 65_536, level: 'note', why: 'all threads of all pods share them' },
  { name: 'user.max_user_namespaces', least: 1, level: 'warning', why: 'pods with hostUsers: false are refused' },
  { name: 'fs.file-max', least: 100_000, level: 'warning', why: 'all pods share them' },
];

/** Kernel parameters that pods commonly fail by; and those that the kubelet checks itself. */
export function checkSysctls({ root, kubelet }: Node, findings: Findings): void {
  if (!root.exists('/proc/sys')) {
    findings.note('sysctls were not looked at: the tree has no /proc/sys', 'only a live host has them');
    return;
  }
  let good = 0;
  for (const { name, least, level, why } of rules) {
    const text = root.line(`/proc/sys/${name.replaceAll('.', '/')}`);
    if (text === undefined) {
      if (name.startsWith('net.bridge.')) {
        findings.note(
          `${name} is not there`,
          'the module br_netfilter is not loaded; kube-proxy needs it where pods are on a bridge',
          'modprobe br_netfilter',
        );
      }
      continue;
    }
    if (Number(text) >= least) good += 1;
    else findings[level](`${name} is ${text}`, why, `set ${name} = ${least} in /etc/sysctl.d/90-slipway.conf`);
  }
  if (good > 0) findings.ok(`${good} sysctls are as pods need them`);
  if (kubelet.config?.['protectKernelDefaults'] !== true) return;
  for (const [name, value] of [
    ['vm.overcommit_memory', '1'],
    ['kernel.panic', '10'],
    ['kernel.panic_on_oops', '1'],
  ] as const) {
    const now = root.line(`/proc/sys/${name.replaceAll('.', '/')}`);
    if (now !== undefined && now !== value) {
      findings.problem(
        `${name} is ${now}`,
        'the kubelet has protectKernelDefaults and does not start',
        `set ${name} = ${value} in /etc/sysctl.d/90-kubelet.conf`,
      );
    }
  }
}
