import { ContainerPhase, type ContainerRecord, type ImageRecord } from '@slipway/contracts';
import { type Container, ContainerState, type ContainerStatus, type ImageSpec } from '@slipway/cri';
import type { Init } from '@slipway/protobuf';
import { criSignal } from './signal.js';

export function containerState({ phase }: ContainerRecord): ContainerState {
  switch (phase) {
    case ContainerPhase.CONTAINER_PHASE_CREATED:
      return ContainerState.CONTAINER_CREATED;
    case ContainerPhase.CONTAINER_PHASE_RUNNING:
      return ContainerState.CONTAINER_RUNNING;
    default:
      return ContainerState.CONTAINER_EXITED;
  }
}

export function toContainer(record: ContainerRecord): Init<Container> {
  const { config } = record;
  return {
    id: record.id,
    podSandboxId: record.sandboxId,
    metadata: config?.metadata,
    image: config?.image,
    imageRef: record.imageId,
    imageId: record.imageId,
    state: containerState(record),
    createdAt: record.createdAt,
    labels: config?.labels,
    annotations: config?.annotations,
  };
}

/** `image` is the image's record, where it is still there. */
export function toContainerStatus(record: ContainerRecord, image?: ImageRecord): Init<ContainerStatus> {
  const { config } = record;
  return {
    id: record.id,
    metadata: config?.metadata,
    state: containerState(record),
    createdAt: record.createdAt,
    startedAt: record.startedAt,
    finishedAt: record.finishedAt,
    exitCode: record.exitCode,
    image: shownImage(config?.image, image),
    imageRef: record.imageRef,
    imageId: record.imageId,
    reason: record.reason,
    message: record.message,
    labels: config?.labels,
    annotations: config?.annotations,
    mounts: record.mounts,
    logPath: record.logPath,
    resources: record.resources ? { linux: record.resources } : undefined,
    user: record.user,
    stopSignal: criSignal(record.stopSignal),
  };
}

/** Kubelets ask for images by id; people want to read the name that they wrote. */
export function shownImage(spec: ImageSpec | undefined, image: ImageRecord | undefined): Init<ImageSpec> {
  const name = spec?.userSpecifiedImage || image?.repoTags[0] || spec?.image;
  return { ...spec, image: name ?? '' };
}
