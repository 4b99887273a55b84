import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';

/** The driver that these tests run with: `TEST_CGROUP_DRIVER=systemd` on a host whose pid 1 is systemd. */
export const driver = process.env['TEST_CGROUP_DRIVER'] === 'systemd' ? 'systemd' : 'cgroupfs';

/** A parent for the cgroups of one test. */
export function testParent(): string {
  const name = randomBytes(4).toString('hex');
  return driver === 'systemd' ? `slipwaytest${name}.slice` : `/slipway-test-${name}`;
}

/** Units that systemd has in memory, whatever their state. */
export function loadedUnits(pattern: string): string[] {
  if (driver !== 'systemd') return [];
  const flags = ['--all', '--full', '--plain', '--no-legend', '--no-pager'];
  const lines = execFileSync('systemctl', ['list-units', ...flags, pattern], { encoding: 'utf8' }).split('\n');
  return lines.filter(Boolean).map((line) => `unit ${line}`);
}

export function stopParent(parent: string): void {
  if (driver === 'systemd') execFileSync('systemctl', ['stop', parent]);
}
