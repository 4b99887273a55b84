import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { findBinary } from '@slipway/config';
import type { ImageRecord } from '@slipway/contracts';
import { MountPropagation } from '@slipway/cri';
import type { StagePods } from '@slipway/node-client';
import { capabilitiesOf } from '@slipway/runtime-kinds';
import type { ContainerShape } from './pod-life.js';

/** Ends immediately on SIGTERM. */
const script = 'trap "exit 0" TERM; /bin/busybox sleep 3600 & wait';

/**
 * A container that waits, of any image: its shell is a static busybox of the host, which a handler of kind null does not
 * need. Besides that it mounts so many directories, as volumes are mounted.
 */
export function waitingContainer(pods: StagePods, image: ImageRecord, mounts: number): ContainerShape {
  const volumes = Array.from({ length: mounts }, (_none, index) => {
    const hostPath = join(pods.directory, `volume-${index}`);
    mkdirSync(hostPath, { recursive: true });
    const propagation = MountPropagation.PROPAGATION_PRIVATE;
    return { hostPath, containerPath: `/volumes/${index}`, readonly: index % 2 === 1, propagation };
  });
  const shell = capabilitiesOf(pods.handler.kind).runsContainers
    ? [{ hostPath: findBinary('busybox'), containerPath: '/bin/busybox', readonly: true }]
    : [];
  return {
    image,
    config: { command: ['/bin/busybox', 'sh', '-c', script], mounts: [...shell, ...volumes] },
  };
}
