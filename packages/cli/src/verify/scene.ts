import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  Builder,
  ContainerPhase,
  type ContainerRecord,
  Executor,
  type HandlerInfo,
  ImageRecord,
  SandboxPhase,
  type SandboxRecord,
} from '@slipway/contracts';
import { type LinuxContainerResources, NamespaceMode } from '@slipway/cri';
import type { Init } from '@slipway/protobuf';
import { phaseName, type Records } from '@slipway/records';
import { type Bus, nowNanos, type StageClient, stageClient } from '@slipway/stage';
import { Unexpected } from './check.js';

/** Milliseconds that a call of a check may take, and that taking something down may. */
const callMs = 60_000;

/** An image of nothing: the shell comes in as a mount, so that no registry is needed. */
const noImage = ImageRecord.create({
  id: `sha256:${'0'.repeat(64)}`,
  config: Buffer.from(JSON.stringify({ config: {}, rootfs: { type: 'layers', diff_ids: [] } })),
});

export interface ContainerWish {
  /** A script for `busybox sh`; in it, $b is the busybox. Default: sleeps. */
  script?: string;
  /** Instead of the script. */
  command?: string[];
  stdin?: boolean;
  resources?: Init<LinuxContainerResources>;
}

/**
 * What checks work on: sandboxes and containers of one handler, reserved and built as a gateway does it, and taken away at
 * the end whatever became of them.
 */
export class Scene {
  readonly executor: StageClient<typeof Executor>;
  readonly #builder: StageClient<typeof Builder>;
  readonly #sandboxes: string[] = [];
  readonly #containers: string[] = [];
  #shared: SandboxRecord | undefined;
  /** For logs. */
  readonly directory = mkdtempSync(join(tmpdir(), 'slipway-verify-'));

  constructor(
    readonly bus: Bus,
    readonly records: Records,
    readonly handler: HandlerInfo,
    /** A static busybox on the host. */
    readonly busybox: string,
    /** The process of the executor that may be killed; undefined where none may. */
    readonly pid: () => number | undefined,
  ) {
    this.executor = stageClient(bus, Executor, { handler: handler.name });
    this.#builder = stageClient(bus, Builder);
  }

  /** Reserves a sandbox. On the host's network unless `network`. */
  async reserveSandbox(network = false): Promise<Partial<SandboxRecord> & { id: string }> {
    const id = randomBytes(32).toString('hex');
    const options = { network: network ? NamespaceMode.POD : NamespaceMode.NODE, pid: NamespaceMode.CONTAINER };
    const sandbox = {
      id,
      config: {
        metadata: { name: `verify-${id.slice(0, 8)}`, namespace: 'slipway-verify', uid: id.slice(0, 32), attempt: 0 },
        linux: { securityContext: { namespaceOptions: options } },
      },
      handler: this.handler.name,
      phase: SandboxPhase.SANDBOX_INTENT,
      createdAt: nowNanos(),
      operation: `verify/${id}`,
    };
    this.#sandboxes.push(id);
    await this.records.sandboxes.put(id, sandbox);
    return sandbox as unknown as SandboxRecord;
  }

  /** Lets the executor make a reserved sandbox; may be called again. */
  async createSandbox(sandbox: Partial<SandboxRecord> & { id: string }): Promise<SandboxRecord> {
    const { handler } = this;
    const infra = handler.sandboxIsContainer || handler.infra === 'always';
    const infraBundle = infra ? (await this.#builder.buildInfraBundle({ sandbox, handler })).bundle : '';
    const { sandbox: made } = await this.executor.createSandbox({ sandbox, infraBundle }, { timeoutMs: callMs });
    if (!made) throw new Unexpected('an answer without a sandbox');
    return made;
  }

  async sandbox(network = false): Promise<SandboxRecord> {
    return await this.createSandbox(await this.reserveSandbox(network));
  }

  /** One that checks share which do not end it. */
  async shared(): Promise<SandboxRecord> {
    this.#shared ??= await this.sandbox();
    return this.#shared;
  }

  /** Reserves a container and lets the builder make its bundle: what CreateContainer is called with. */
  async built(wish: ContainerWish = {}, inSandbox?: SandboxRecord): Promise<ContainerRecord> {
    const sandbox = inSandbox ?? (await this.shared());
    const id = randomBytes(32).toString('hex');
    const script = `b=/bin/busybox; ${wish.script ?? 'exec $b sleep 1000'}`;
    const container = {
      id,
      sandboxId: sandbox.id,
      config: {
        metadata: { name: `c-${id.slice(0, 8)}`, attempt: 0 },
        image: { image: noImage.id },
        command: wish.command ?? ['/bin/busybox', 'sh', '-c', script],
        mounts: [{ hostPath: this.busybox, containerPath: '/bin/busybox', readonly: true }],
        stdin: wish.stdin ?? false,
        linux: {
          resources: wish.resources,
          securityContext: { namespaceOptions: sandbox.config?.linux?.securityContext?.namespaceOptions },
        },
      },
      handler: this.handler.name,
      phase: ContainerPhase.CONTAINER_INTENT,
      createdAt: nowNanos(),
      imageId: noImage.id,
      imageRef: noImage.id,
      logPath: join(this.directory, `${id}.log`),
      resources: wish.resources,
      operation: `verify/${id}`,
    } as unknown as ContainerRecord;
    this.#containers.push(id);
    await this.records.containers.put(id, container);
    const { handler } = this;
    const built = await this.#builder.buildBundle({ container, sandbox, image: noImage, handler });
    return { ...container, ...built };
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

  /** Takes everything away. Answers what could not be. */
  async clear(): Promise<string[]> {
    const failures: string[] = [];
    const attempt = async (what: string, work: () => Promise<unknown>): Promise<void> => {
      try {
        await work();
      } catch (error) {
        failures.push(`${what}: ${(error as Error).message}`);
      }
    };
    await inBatches(this.#containers.splice(0), (id) =>
      attempt(`container ${id}`, async () => {
        await this.executor.removeContainer({ id }, { timeoutMs: callMs });
        await this.#builder.removeBundle({ id });
        await this.records.containers.delete(id);
      }),
    );
    await inBatches(this.#sandboxes.splice(0), (id) =>
      attempt(`sandbox ${id}`, async () => {
        await this.executor.stopSandbox({ id }, { timeoutMs: callMs });
        await this.executor.removeSandbox({ id }, { timeoutMs: callMs });
        await this.#builder.removeBundle({ id });
        await this.records.sandboxes.delete(id);
      }),
    );
    this.#shared = undefined;
    rmSync(this.directory, { recursive: true, force: true });
    return failures;
  }
}

/** Some at once: the executor is not what is measured. */
async function inBatches(ids: readonly string[], work: (id: string) => Promise<void>): Promise<void> {
  const batch = 8;
  for (let at = 0; at < ids.length; at += batch) await Promise.all(ids.slice(at, at + batch).map(work));
}
