import { setTimeout as sleep } from 'node:timers/promises';
import {
  ContainerPhase,
  type ContainerRecord,
  type Executor,
  type HandlerInfo,
  type SandboxRecord,
} from '@slipway/contracts';
import type { LinuxContainerResources } from '@slipway/cri';
import type { Init } from '@slipway/protobuf';
import { phaseName, type Records } from '@slipway/records';
import type { Bus, StageClient } from '@slipway/stage';
import { noImage } from '@slipway/node-client';
import { callMs, StagePods } from '@slipway/node-client';
import { Unexpected } from './outcome.js';

export interface ContainerWish {
  /** A script for `busybox sh`; in it, $b is the busybox. Default: sleeps. */
  script?: string;
  /** Instead of the script. */
  command?: string[];
  stdin?: boolean;
  resources?: Init<LinuxContainerResources>;
}

/**
 * The objects of checks: sandboxes and containers of one handler, reserved and built as a gateway does it, and removed at
 * the end whatever became of them.
 */
export class Scene {
  readonly #pods: StagePods;
  #shared: SandboxRecord | undefined;

  constructor(
    readonly bus: Bus,
    readonly records: Records,
    readonly handler: HandlerInfo,
    /** A static busybox on the host. */
    readonly busybox: string,
    /** The process of the executor that may be killed; undefined where none may. */
    readonly pid: () => number | undefined,
  ) {
    this.#pods = new StagePods(bus, records, handler, { prefix: 'verify', namespace: 'slipway-verify' });
  }

  get executor(): StageClient<typeof Executor> {
    return this.#pods.executor;
  }

  /** Reserves a sandbox. On the host's network unless `network`. */
  async reserveSandbox(network = false): Promise<SandboxRecord> {
    return await this.#pods.reserveSandbox(network);
  }

  /** Lets the executor make a reserved sandbox; may be called again. */
  async createSandbox(sandbox: SandboxRecord): Promise<SandboxRecord> {
    const infraBundle = this.#pods.needsInfra ? await this.#pods.buildInfraBundle(sandbox) : '';
    const { sandbox: made } = await this.executor.createSandbox({ sandbox, infraBundle }, { timeoutMs: callMs });
    if (!made) throw new Unexpected('an answer without a sandbox');
    return made;
  }

  async sandbox(network = false): Promise<SandboxRecord> {
    return await this.createSandbox(await this.reserveSandbox(network));
  }

  /** A container shared by checks that do not end it. */
  async shared(): Promise<SandboxRecord> {
    this.#shared ??= await this.sandbox();
    return this.#shared;
  }

  /** Reserves a container and lets the builder make its bundle: what CreateContainer is called with. */
  async built(wish: ContainerWish = {}, inSandbox?: SandboxRecord): Promise<ContainerRecord> {
    const sandbox = inSandbox ?? (await this.shared());
    const script = `b=/bin/busybox; ${wish.script ?? 'exec $b sleep 1000'}`;
    const container = await this.#pods.reserveContainer(sandbox, noImage, {
      command: wish.command ?? ['/bin/busybox', 'sh', '-c', script],
      mounts: [{ hostPath: this.busybox, containerPath: '/bin/busybox', readonly: true }],
      stdin: wish.stdin ?? false,
      ...(wish.resources ? { linux: { resources: wish.resources } } : {}),
    });
    return await this.#pods.buildBundle(container, sandbox, noImage);
  }

  async created(wish: ContainerWish = {}, sandbox?: SandboxRecord): Promise<ContainerRecord> {
    const container = await this.built(wish, sandbox);
    const answer = await this.executor.createContainer({ container }, { timeoutMs: callMs });
    return answer.container ?? container;
  }

  async started(wish: ContainerWish = {}, sandbox?: SandboxRecord): Promise<ContainerRecord> {
    const { id } = await this.created(wish, sandbox);
    await this.executor.startContainer({ id }, { timeoutMs: callMs });
    return await this.container(id);
  }

  /** A record as it is now. */
  async container(id: string): Promise<ContainerRecord> {
    const record = await this.records.containers.get(id);
    if (!record) throw new Unexpected('the container has no record any more: removing it is not for an executor');
    return record;
  }

  /** Waits until a container is in a phase. */
  async reaches(id: string, phase: ContainerPhase, withinMs = 15_000): Promise<ContainerRecord> {
    const end = Date.now() + withinMs;
    for (;;) {
      const record = await this.container(id);
      if (record.phase === phase) return record;
      if (Date.now() > end) {
        throw new Unexpected(`it is ${phaseName(record.phase)}, and not ${phaseName(phase)} after ${withinMs} ms`);
      }
      await sleep(20);
    }
  }

  async exited(id: string, withinMs?: number): Promise<ContainerRecord> {
    return await this.reaches(id, ContainerPhase.CONTAINER_PHASE_EXITED, withinMs);
  }

  /** Whatever is about to be made fails from now on. */
  close(): void {
    this.#pods.close();
  }

  /** Takes everything away. Answers what could not be. */
  async clear(): Promise<string[]> {
    this.#shared = undefined;
    return await this.#pods.clear();
  }
}
