import { ContainerPhase } from '@slipway/contracts';
import { phaseName } from '@slipway/records';
import { pingStage } from '@slipway/stage';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Check, expectThat } from '../check.js';
import { CannotCheck, Unexpected } from '../outcome.js';
import type { Scene } from '../scene.js';

/** Kills the executor and waits until another one, which somebody else starts, answers. */
async function killExecutor(scene: Scene): Promise<void> {
  const pid = scene.pid();
  if (pid === undefined) throw new CannotCheck('no process was named: --kill for one of slipway up, or --pid');
  process.kill(pid, 'SIGKILL');
  const end = Date.now() + 60_000;
  while (isAlive(pid) || !(await pingStage(scene.bus, 'executor', scene.handler.name))) {
    if (Date.now() > end) throw new Unexpected('no executor came back in 60 s');
    await sleep(100);
  }
}

export const recovery: readonly Check[] = [
  {
    name: 'a container that runs while the executor is killed',
    expects: 'RUNNING, and it can be stopped: EXITED, 137',
    run: async (scene) => {
      const { id } = await scene.started();
      await killExecutor(scene);
      const { phase } = await scene.container(id);
      await scene.executor.stopContainer({ id, graceSeconds: 0n });
      const { exitCode } = await scene.exited(id);
      return expectThat(
        `${phaseName(phase)}, then ${exitCode}`,
        phase === ContainerPhase.CONTAINER_PHASE_RUNNING && exitCode === 137,
      );
    },
  },
  {
    name: 'a container that ends while no executor runs',
    expects: 'EXITED, 9',
    process: true,
    run: async (scene) => {
      const { id } = await scene.started({ script: '$b sleep 1; exit 9' });
      await killExecutor(scene);
      const { exitCode } = await scene.exited(id, 60_000);
      return expectThat(`EXITED, ${exitCode}`, exitCode === 9);
    },
  },
  {
    name: 'a container that was created while the executor is killed',
    expects: 'it can be started',
    run: async (scene) => {
      const { id } = await scene.created();
      await killExecutor(scene);
      await scene.executor.startContainer({ id });
      const { phase } = await scene.container(id);
      return expectThat(phaseName(phase), phase === ContainerPhase.CONTAINER_PHASE_RUNNING);
    },
  },
];

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
