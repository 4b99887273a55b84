import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { SlipwayNode } from './slipway-node.js';

/** A finding as `slipway doctor --json` prints it. */
interface Finding {
  level: string;
  check: string;
  what: string;
  why: string;
  todo: string;
}

/** Faults that nodes with systemd have, each with how it is made, and the problem or warning that names it. */
const faults: readonly { title: string; make: string; settings?: string; check: string; found: RegExp }[] = [
  {
    title: 'a data directory that allows neither programs nor devices',
    make: 'mkdir -p /srv/bad; mount -t tmpfs -o nodev,noexec,nosuid tmpfs /srv/bad',
    settings: '--set root=/srv/bad/slipway',
    check: 'mounts',
    found: /^\/srv\/bad\/slipway is on \/srv\/bad \(tmpfs\), mounted (noexec|nodev|nosuid)$/,
  },
  {
    title: 'a file system that holds no overlay',
    make: 'mkdir -p /host/slipway-data',
    settings: '--set root=/host/slipway-data',
    check: 'overlay',
    found: /^an overlay at \/host\/slipway-data: ./,
  },
  {
    title: 'AppArmor without its parser',
    make: 'mv /usr/sbin/apparmor_parser /usr/sbin/apparmor_parser.away',
    check: 'security-modules',
    found: /apparmor_parser is not installed/,
  },
  {
    title: 'a cgroup driver that is not that of the host',
    make: 'true',
    settings: '--set cgroup.driver=cgroupfs',
    check: 'cgroups',
    found: /^cgroup\.driver is cgroupfs on a host of systemd/,
  },
  {
    title: 'a cgroup driver that is not that of the kubelet',
    make: 'mkdir -p /var/lib/kubelet; echo "cgroupDriver: cgroupfs" > /var/lib/kubelet/config.yaml',
    check: 'kubelet',
    found: /cgroupfs/,
  },
  {
    title: 'a unit that ends containers with itself',
    make: 'mkdir -p /run/systemd/system/slipway.service.d; printf "[Service]\\nKillMode=mixed\\nDelegate=no\\n" > /run/systemd/system/slipway.service.d/bad.conf',
    check: 'unit',
    found: /KillMode=mixed|Delegate is not set/,
  },
];

const undo = `umount /srv/bad
  rm -rf /host/slipway-data /var/lib/kubelet/config.yaml /run/systemd/system/slipway.service.d
  [ ! -e /usr/sbin/apparmor_parser.away ] || mv /usr/sbin/apparmor_parser.away /usr/sbin/apparmor_parser
  true`;

/** `slipway doctor` names what keeps pods from running on such a node, and finds nothing else. */
export function doctorScenarios(node: () => SlipwayNode): void {
  describe('slipway doctor', () => {
    before(() => node().startWith('systemd'));
    after(() => node().guest.run(undo));

    /** Its problems and warnings. */
    async function found(settings = ''): Promise<Finding[]> {
      const { stdout } = await node().guest.tried(`slipway doctor --json ${settings}`);
      const { findings } = JSON.parse(stdout) as { findings: Finding[] };
      return findings.filter(({ level }) => level === 'problem' || level === 'warning');
    }

    test('a node as it was installed has no problem but what its kernel lacks', async () => {
      const problems = (await found()).filter(({ level }) => level === 'problem');
      assert.deepEqual(
        problems.map(({ what }) => what),
        ['no cpuset controller'],
      );
    });

    for (const { title, make, settings, check, found: expected } of faults) {
      test(`${title} is reported, with what to do`, async () => {
        await node().guest.run(make);
        const reports = (await found(settings)).filter((one) => one.check === check && expected.test(one.what));
        await node().guest.run(undo);
        assert.ok(reports.length > 0);
        for (const { why, todo } of reports) assert.ok(why !== '' && todo !== '');
      });
    }
  });
}
