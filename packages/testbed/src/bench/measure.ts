import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type CriClient, kubeletNamespaces } from '../cri-client.js';
import type { TestNode } from '../node.js';

/** Milliseconds of each step, by its name, in the order in which they happen. */
export type Samples = Map<string, number[]>;

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

function podConfig(name: string) {
  return {
    metadata: { name, namespace: 'bench', uid: randomUUID(), attempt: 0 },
    hostname: name,
    linux: { securityContext: { namespaceOptions: kubeletNamespaces } },
  };
}

interface Pod {
  podSandboxId: string;
  containerId: string;
}

/** Brings one pod with one container up; `took` is told each step's milliseconds. */
async function podUp(cri: CriClient, image: string, took: (step: string, ms: number) => void): Promise<Pod> {
  const timed = stopwatch(took);
  const config = podConfig(`bench-${randomUUID().slice(0, 8)}`);
  const { podSandboxId } = await timed('RunPodSandbox', cri.runPodSandbox({ config }));
  const { containerId } = await timed(
    'CreateContainer',
    cri.createContainer({
      podSandboxId,
      sandboxConfig: config,
      config: {
        metadata: { name: 'main', attempt: 0 },
        image: { image },
        command: ['/bin/sh', '-c', 'trap "exit 0" TERM; sleep 3600 & wait'],
        linux: { securityContext: { namespaceOptions: kubeletNamespaces } },
      },
    }),
  );
  await timed('StartContainer', cri.startContainer({ containerId }));
  return { podSandboxId, containerId };
}

async function podDown(cri: CriClient, { podSandboxId, containerId }: Pod): Promise<void> {
  await cri.stopContainer({ containerId, timeout: 10n });
  await cri.removeContainer({ containerId });
  await cri.stopPodSandbox({ podSandboxId });
  await cri.removePodSandbox({ podSandboxId });
}

function stopwatch(took: (step: string, ms: number) => void) {
  return async <T>(step: string, work: Promise<T>): Promise<T> => {
    const started = performance.now();
    const result = await work;
    took(step, performance.now() - started);
    return result;
  };
}

/** The life of a pod, `runs` times one after the other; two before that do not count. */
export async function measureLifecycle(cri: CriClient, image: string, runs: number): Promise<Samples> {
  const samples: Samples = new Map();
  for (let run = -2; run < runs; run++) {
    const took = (step: string, ms: number): void => {
      if (run >= 0) samples.set(step, [...(samples.get(step) ?? []), ms]);
    };
    const timed = stopwatch(took);
    const started = performance.now();
    const pod = await podUp(cri, image, took);
    took('pod up', performance.now() - started);
    await timed('ExecSync true', cri.execSync({ containerId: pod.containerId, cmd: ['/bin/true'], timeout: 10n }));
    await timed('stop and remove', podDown(cri, pod));
  }
  return samples;
}

/** Milliseconds until `count` pods that were asked for at once are all up; the median of three rounds. */
export async function measureAtOnce(cri: CriClient, image: string, count: number): Promise<number> {
  const rounds: number[] = [];
  for (let round = 0; round < 3; round++) {
    const started = performance.now();
    const pods = await Promise.all(Array.from({ length: count }, () => podUp(cri, image, () => undefined)));
    rounds.push(performance.now() - started);
    await Promise.all(pods.map((pod) => podDown(cri, pod)));
  }
  return median(rounds);
}

/** Proportional memory (PSS) in MB of each process of a node, and of its supervisor. */
export function measureMemory(node: TestNode): { name: string; megabytes: number }[] {
  const all = [...node.processes(), { name: 'up (supervisor)', pid: node.up.pid }];
  return all.flatMap(({ name, pid }) => {
    if (pid === undefined) return [];
    const kilobytes = /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1];
    // Of each node there is one handler: its column says which.
    return [{ name: name.replace(/^executor\..*-/, 'executor-'), megabytes: Number(kilobytes) / 1000 }];
  });
}
