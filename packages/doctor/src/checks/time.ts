import type { Node } from '../node.js';
import type { Findings } from '../finding.js';
import { processes } from '../facts/processes.js';

const daemons = ['chronyd', 'ntpd', 'systemd-timesyncd', 'openntpd', 'ptp4l', 'phc2sys'];

/** Whether somebody keeps the clock right: certificates and tokens depend on it. */
export function checkTime({ root }: Node, findings: Findings): void {
  if (!root.live) {
    findings.note('the clock was not looked at', 'only a live host has one');
    return;
  }
  if (Date.now() < Date.UTC(2024, 0, 1)) {
    findings.problem(
      `the clock says ${new Date().toISOString()}`,
      'certificates of registries and of the API server are not valid yet',
      'set the clock',
    );
    return;
  }
  const running = processes(root).map(({ name }) => name);
  const keeper = daemons.find((daemon) => running.includes(daemon));
  if (keeper !== undefined || root.exists('/run/systemd/timesync/synchronized'))
    findings.ok(`${keeper ?? 'systemd-timesyncd'} keeps the clock`);
  else
    findings.warning(
      'nobody seems to keep the clock',
      'tokens and certificates are refused when it drifts',
      'install chrony, unless the host of this machine sets its clock',
    );
}
