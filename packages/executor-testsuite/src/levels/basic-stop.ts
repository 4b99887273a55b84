import { setTimeout as sleep } from 'node:timers/promises';
import { ContainerPhase, type ContainerRecord } from '@slipway/contracts';
import { phaseName } from '@slipway/records';
import { type Check, expectThat } from '../check.js';

const nobody = 'f'.repeat(64);
const shown = ({ phase, exitCode }: ContainerRecord): string => `${phaseName(phase)}, ${exitCode}`;

export const basicStop: readonly Check[] = [
  {
    name: 'stop: the signal is heeded',
    expects: 'EXITED, 7, long before the grace of 30 s is over',
    process: true,
    run: async (scene) => {
      const { id } = await scene.started({ script: 'trap "exit 7" TERM; while :; do $b sleep 0.05; done' });
      // It takes a moment until the trap is set.
      await sleep(300);
      const began = Date.now();
      await scene.executor.stopContainer({ id, graceSeconds: 30n });
      const quick = Date.now() - began < 25_000;
      const came = shown(await scene.container(id));
      return expectThat(quick ? came : `${came} after ${Date.now() - began} ms`, came === 'EXITED, 7' && quick);
    },
  },
  {
    name: 'stop: the signal is ignored',
    expects: 'EXITED, 137, after the grace of 1 s and not before',
    process: true,
    run: async (scene) => {
      const { id } = await scene.started({ script: 'trap "" TERM; while :; do $b sleep 0.05; done' });
      await sleep(300);
      const began = Date.now();
      await scene.executor.stopContainer({ id, graceSeconds: 1n });
      const waited = Date.now() - began >= 900;
      const came = shown(await scene.container(id));
      return expectThat(waited ? came : `${came} after ${Date.now() - began} ms`, came === 'EXITED, 137' && waited);
    },
  },
  {
    name: 'stop: without grace',
    expects: 'EXITED, 137 when it answers',
    run: async (scene) => {
      const { id } = await scene.started();
      await scene.executor.stopContainer({ id, graceSeconds: 0n });
      const came = shown(await scene.container(id));
      return expectThat(came, came === 'EXITED, 137');
    },
  },
  {
    name: 'stop: a shorter grace while a longer one runs',
    expects: 'EXITED, 137: the second call has its say',
    process: true,
    run: async (scene) => {
      const { id } = await scene.started({ script: 'trap "" TERM; while :; do $b sleep 0.05; done' });
      const long = scene.executor.stopContainer({ id, graceSeconds: 60n });
      await sleep(200);
      const began = Date.now();
      await Promise.all([long, scene.executor.stopContainer({ id, graceSeconds: 0n })]);
      const quick = Date.now() - began < 30_000;
      const came = shown(await scene.container(id));
      return expectThat(quick ? came : `${came} after ${Date.now() - began} ms`, came === 'EXITED, 137' && quick);
    },
  },
  {
    name: 'stop: one that was only created',
    expects: 'EXITED, 137',
    run: async (scene) => {
      const { id } = await scene.created();
      await scene.executor.stopContainer({ id, graceSeconds: 5n });
      const came = shown(await scene.container(id));
      return expectThat(came, came === 'EXITED, 137');
    },
  },
  {
    name: 'stop and remove a missing container',
    expects: 'success',
    run: async (scene) => {
      await scene.executor.stopContainer({ id: nobody, graceSeconds: 0n });
      await scene.executor.removeContainer({ id: nobody });
      return 'success';
    },
  },
  {
    name: 'remove a running container, twice',
    expects: 'success; its record stays, EXITED',
    run: async (scene) => {
      const { id, pid } = await scene.started();
      await scene.executor.removeContainer({ id });
      await scene.executor.removeContainer({ id });
      const record = await scene.container(id);
      const gone = pid === 0 || !isThere(pid);
      const came = `${phaseName(record.phase)}${gone ? '' : `, and process ${pid} still runs`}`;
      return expectThat(came, record.phase === ContainerPhase.CONTAINER_PHASE_EXITED && gone);
    },
  },
];

/** Whether a process of the host has the pid. */
function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
