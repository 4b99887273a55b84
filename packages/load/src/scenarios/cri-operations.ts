import type { CriClient } from '@slipway/cri-client';
import type { Operation } from '../scenario.js';
import { type Pod, podDown, type PodShape, podUp } from './kubelet-pod.js';

/** Operations on a CRI socket. */
export const criOperationNames = ['pod', 'list', 'status', 'exec', 'stats'] as const;
export type CriOperationName = (typeof criOperationNames)[number];

interface Parts {
  cri: CriClient;
  shape: PodShape;
  /** The command of `exec`. */
  command: string[];
  /** Pods that stand during the whole test; what is asked of one goes to each in turn. */
  pods: readonly Pod[];
}

/** Operations that need an existing pod. */
export function needsStandingPod(name: CriOperationName): boolean {
  return name === 'exec' || name === 'stats';
}

export function criOperations(names: readonly CriOperationName[], parts: Parts): Operation[] {
  return names.flatMap((name) => builders[name](parts));
}

const builders: Record<CriOperationName, (parts: Parts) => Operation[]> = {
  /** The whole life of a pod with one container. */
  pod: ({ cri, shape }) => [
    {
      name: 'pod',
      run: async ({ step }) => podDown(cri, await podUp(cri, shape, step), step),
    },
  ],
  /** A kubelet's relist each second: sandboxes and containers; and the images of its garbage collection. */
  list: ({ cri }) => [
    { name: 'ListPodSandbox', run: async () => void (await cri.listPodSandbox({})) },
    { name: 'ListContainers', run: async () => void (await cri.listContainers({})) },
    { name: 'ListImages', run: async () => void (await cri.listImages({})) },
  ],
  /** Its health checks, and what it asks of a pod that changed. */
  status: ({ cri, pods }) => [
    { name: 'Version', run: async () => void (await cri.version({})) },
    { name: 'Status', run: async () => void (await cri.status({})) },
    ...(pods.length === 0
      ? []
      : [
          {
            name: 'PodSandboxStatus',
            run: async ({ index }: { index: number }) => void (await cri.podSandboxStatus(of(pods, index))),
          },
          {
            name: 'ContainerStatus',
            run: async ({ index }: { index: number }) => void (await cri.containerStatus(of(pods, index))),
          },
        ]),
  ],
  exec: ({ cri, pods, command }) => [
    {
      name: 'ExecSync',
      run: async ({ index }) => {
        const { containerId } = of(pods, index);
        const { exitCode } = await cri.execSync({ containerId, cmd: command, timeout: 10n });
        if (exitCode !== 0)
          throw Object.assign(new Error(`${command.join(' ')}: exit code ${exitCode}`), { code: 'EXIT' });
      },
    },
  ],
  stats: ({ cri }) => [
    { name: 'ListPodSandboxStats', run: async () => void (await cri.listPodSandboxStats({})) },
    { name: 'ListContainerStats', run: async () => void (await cri.listContainerStats({})) },
  ],
};

/** Operations take turns too: a plain remainder could meet the same pod each time. */
function of(pods: readonly Pod[], index: number): Pod {
  return pods[Math.floor(Math.abs(index) / 3) % pods.length] as Pod;
}
