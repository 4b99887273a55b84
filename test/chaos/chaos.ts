import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ContainerState } from '@slipway/cri';
import { statusName } from '@slipway/testbed';
import type { Lab } from '../support/lab.js';
import { nothingLeft } from '../support/leftovers.js';
import { Pod, podConfig, shell } from '../support/pod.js';
import { isCalled, signalIfThere } from '../support/processes.js';
import { idOf, retried, until } from '../support/retry.js';

export interface ChaosOptions {
  /** How long processes are killed for. */
  seconds: number;
  /** Pods that are made, used and removed at once. Default 3. */
  workers?: number;
  /** The processes that are killed, by name. Default every stage of the node. */
  victims?: string[];
  /** Milliseconds between two kills, at least and at most. Default 300 to 1500. */
  pauseMs?: [least: number, most: number];
}

export interface ChaosResult {
  kills: number;
  pods: number;
  execs: number;
}

/** A kubelet has as much patience, and a killed process's locks and operations fall free within ten seconds. */
const patienceMs = 60_000;

/**
 * Kills processes of a node at random while pods are made, used and removed by clients
 * that try again as kubelets do. Rejects at the first thing that is lost: a container
 * that is not what its record says, an exit with another code than the real one, lines
 * missing in a log, an object listed that nobody made, anything left at the end.
 */
export async function runChaos(lab: Lab, options: ChaosOptions): Promise<ChaosResult> {
  const result: ChaosResult = { kills: 0, pods: 0, execs: 0 };
  const over = Date.now() + options.seconds * 1000;
  const failed = new AbortController();
  const going = (): boolean => Date.now() < over && !failed.signal.aborted;
  const fail = (error: unknown): void => failed.abort(error);

  const worker = async (): Promise<void> => {
    while (going()) {
      await churn(lab, result);
      result.pods++;
    }
  };
  const killer = async (): Promise<void> => {
    const [least, most] = options.pauseMs ?? [300, 1500];
    while (going()) {
      await sleep(randomInt(least, most));
      const name = pick(options.victims ?? ['gateway', 'puller', 'builder', 'executor.crun']);
      const ready = lab.node.processes().filter((one) => one.state === 'ready' && isCalled(one.name, name));
      const pid = ready.length > 0 ? pick(ready).pid : undefined;
      if (pid === undefined) continue;
      if (signalIfThere(pid, 'SIGKILL')) result.kills++;
    }
  };
  const workers = Array.from({ length: options.workers ?? 3 }, () => worker());
  await Promise.all([...workers, killer()].map((running) => running.catch(fail)));
  if (failed.signal.aborted) throw failed.signal.reason;
  await settle(lab);
  return result;
}

/** One pod's life: two containers, one that ends by itself and one that is stopped. */
async function churn(lab: Lab, result: ChaosResult): Promise<void> {
  const { cri, node, image } = lab;
  const again = <T>(what: string, call: () => Promise<T>): Promise<T> => retried(what, call, patienceMs);
  const config = podConfig(node);
  const podSandboxId = await again('RunPodSandbox', () => idOf(cri.runPodSandbox({ config })));
  const pod = new Pod(cri, podSandboxId, config);
  const create = async (script: string): Promise<string> => {
    const request = { podSandboxId, config: shell(image, script), sandboxConfig: config };
    const containerId = await again('CreateContainer', () => idOf(cri.createContainer(request)));
    let tries = 0;
    await again('StartContainer', () => {
      tries++;
      // A try whose answer was lost may have started it, and it may have ended since: its status tells.
      return cri.startContainer({ containerId }).catch((error: unknown) => {
        if (tries === 1 || statusName(error) !== 'FAILED_PRECONDITION') throw error;
      });
    });
    return containerId;
  };
  const code = randomInt(1, 100);
  const [brief, steady] = await Promise.all([
    create(`for i in 1 2 3 4 5; do echo line $i; usleep 20000; done; exit ${code}`),
    create("trap 'exit 42' TERM; sleep 1000 >/dev/null 2>&1 & wait"),
  ]);
  await again('ExecSync', async () => {
    const { stdout, exitCode } = await cri.execSync({ containerId: steady, cmd: ['echo', 'here'], timeout: 10n });
    equal(`${exitCode} ${Buffer.from(stdout).toString()}`, '0 here\n', 'what an exec printed');
  });
  result.execs++;

  const ended = async (id: string): Promise<number> => {
    let exitCode = -1;
    await until(
      `${id} is known to have ended`,
      async () => {
        const status = await again('ContainerStatus', () => pod.status(id));
        exitCode = status.exitCode;
        return status.state === ContainerState.CONTAINER_EXITED;
      },
      patienceMs,
    );
    return exitCode;
  };
  equal(await ended(brief), code, 'the exit code of a container that ended by itself');
  const lines = (await again('log', () => pod.log(brief))).map(({ text }) => text);
  equal(lines.join(), 'line 1,line 2,line 3,line 4,line 5', 'its log');

  const running = await again('ContainerStatus', () => pod.status(steady));
  equal(running.state, ContainerState.CONTAINER_RUNNING, 'the state of a container that runs');
  await again('StopContainer', () => cri.stopContainer({ containerId: steady, timeout: 30n }));
  equal(await ended(steady), 42, 'the exit code of a container that was stopped');

  await again('RemoveContainer', () => cri.removeContainer({ containerId: brief }));
  await again('StopPodSandbox', () => cri.stopPodSandbox({ podSandboxId }));
  await again('RemovePodSandbox', () => cri.removePodSandbox({ podSandboxId }));
}

/** Everything was removed by those who made it: nothing may be listed, and nothing may stay. */
async function settle(lab: Lab): Promise<void> {
  await lab.node.ready();
  const { items } = await retried('ListPodSandbox', () => lab.cri.listPodSandbox({}));
  const { containers } = await lab.cri.listContainers({});
  const listed = [...items, ...containers].map(({ id }) => id);
  equal(listed.join(), '', 'objects that nobody made or that were removed');
  // Unfinished work of a killed process is undone in the background.
  await nothingLeft(lab.node);
}

function equal(actual: unknown, expected: unknown, what: string): void {
  if (actual !== expected) throw new Error(`${what}: ${String(actual)} instead of ${String(expected)}`);
}

function pick<T>(list: readonly T[]): T {
  return list[randomInt(list.length)] as T;
}
