import { ContainerPhase, type ContainerRecord, SandboxPhase, type SandboxRecord } from '@slipway/contracts';
import type { LinuxContainerResources } from '@slipway/cri';
import {
  ContainerAdjustment,
  type ContainerUpdate,
  Event,
  type LinuxResources,
  type Notice,
  NriHost,
} from '@slipway/nri';
import type { Init } from '@slipway/protobuf';
import { handedSocket, isSupervised } from '@slipway/service';
import type { TraceContext } from '@slipway/stage';
import type { GatewayParts } from '../parts.js';
import { RUNTIME_NAME, RUNTIME_VERSION } from '../runtime-name.js';
import { ContainerViews } from './container-views.js';
import { Exits } from './exits.js';
import { podView } from './pod-view.js';
import { toCriUpdate, toNriResources, withNriResources } from './resources.js';

type Parts = Pick<GatewayParts, 'settings' | 'records' | 'builder' | 'executor' | 'log' | 'closing'>;
type Updates = Init<ContainerUpdate>[];

/**
 * Notices and questions to NRI plugins in the course of CRI calls. Without a plugin every method returns immediately.
 * Events of a pod or container come in the order of its life; see docs/nri.md for what may refuse what.
 */
export class Nri {
  readonly #host: NriHost;
  readonly #views: ContainerViews;
  readonly #exits: Exits;
  /** Stops that plugins were notified of, or are being notified of. */
  readonly #stops = new Map<string, Promise<void>>();

  constructor(readonly gateway: Parts) {
    const { settings, log } = gateway;
    this.#views = new ContainerViews(gateway);
    this.#exits = new Exits(
      gateway,
      (record) => this.#tellStopped(record),
      () => this.#host.active,
    );
    this.#host = new NriHost({
      ...settings.nri,
      listening: handedSocket('nri'),
      listens: !isSupervised(),
      runtime: { name: RUNTIME_NAME, version: RUNTIME_VERSION },
      log,
      snapshot: () => this.#snapshot(),
      update: (updates, plugin) => this.#update(updates, plugin),
    });
  }

  async open(): Promise<void> {
    if (this.gateway.settings.nri.enabled) await this.#host.start();
  }

  /** Leaves new plugins to the gateway that takes the place of this one; those that are here are asked until `close`. */
  async closeSocket(): Promise<void> {
    await this.#host.closeSocket();
  }

  async close(): Promise<void> {
    await this.#host.stop();
  }

  /** Runs the making of a pod or container so that each plugin hears of it, or finds it when it comes, and not both. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    return await this.#host.during(work);
  }

  /** Whether a plugin wants to see a sandbox before anybody else does. */
  get holdsSandboxes(): boolean {
    return this.#host.wants(Event.RUN_POD_SANDBOX);
  }

  /** @throws SlipwayError NRI_REFUSED; the sandbox is undone then */
  async runPodSandbox(sandbox: SandboxRecord): Promise<void> {
    await this.#host.notify('runPodSandbox', { pod: podView(sandbox) });
  }

  /** Once a sandbox: when it is stopped for the first time. A plugin's answer cannot prevent the stop. */
  async stopPodSandbox(sandbox: SandboxRecord): Promise<void> {
    if (sandbox.phase !== SandboxPhase.SANDBOX_READY || !this.#host.active) return;
    const notified = this.#stops.get(sandbox.id) ?? this.#tell('stopPodSandbox', sandbox);
    this.#stops.set(sandbox.id, notified);
    await notified;
  }

  async removePodSandbox(sandbox: SandboxRecord): Promise<void> {
    this.#stops.delete(sandbox.id);
    await this.#tell('removePodSandbox', sandbox);
  }

  /** @throws SlipwayError NRI_REFUSED; nothing is updated then */
  async updatePodSandbox(
    sandbox: SandboxRecord,
    overhead: LinuxContainerResources | undefined,
    resources: LinuxContainerResources | undefined,
  ): Promise<void> {
    await this.#host.notify('updatePodSandbox', {
      pod: podView(sandbox),
      overheadLinuxResources: overhead && toNriResources(overhead),
      linuxResources: resources && toNriResources(resources),
    });
  }

  async postUpdatePodSandbox(sandbox: SandboxRecord): Promise<void> {
    await this.#tell('postUpdatePodSandbox', sandbox);
  }

  /**
   * Lets plugins change the bundle of a container, and the limits of others.
   * @returns the resources of the container, with what plugins set
   * @throws SlipwayError NRI_REFUSED, NRI_CONFLICT, UNSUPPORTED; the container is undone then
   */
  async createContainer(
    sandbox: SandboxRecord,
    container: ContainerRecord,
    trace: TraceContext,
  ): Promise<LinuxContainerResources | undefined> {
    if (!this.#host.wants(Event.CREATE_CONTAINER)) return container.resources;
    const { id } = container;
    const view = await this.#views.of(container);
    const { adjust, updates } = await this.#host.createContainer(podView(sandbox), view);
    this.#views.forget(id);
    if (adjust) {
      const adjustment = ContainerAdjustment.encode(adjust);
      await this.gateway.builder.adjustBundle({ id, adjustment }, { operation: id, trace });
    }
    await this.#carryOut(updates);
    const own = adjust?.linux?.resources;
    return own ? withNriResources(container.resources ?? {}, own) : container.resources;
  }

  /** @throws SlipwayError NRI_REFUSED; the container is not started then */
  async startContainer(container: ContainerRecord): Promise<void> {
    await this.#notifyContainer('startContainer', container);
  }

  /** Sends a notice of a finished step: `postCreateContainer`, `postStartContainer`, `postUpdateContainer`. */
  async happened(notice: Notice & `post${string}Container`, id: string): Promise<void> {
    if (!this.#host.active) return;
    const container = await this.gateway.records.containers.get(id);
    if (container) await this.#quietly(notice, () => this.#notifyContainer(notice, container));
  }

  /**
   * Lets plugins change an update.
   * @returns what is to be set
   * @throws SlipwayError NRI_REFUSED, NRI_CONFLICT, UNSUPPORTED; nothing is updated then
   */
  async updateContainer(
    container: ContainerRecord,
    resources: LinuxContainerResources,
  ): Promise<LinuxContainerResources> {
    if (!this.#host.wants(Event.UPDATE_CONTAINER)) return resources;
    const [pod, view] = await Promise.all([this.#podOf(container), this.#views.of(container)]);
    const { own, updates } = await this.#host.updateContainer(pod, view, toNriResources(resources));
    if (own) toCriUpdate(container.id, own);
    await this.#carryOut(updates);
    return own ? withNriResources(resources, own) : resources;
  }

  /** A call ended a container: plugins have heard of it when this resolves. */
  async stopped(id: string): Promise<void> {
    if (!this.#host.active) return;
    const container = await this.gateway.records.containers.get(id);
    if (container?.phase === ContainerPhase.CONTAINER_PHASE_EXITED) await this.#exits.ended(container);
  }

  /** Before a container is taken away; the end of one that is still there comes first. */
  async removeContainer(container: ContainerRecord): Promise<void> {
    const { id } = container;
    if (this.#host.active) {
      await this.#exits.ended(container);
      await this.#quietly('removeContainer', () => this.#notifyContainer('removeContainer', container));
    }
    this.#exits.forget(id);
    this.#views.forget(id);
  }

  get active(): boolean {
    return this.#host.active;
  }

  async #tell(notice: Notice, sandbox: SandboxRecord): Promise<void> {
    await this.#quietly(notice, () => this.#host.notify(notice, { pod: podView(sandbox) }));
  }

  async #notifyContainer(notice: Notice, container: ContainerRecord): Promise<void> {
    if (!this.#host.active) return;
    const [pod, view] = await Promise.all([this.#podOf(container), this.#views.of(container)]);
    await this.#host.notify(notice, { pod, container: view });
  }

  async #tellStopped(container: ContainerRecord): Promise<void> {
    await this.#quietly('stopContainer', async () => {
      const [pod, view] = await Promise.all([this.#podOf(container), this.#views.of(container)]);
      const updates = await this.#host.stopContainer(pod, view);
      await this.#update(updates, 'after a container ended');
    });
  }

  /** A plugin cannot refuse a step that happens anyway. */
  async #quietly(notice: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.gateway.log.warn({ err: error, notice }, 'an NRI plugin failed; it goes on without');
    }
  }

  async #podOf({ sandboxId }: ContainerRecord): Promise<ReturnType<typeof podView>> {
    const sandbox = await this.gateway.records.sandboxes.get(sandboxId);
    return sandbox ? podView(sandbox) : { id: sandboxId };
  }

  async #snapshot(): ReturnType<ConstructorParameters<typeof NriHost>[0]['snapshot']> {
    const { records } = this.gateway;
    await this.#exits.follow();
    const [sandboxes, containers] = await Promise.all([records.sandboxes.list(), records.containers.list()]);
    const shown = containers.filter(({ phase }) => phase !== ContainerPhase.CONTAINER_INTENT);
    this.#exits.known(shown);
    return {
      pods: sandboxes.filter(({ phase }) => phase !== SandboxPhase.SANDBOX_INTENT).map(podView),
      containers: await Promise.all(shown.map((container) => this.#views.of(container))),
    };
  }

  /** As `#update`, for updates on which something depends. @throws SlipwayError of the first that must not fail and did */
  async #carryOut(updates: Updates): Promise<void> {
    for (const { containerId = '', linux, ignoreFailure } of updates) {
      try {
        await this.#updateOne(containerId, linux?.resources ?? {});
      } catch (error) {
        if (!ignoreFailure) throw error;
        this.gateway.log.info({ err: error, container: containerId }, 'an update by an NRI plugin failed');
      }
    }
  }

  /** Does what it can. @returns what could not be done */
  async #update(updates: Updates, plugin: string): Promise<Updates> {
    const failed: Updates = [];
    for (const update of updates) {
      try {
        await this.#updateOne(update.containerId ?? '', update.linux?.resources ?? {});
      } catch (error) {
        failed.push(update);
        this.gateway.log.info(
          { err: error, plugin, container: update.containerId },
          'an update by an NRI plugin failed',
        );
      }
    }
    return failed;
  }

  async #updateOne(id: string, resources: Init<LinuxResources>): Promise<void> {
    const container = await this.gateway.records.containers.get(id);
    // Ended ones have no limits any more, and plugins learn of ends later than we do.
    if (!container || container.phase === ContainerPhase.CONTAINER_PHASE_EXITED) return;
    await this.gateway.executor(container.handler).updateContainer({ id, resources: toCriUpdate(id, resources) });
  }
}
