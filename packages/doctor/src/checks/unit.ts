import type { Node } from '../node.js';
import type { Findings } from '../finding.js';
import { unitFiles } from '../facts/systemd.js';

/** Slipway's own unit: what systemd does to containers when it is restarted. */
export function checkUnit({ root, kubelet }: Node, findings: Findings): void {
  const files = unitFiles(root, 'slipway.service');
  const file = files[0]?.file;
  if (file === undefined) {
    if (usesSystemd(root)) {
      findings.note(
        'there is no slipway.service',
        'somebody has to start Slipway after a reboot, before the kubelet',
        'install one with KillMode=process and Delegate=yes',
      );
    }
    return;
  }
  const value = (key: string): string | undefined =>
    files.flatMap(({ text }) => [...text.matchAll(new RegExp(`^\\s*${key}\\s*=\\s*(\\S*)`, 'gm'))]).at(-1)?.[1];
  const mode = value('KillMode') ?? 'control-group';
  if (mode === 'process' || mode === 'none') findings.ok(`${file}: KillMode=${mode}: containers outlive it`);
  else
    findings.problem(
      `${file}: KillMode=${mode}`,
      'conmon is in the cgroup of the unit: each stop or restart of it ends every container',
      'set KillMode=process in a drop-in: systemctl edit slipway',
    );
  if (!/^(yes|true|1|on)$/.test(value('Delegate') ?? 'no')) {
    findings.warning(
      `${file}: Delegate is not set`,
      'systemd may take processes out of cgroups that Slipway has made',
      'set Delegate=yes in a drop-in: systemctl edit slipway',
    );
  }
  if (kubelet.found && !files.some(({ text }) => /^\s*Before\s*=.*\bkubelet/m.test(text))) {
    findings.note(
      `${file}: not ordered before the kubelet`,
      'the kubelet tries again until it is there',
      'set Before=kubelet.service',
    );
  }
}

/** sd_booted(3). */
export function usesSystemd(root: Node['root']): boolean {
  return root.exists('/run/systemd/system');
}
