import { type Check, expectError, expectThat } from '../check.js';

const memory = 64n << 20n;

export const update: readonly Check[] = [
  {
    name: 'new limits',
    expects: `${memory} bytes in the record, and the shares that were there`,
    run: async (scene) => {
      const { id } = await scene.started({ resources: { cpuShares: 512n } });
      await scene.executor.updateContainer({ id, resources: { memoryLimitInBytes: memory } });
      const { resources } = await scene.container(id);
      const came = `${resources?.memoryLimitInBytes} bytes, ${resources?.cpuShares} shares`;
      return expectThat(came, came === `${memory} bytes, 512 shares`);
    },
  },
  {
    name: 'a memory limit holds',
    expects: 'EXITED, OOMKilled',
    process: true,
    run: async (scene) => {
      // In a pod of its own: where a sandbox is one kernel, all of it ends.
      const wish = {
        script: 'exec $b dd if=/dev/zero of=/dev/null bs=300M count=1',
        resources: { memoryLimitInBytes: memory },
      };
      const { id } = await scene.started(wish, await scene.sandbox());
      const { exitCode, reason } = await scene.exited(id, 60_000);
      return expectThat(`${exitCode}, ${reason}`, reason === 'OOMKilled' && exitCode !== 0);
    },
  },
  {
    name: 'limits of a container that has ended',
    expects: 'CONTAINER_STATE',
    run: async (scene) => {
      const { id } = await scene.started();
      await scene.executor.stopContainer({ id, graceSeconds: 0n });
      return await expectError(
        scene.executor.updateContainer({ id, resources: { memoryLimitInBytes: memory } }),
        'CONTAINER_STATE',
      );
    },
  },
  {
    name: "a sandbox's resources",
    expects: 'in the record',
    run: async (scene) => {
      const { id } = await scene.sandbox();
      await scene.executor.updateSandbox({ id, resources: { memoryLimitInBytes: memory } });
      const now = (await scene.records.sandboxes.get(id))?.config?.linux?.resources?.memoryLimitInBytes;
      return expectThat(`${now} bytes`, now === memory);
    },
  },
];
