import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { leftovers, NodePod } from './pods.js';
import { removePods } from './scenario-pods.js';
import type { Handler, SlipwayNode } from './slipway-node.js';

const written = 20n * 1024n * 1024n;
/** The size of a writable layer is measured from time to time. */
const measuredMs = 120_000;

/** The root on a disk of its own, of the file systems that nodes have besides ext4; mounts with the flags of real hosts. */
export function diskScenarios(node: () => SlipwayNode, handlers: readonly Handler[]): void {
  for (const type of ['xfs', 'btrfs']) {
    describe(`the root on ${type}, /run and /tmp without programs and devices`, () => {
      const mount = `/srv/${type}`;
      const root = `${mount}/slipway`;
      before(async () => {
        const { guest } = node();
        await guest.run(
          `set -e
           truncate -s 1G /var/${type}.img
           mkfs.${type} -q /var/${type}.img
           mkdir -p ${mount}
           mount -o loop /var/${type}.img ${mount}
           mount -o remount,nosuid,nodev,noexec /run
           mountpoint -q /tmp || mount -t tmpfs tmpfs /tmp
           mount -o remount,nosuid,nodev,noexec /tmp`,
        );
        await node().startWith('systemd', { root });
      });
      after(async () => {
        await removePods(node());
        await node().guest.run(`systemctl stop slipway; umount ${mount}; rm /var/${type}.img`);
      });

      for (const handler of handlers) {
        test(`${handler}: a pod runs, what it writes is measured, and is gone with it`, async () => {
          const pod = await NodePod.run(node(), handler);
          const id = await pod.start(
            'dd if=/dev/zero of=/big bs=1M count=20 && mkdir /d && mv /big /d && exec sleep 100000',
          );
          const used = async (): Promise<bigint> => {
            const { stats } = await node().cri.containerStats({ containerId: id });
            return stats?.writableLayer?.usedBytes?.value ?? 0n;
          };
          const end = Date.now() + measuredMs;
          while ((await used()) < written && Date.now() < end) await sleep(2000);
          assert.ok((await used()) >= written, `${await used()} bytes`);
          assert.equal((await pod.exec(id, 'ls', '/d')).trim(), 'big');
          await pod.remove();
          assert.equal(await node().guest.run(`ls ${root}/bundles`), '');
          assert.deepEqual(await leftovers(node()), []);
        });
      }

      test('the images are on it', async () => {
        const { imageFilesystems } = await node().cri.imageFsInfo();
        assert.ok(imageFilesystems[0]?.fsId?.mountpoint.startsWith(root), imageFilesystems[0]?.fsId?.mountpoint);
        assert.ok((imageFilesystems[0]?.usedBytes?.value ?? 0n) > 0n);
      });
    });
  }
}
