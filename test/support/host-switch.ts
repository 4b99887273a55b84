import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Mount } from '@slipway/cri';
import type { Init } from '@slipway/protobuf';
import type { TestNode } from '@slipway/testbed';

/**
 * A switch that a container waits for and the host turns: a file, `/switch/on` in the container. A command in the container that
 * makes such a file may be killed with it, before it has reported its success.
 */
export interface HostSwitch {
  readonly mounts: Init<Mount>[];
  readonly turn: () => void;
}

export function hostSwitch(node: TestNode): HostSwitch {
  const directory = join(node.place.directory, 'switches', randomBytes(4).toString('hex'));
  mkdirSync(directory, { recursive: true });
  return {
    mounts: [{ hostPath: directory, containerPath: '/switch' }],
    turn: () => writeFileSync(join(directory, 'on'), ''),
  };
}
