import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Builder,
  ContainerPhase,
  ContainerRecord,
  Executor,
  type HandlerInfo,
  type ImageRecord,
  SandboxPhase,
  SandboxRecord,
} from '@slipway/contracts';
import { type ContainerConfig, NamespaceMode } from '@slipway/cri';
import { SlipwayError } from '@slipway/errors';
import type { Init } from '@slipway/protobuf';
import type { Records } from '@slipway/records';
import { type Bus, type StageClient, stageClient } from '@slipway/stage';
import { nowNanos } from '@slipway/time';

/** Milliseconds that a call may take, and that taking something down may. */
export const callMs = 60_000;

/** The mark of the sandboxes and containers of one user of the stages. */
export interface PodOrigin {
  /** Begins the names of sandboxes and of operations. */
  prefix: string;
  namespace: string;
  labels?: Record<string, string>;
}

/**
 * Sandboxes and containers of one handler, reserved in the records and made by builder and executor as a gateway does it,
 * without one. Reservations are remembered, and removed by `clear` whatever became of them.
 */
export class StagePods {
  readonly executor: StageClient<typeof Executor>;
  readonly builder: StageClient<typeof Builder>;
  /** Directories of only this user: logs, and mounts of containers. */
  readonly directory: string;
  readonly #sandboxes = new Set<string>();
  readonly #containers = new Set<string>();
  #cleared = false;

  constructor(
    bus: Bus,
    readonly records: Records,
    readonly handler: HandlerInfo,
    readonly origin: PodOrigin,
  ) {
    this.executor = stageClient(bus, Executor, { handler: handler.name });
    this.builder = stageClient(bus, Builder);
    this.directory = mkdtempSync(join(tmpdir(), `${origin.namespace}-${process.pid}-`));
  }

  /** Whether every sandbox of the handler has an infra container. */
  get needsInfra(): boolean {
    return this.handler.sandboxIsContainer || this.handler.infra === 'always';
  }

  /** Reserves a sandbox. On the host's network unless `network`. */
  async reserveSandbox(network: boolean): Promise<SandboxRecord> {
    this.#requireOpen();
    const { prefix, namespace, labels = {} } = this.origin;
    const id = randomBytes(32).toString('hex');
    const options = { network: network ? NamespaceMode.POD : NamespaceMode.NODE, pid: NamespaceMode.CONTAINER };
    const sandbox = SandboxRecord.create({
      id,
      config: {
        metadata: { name: `${prefix}-${id.slice(0, 8)}`, namespace, uid: id.slice(0, 32), attempt: 0 },
        labels,
        linux: { securityContext: { namespaceOptions: options } },
      },
      handler: this.handler.name,
      phase: SandboxPhase.SANDBOX_INTENT,
      createdAt: nowNanos(),
      operation: `${prefix}/${id}`,
    });
    this.#sandboxes.add(id);
    await this.records.sandboxes.put(id, sandbox);
    return sandbox;
  }

  /** The bundle of a sandbox's infra container. */
  async buildInfraBundle(sandbox: SandboxRecord): Promise<string> {
    const { handler } = this;
    return (await this.builder.buildInfraBundle({ sandbox, handler }, { timeoutMs: callMs })).bundle;
  }

  /** Reserves a container of an image in a sandbox. */
  async reserveContainer(
    sandbox: SandboxRecord,
    image: ImageRecord,
    config: Init<ContainerConfig>,
  ): Promise<ContainerRecord> {
    this.#requireOpen();
    const { prefix, labels = {} } = this.origin;
    const id = randomBytes(32).toString('hex');
    const namespaceOptions = sandbox.config?.linux?.securityContext?.namespaceOptions;
    const container = ContainerRecord.create({
      id,
      sandboxId: sandbox.id,
      config: {
        metadata: { name: `c-${id.slice(0, 8)}`, attempt: 0 },
        image: { image: image.id },
        labels,
        ...config,
        linux: { ...config.linux, securityContext: { namespaceOptions } },
      },
      handler: this.handler.name,
      phase: ContainerPhase.CONTAINER_INTENT,
      createdAt: nowNanos(),
      imageId: image.id,
      imageRef: image.repoDigests[0] ?? image.id,
      logPath: this.#logPath(id),
      ...(config.linux?.resources ? { resources: config.linux.resources } : {}),
      operation: `${prefix}/${id}`,
      // Garbage collection keeps them from here on.
      layers: image.layers.map(({ diffId }) => diffId),
    });
    this.#containers.add(id);
    await this.records.containers.put(id, container);
    return container;
  }

  /** Lets the builder make a reserved container's bundle: what CreateContainer is called with. */
  async buildBundle(container: ContainerRecord, sandbox: SandboxRecord, image: ImageRecord): Promise<ContainerRecord> {
    this.#requireOpen();
    const { handler } = this;
    const built = await this.builder.buildBundle({ container, sandbox, image, handler }, { timeoutMs: callMs });
    this.#requireOpen();
    return { ...container, ...built };
  }

  /** Forgets a container of which nothing but the record is left. */
  async forgetContainer(id: string): Promise<void> {
    await this.records.containers.delete(id);
    this.#containers.delete(id);
    // A log stays when its container goes; nobody reads this one.
    rmSync(this.#logPath(id), { force: true });
  }

  /** Forgets a sandbox of which nothing but the record is left. */
  async forgetSandbox(id: string): Promise<void> {
    await this.records.sandboxes.delete(id);
    this.#sandboxes.delete(id);
  }

  /** Takes a container away in whatever state it is. */
  async removeContainer(id: string): Promise<void> {
    await this.executor.removeContainer({ id }, { timeoutMs: callMs });
    await this.builder.removeBundle({ id }, { timeoutMs: callMs });
    await this.forgetContainer(id);
  }

  /** Takes a sandbox away in whatever state it is; its containers went before. */
  async removeSandbox(id: string): Promise<void> {
    await this.executor.stopSandbox({ id }, { timeoutMs: callMs });
    await this.executor.removeSandbox({ id }, { timeoutMs: callMs });
    await this.builder.removeBundle({ id }, { timeoutMs: callMs });
    await this.forgetSandbox(id);
  }

  /** Adds records that somebody else left to those which `clear` removes. */
  adopt(sandboxes: readonly string[], containers: readonly string[]): void {
    for (const id of sandboxes) this.#sandboxes.add(id);
    for (const id of containers) this.#containers.add(id);
  }

  /** Nothing can be made any more; what is there stays until `clear`. */
  close(): void {
    this.#cleared = true;
  }

  /** Takes everything away; nothing can be made any more. Answers what could not be taken. */
  async clear(): Promise<string[]> {
    this.#cleared = true;
    const failures: string[] = [];
    const attempt = async (what: string, work: () => Promise<unknown>): Promise<void> => {
      try {
        await work();
      } catch (error) {
        failures.push(`${what}: ${(error as Error).message}`);
      }
    };
    await inBatches([...this.#containers], (id) => attempt(`container ${id}`, () => this.removeContainer(id)));
    await inBatches([...this.#sandboxes], (id) => attempt(`sandbox ${id}`, () => this.removeSandbox(id)));
    rmSync(this.directory, { recursive: true, force: true });
    return failures;
  }

  /** Work that is in flight when everything is removed must not create more. */
  #requireOpen(): void {
    if (this.#cleared) throw new SlipwayError('CANCELLED', 'everything is being taken away');
  }

  #logPath(id: string): string {
    return join(this.directory, `${id}.log`);
  }
}

/** Several concurrently, because the stages are not measured here. */
async function inBatches(ids: readonly string[], work: (id: string) => Promise<void>): Promise<void> {
  const batch = 8;
  for (let at = 0; at < ids.length; at += batch) await Promise.all(ids.slice(at, at + batch).map(work));
}
