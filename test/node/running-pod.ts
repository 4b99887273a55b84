import assert from 'node:assert/strict';
import { ContainerState } from '@slipway/cri';
import { NodePod } from './pods.js';
import type { SlipwayNode } from './slipway-node.js';

/** A pod whose only container runs until it is stopped, and must be the same process afterwards. */
export class RunningPod {
  private constructor(
    readonly pod: NodePod,
    readonly id: string,
    readonly pid: number,
  ) {}

  static async start(node: SlipwayNode): Promise<RunningPod> {
    const pod = await NodePod.run(node, 'crun');
    const id = await pod.start('trap "exit 0" TERM; sleep 100000 & wait');
    return new RunningPod(pod, id, await pod.pid(id));
  }

  get name(): string {
    return this.pod.config.metadata?.name ?? '';
  }

  /** The container is the process that it was, and commands run in it. */
  async check(): Promise<void> {
    assert.equal((await this.pod.status(this.id)).state, ContainerState.CONTAINER_RUNNING);
    assert.equal(await this.pod.pid(this.id), this.pid);
    assert.equal(await this.pod.exec(this.id, 'echo', 'runs'), 'runs\n');
  }
}
