import { type Check, expectThat } from '../check.js';
import { CannotCheck } from '../outcome.js';

export const stats: readonly Check[] = [
  {
    name: 'a sample of a running container',
    expects: 'processor time and memory that are not zero',
    process: true,
    run: async (scene) => {
      const { id } = await scene.started({
        script: 'i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; exec $b sleep 1000',
      });
      const { containers } = await scene.executor.collectStats({ containerIds: [id] });
      const sample = containers.find((one) => one.id === id)?.stats;
      if (!sample) throw new CannotCheck('no sample: this executor has no stats of containers');
      const cpu = sample.cpu?.usageCoreNanoSeconds?.value ?? 0n;
      const memory = sample.memory?.workingSetBytes?.value ?? 0n;
      // Several containers of gVisor cannot be separated: then the values are absent, and never zero.
      if (!sample.cpu && !sample.memory) throw new CannotCheck('the sample is empty: only the pod has figures');
      return expectThat(`${cpu} ns, ${memory} bytes`, cpu > 0n && memory > 0n);
    },
  },
  {
    name: 'samples of what is not there',
    expects: 'none, and no error',
    run: async (scene) => {
      const nobody = 'f'.repeat(64);
      const { containers, sandboxes } = await scene.executor.collectStats({
        containerIds: [nobody],
        sandboxIds: [nobody],
      });
      return expectThat(`${containers.length} and ${sandboxes.length}`, containers.length + sandboxes.length === 0);
    },
  },
];
