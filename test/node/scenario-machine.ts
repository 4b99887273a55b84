import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SlipwayNode } from './slipway-node.js';

/** That the guest is what the lane is for: else nothing that passes there says anything. */
export function machineScenarios(node: () => SlipwayNode): void {
  describe('the machine', () => {
    test('systemd is pid 1 and has no failed unit', async () => {
      const { guest } = node();
      assert.equal(await guest.read('/proc/1/comm'), 'systemd');
      assert.equal((await guest.run('systemctl --failed --no-legend --plain')).trim(), '');
    });

    test('cgroup v2 is the only hierarchy', async () => {
      const types = await node().guest.run("awk '$3 ~ /cgroup/ {print $3}' /proc/mounts");
      assert.equal(types.trim(), 'cgroup2');
    });

    test('AppArmor is on', async () => {
      assert.equal(await node().guest.read('/sys/module/apparmor/parameters/enabled'), 'Y');
    });

    test('/run allows no devices', async () => {
      assert.match(await node().guest.run('findmnt -no OPTIONS /run'), /nodev/);
    });

    test('no network of this machine is there', async () => {
      assert.equal((await node().guest.run("ls /sys/class/net | grep -v '^lo$' || true")).trim(), '');
    });
  });
}
