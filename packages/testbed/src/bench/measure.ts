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

function podConfig(name: string, cgroup: string) {
  return {
    metadata: { name, namespace: 'bench', uid: randomUUID(), attempt: 0 },
    hostname: name,
    linux: {
      ...(cgroup ? { cgroupParent: `${cgroup}/${name}` } : {}),
      securityContext: { namespaceOptions: kubeletNamespaces },
    },
  };
}

/** Whose pods are measured. */
export interface Measured {
  cri: CriClient;
  /** Where the pods' cgroups go; empty is the runtime's own choice. */
  cgroup: string;
}

/** A pod with its one container. */
export interface BenchPod {
  podSandboxId: string;
  containerId: string;
}

/** Brings one pod with one container up; `took` gets each step's milliseconds. */
export async function podUp(
  { cri, cgroup }: Measured,
  image: string,
  took: (step: string, ms: number) => void,
  work = 'sleep 3600 & wait',
): Promise<BenchPod> {
  const timed = stopwatch(took);
  const config = podConfig(`bench-${randomUUID().slice(0, 8)}`, cgroup);
  const { podSandboxId } = await timed('RunPodSandbox', cri.runPodSandbox({ config }));
  const { containerId } = await timed(
    'CreateContainer',
    cri.createContainer({
      podSandboxId,
      sandboxConfig: config,
      config: {
        metadata: { name: 'main', attempt: 0 },
        image: { image },
        command: ['/bin/sh', '-c', `trap "exit 0" TERM; ${work}`],
        linux: { securityContext: { namespaceOptions: kubeletNamespaces } },
      },
    }),
  );
  await timed('StartContainer', cri.startContainer({ containerId }));
  return { podSandboxId, containerId };
}

export async function podDown(cri: CriClient, { podSandboxId, containerId }: BenchPod): Promise<void> {
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

/** The life of one pod; each step's milliseconds are added to `samples`. */
export async function measureLife(target: Measured, image: string, samples: Samples): Promise<void> {
  const { cri } = target;
  const took = (step: string, ms: number): void => {
    samples.set(step, [...(samples.get(step) ?? []), ms]);
  };
  const timed = stopwatch(took);
  const started = performance.now();
  const pod = await podUp(target, image, took);
  took('pod up', performance.now() - started);
  await timed('ExecSync true', cri.execSync({ containerId: pod.containerId, cmd: ['/bin/true'], timeout: 10n }));
  await timed('stop and remove', podDown(cri, pod));
}

/** Milliseconds until `count` pods that were requested together are all up. */
export async function measureAtOnce(target: Measured, image: string, count: number): Promise<number> {
  const started = performance.now();
  const pods = await Promise.all(Array.from({ length: count }, () => podUp(target, image, () => undefined)));
  const took = performance.now() - started;
  await Promise.all(pods.map((pod) => podDown(target.cri, pod)));
  return took;
}

/** Proportional memory (PSS) in MB of each process of a node, and of its supervisor. */
export function measureMemory(node: TestNode): { name: string; megabytes: number }[] {
  const all = [...node.processes(), { name: 'up (supervisor)', pid: node.up.pid }];
  return all.flatMap(({ name, pid }) => {
    if (pid === undefined) return [];
    const kilobytes = /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1];
    // Each node has one handler, which its column names.
    return [{ name: name.replace(/^executor\..*-/, 'executor-'), megabytes: Number(kilobytes) / 1000 }];
  });
}
