import { ContainerPhase } from '@slipway/contracts';
import { phaseName } from '@slipway/records';
import { type Check, expectError, expectThat, tell } from '../check.js';
import { Unexpected } from '../outcome.js';

const nobody = 'f'.repeat(64);

export const basicContainer: readonly Check[] = [
  {
    name: 'create container, twice',
    expects: 'CREATED with its time; the same at the second call',
    run: async (scene) => {
      const container = await scene.built();
      const { container: first } = await scene.executor.createContainer({ container });
      const { container: second } = await scene.executor.createContainer({ container });
      if (!first || !second) throw new Unexpected('an answer without a container');
      const right = first.phase === ContainerPhase.CONTAINER_PHASE_CREATED && first.createdAt > 0n;
      const same = first.createdAt === second.createdAt && first.pid === second.pid;
      return expectThat(`${phaseName(first.phase)}, ${same ? 'the same' : 'another'}`, right && same);
    },
  },
  {
    name: 'create container not reserved',
    expects: 'CONTAINER_NOT_FOUND',
    run: async (scene) => {
      const container = { ...(await scene.built()), id: nobody };
      return await expectError(scene.executor.createContainer({ container }), 'CONTAINER_NOT_FOUND');
    },
  },
  {
    name: 'start container, twice',
    expects: 'RUNNING with its time; success',
    run: async (scene) => {
      const { id } = await scene.created();
      await scene.executor.startContainer({ id });
      await scene.executor.startContainer({ id });
      const { phase, startedAt } = await scene.container(id);
      return expectThat(phaseName(phase), phase === ContainerPhase.CONTAINER_PHASE_RUNNING && startedAt > 0n);
    },
  },
  {
    name: 'start a missing container',
    expects: 'CONTAINER_NOT_FOUND',
    run: (scene) => expectError(scene.executor.startContainer({ id: nobody }), 'CONTAINER_NOT_FOUND'),
  },
  ...[
    { script: 'exit 0', code: 0, reason: 'Completed' },
    { script: 'exit 3', code: 3, reason: 'Error' },
    { script: 'kill -9 $$', code: 137, reason: 'Error' },
  ].map(
    ({ script, code, reason }): Check => ({
      name: `a container that ends: ${script}`,
      expects: `EXITED, ${code}, ${reason}`,
      process: true,
      run: async (scene) => {
        // The init of a pid namespace cannot kill itself: pid_namespaces(7).
        const inner = script.startsWith('kill') ? `$b sh -c '${script}'; exit $?` : script;
        const { id } = await scene.started({ script: inner });
        const record = await scene.exited(id);
        const inOrder = record.finishedAt >= record.startedAt && record.startedAt >= record.createdAt;
        const came = `${phaseName(record.phase)}, ${record.exitCode}, ${record.reason}`;
        return expectThat(
          inOrder ? came : `${came}; its times are not in order`,
          came.endsWith(`${code}, ${reason}`) && inOrder,
        );
      },
    }),
  ),
  {
    name: 'a command that is not there',
    expects: 'create or start fails; after a start: EXITED, 128, StartError',
    process: true,
    run: async (scene) => {
      const container = await scene.built({ command: ['/no/such/program'] });
      try {
        await scene.executor.createContainer({ container });
      } catch (error) {
        return `create: ${tell(error)}`;
      }
      const failure = await expectError(scene.executor.startContainer({ id: container.id }), 'RUNTIME_FAILED');
      const { phase, exitCode, reason } = await scene.container(container.id);
      const came = `${phaseName(phase)}, ${exitCode}, ${reason}`;
      return expectThat(`start: ${failure}; ${came}`, came === 'EXITED, 128, StartError');
    },
  },
  {
    name: 'start a container that has ended',
    expects: 'success, and it does not run again',
    run: async (scene) => {
      const { id } = await scene.started();
      await scene.executor.stopContainer({ id, graceSeconds: 0n });
      await scene.executor.startContainer({ id });
      const { phase } = await scene.container(id);
      return expectThat(phaseName(phase), phase === ContainerPhase.CONTAINER_PHASE_EXITED);
    },
  },
];
