import { randomUUID } from 'node:crypto';
import { NamespaceMode, type PodSandboxConfig } from '@slipway/cri';
import type { CriClient } from '@slipway/cri-client';
import type { Init } from '@slipway/protobuf';
import type { Iteration } from '../scenario.js';

/** The namespace of pods that load tests make. */
export const benchNamespace = 'slipway-bench';
/** Its value is the pid of the load test that made the pod. */
export const benchLabel = 'slipway.dev/bench';

/** The default command: it ends immediately on SIGTERM. */
export const waitingCommand = ['/bin/sh', '-c', 'trap "exit 0" TERM; sleep 3600 & wait'];

export interface PodShape {
  image: string;
  /** Empty is the runtime's default. */
  handler?: string;
  /** Default `waitingCommand`. */
  command?: string[];
  /** No network of its own: what CNI plugins cost is left out. */
  hostNetwork?: boolean;
  /** Where the pods' cgroups go; without it, the runtime's own choice. */
  cgroup?: string;
}

/** Ids of a pod with one container. */
export interface Pod {
  podSandboxId: string;
  containerId: string;
}

/** Times a part of the work; `Iteration.step` is one. */
export type Stepper = Iteration['step'];

/** A pod's configuration as a kubelet writes it; process ids are each container's own. */
export function podConfig({ hostNetwork = false, cgroup }: Omit<PodShape, 'image'> = {}): Init<PodSandboxConfig> {
  const name = `bench-${randomUUID().slice(0, 13)}`;
  return {
    metadata: { name, namespace: benchNamespace, uid: randomUUID(), attempt: 0 },
    ...(hostNetwork ? {} : { hostname: name }),
    labels: { [benchLabel]: String(process.pid) },
    linux: {
      ...(cgroup ? { cgroupParent: `${cgroup}/${name}` } : {}),
      securityContext: {
        namespaceOptions: {
          network: hostNetwork ? NamespaceMode.NODE : NamespaceMode.POD,
          pid: NamespaceMode.CONTAINER,
          ipc: NamespaceMode.POD,
        },
      },
    },
  };
}

/** Brings one pod with one container up. */
export async function podUp(cri: CriClient, shape: PodShape, step: Stepper): Promise<Pod> {
  const config = podConfig(shape);
  const runtimeHandler = shape.handler ?? '';
  const { podSandboxId } = await step('RunPodSandbox', () => cri.runPodSandbox({ config, runtimeHandler }));
  const { containerId } = await step('CreateContainer', () =>
    cri.createContainer({
      podSandboxId,
      sandboxConfig: config,
      config: {
        metadata: { name: 'main', attempt: 0 },
        image: { image: shape.image },
        command: shape.command ?? waitingCommand,
        labels: { [benchLabel]: String(process.pid) },
        linux: { securityContext: { namespaceOptions: config.linux?.securityContext?.namespaceOptions } },
      },
    }),
  );
  await step('StartContainer', () => cri.startContainer({ containerId }));
  return { podSandboxId, containerId };
}

/** Ends it as a kubelet does: the container with ten seconds of grace, then the sandbox. */
export async function podDown(cri: CriClient, { podSandboxId, containerId }: Pod, step: Stepper): Promise<void> {
  await step('StopContainer', () => cri.stopContainer({ containerId, timeout: 10n }));
  await step('RemoveContainer', () => cri.removeContainer({ containerId }));
  await step('StopPodSandbox', () => cri.stopPodSandbox({ podSandboxId }));
  await step('RemovePodSandbox', () => cri.removePodSandbox({ podSandboxId }));
}

/** A step that nobody times. */
export const untimed: Stepper = (_name, work) => work();
