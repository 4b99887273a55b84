import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { RunningPod } from './running-pod.js';
import { removePods } from './scenario-pods.js';
import type { SlipwayNode } from './slipway-node.js';

/** A node whose administrator has Valkey instead of Redis, which the package accepts as well. */
export function valkeyScenarios(node: () => SlipwayNode): void {
  describe('Valkey instead of Redis', () => {
    let pod: RunningPod;
    before(async () => {
      await node().startWith('systemd');
      pod = await RunningPod.start(node());
    });
    after(async () => {
      await node().guest.run(
        '[ ! -e /usr/bin/redis-server.away ] || mv /usr/bin/redis-server.away /usr/bin/redis-server',
      );
      await removePods(node());
    });

    const running = async (): Promise<string> =>
      (await node().guest.run("pgrep -l 'redis-|valkey-' | cut -d' ' -f2")).trim();

    async function restartsWith(program: string, change: string): Promise<void> {
      await node().guest.run(`${change} && systemctl restart slipway`, 300_000);
      await node().ready();
      assert.match(await running(), new RegExp(`^${program}`));
      await pod.check();
      const another = await RunningPod.start(node());
      await another.check();
      await another.pod.remove();
    }

    test('takes the records over from Redis, and runs pods', async () => {
      await restartsWith('valkey-serve', 'mv /usr/bin/redis-server /usr/bin/redis-server.away');
    });

    test('and Redis takes them over from Valkey', async () => {
      await restartsWith('redis-server', 'mv /usr/bin/redis-server.away /usr/bin/redis-server');
    });
  });
}
