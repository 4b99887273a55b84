import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { SlipwayError } from '@slipway/errors';
import type { Init } from '@slipway/protobuf';
import { Claims } from '../adjust/claims.js';
import { Adjustments } from '../adjust/merge-adjustment.js';
import { Updates } from '../adjust/merge-updates.js';
import {
  type Container,
  ContainerAdjustment,
  type ContainerUpdate,
  Event,
  type LinuxResources,
  Plugin,
  type PodSandbox,
} from '../gen/api.js';
import { type Notice, notices } from './events.js';
import { Gate } from './gate.js';
import { installedPlugins, launch } from './launch.js';
import { type NriLog, PluginListener } from './listener.js';
import { type NoticeRequest, NriPlugin, type PluginOptions } from './plugin.js';
import { Turns } from './turns.js';

export interface NriHostOptions {
  runtime: { name: string; version: string };
  /** Where plugins connect. */
  socket: string;
  /** Descriptor of that socket, which listens already and outlives this host; undefined: it is opened here. */
  listening?: number | undefined;
  /** Whether the socket may be opened here. Default yes. */
  listens?: boolean;
  /** Plugins that are started with the runtime, and their configuration files. */
  pluginDir: string;
  configDir: string;
  registrationTimeoutMs: number;
  requestTimeoutMs: number;
  /** All pods and containers, for a plugin that has just come. */
  snapshot(this: void): Promise<{ pods: Init<PodSandbox>[]; containers: Init<Container>[] }>;
  /** Does what a plugin wants changed of containers that exist; answers what could not be done. */
  update(this: void, updates: Init<ContainerUpdate>[], plugin: string): Promise<Init<ContainerUpdate>[]>;
  log: NriLog;
}

/** The changes that plugins ask for while a container is created. */
export interface Adjusted {
  /** Changes of the container itself; undefined where no plugin asks for any. */
  adjust: Init<ContainerAdjustment> | undefined;
  /** Changes of other containers. */
  updates: Init<ContainerUpdate>[];
}

/**
 * The runtime's side of the Node Resource Interface: plugins that connected or were started, called one after the
 * other in the order of their indices, one event at a time.
 */
export class NriHost {
  #plugins: NriPlugin[] = [];
  readonly #children = new Set<ChildProcess>();
  readonly #gate = new Gate();
  readonly #turns = new Turns();
  readonly #listener: PluginListener;

  constructor(readonly options: NriHostOptions) {
    const accept = (socket: Socket): Promise<void> => this.#accept(socket);
    this.#listener = new PluginListener(options.socket, accept, options.log, options.listening);
  }

  /** Starts the plugins of the directory, then accepts connections. A plugin that cannot be started is skipped. */
  async start(): Promise<void> {
    const { pluginDir, configDir, log } = this.options;
    for (const installed of installedPlugins(pluginDir, configDir)) {
      try {
        const { child, socket } = await launch(installed);
        this.#children.add(child);
        child.once('exit', () => this.#children.delete(child));
        await this.#add(socket, installed);
      } catch (error) {
        log.warn({ err: error, plugin: installed.path }, 'an NRI plugin cannot be started');
      }
    }
    if (this.options.listens !== false || this.options.listening !== undefined) await this.#listener.open();
  }

  /** Takes no new plugins, and leaves the socket to the next runtime. Those that are here stay. */
  async closeSocket(): Promise<void> {
    await this.#listener.close();
  }

  async stop(): Promise<void> {
    await this.#listener.close();
    await Promise.all(this.#plugins.map((plugin) => plugin.shutdown()));
    this.#plugins = [];
    for (const child of this.#children) child.kill('SIGKILL');
  }

  /** Whether any plugin is there. */
  get active(): boolean {
    return this.#plugins.some((plugin) => !plugin.closed);
  }

  /** Whether any plugin wants to hear of an event. */
  wants(event: Event): boolean {
    return this.#plugins.some((plugin) => plugin.wants(event));
  }

  /** Runs what makes or changes pods and containers, its events included, while no plugin is being synchronized. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    return await this.#gate.during(work);
  }

  /** Tells all that want to hear of it. @throws SlipwayError NRI_REFUSED by the first that refuses */
  async notify(notice: Notice, request: NoticeRequest): Promise<void> {
    if (!this.wants(notices[notice])) return;
    await this.#turns.take(async () => {
      for (const plugin of this.#plugins) await plugin.notify(notice, request);
    });
  }

  /** Asks what shall be different of a container that is made. @throws SlipwayError NRI_REFUSED, NRI_CONFLICT, UNSUPPORTED */
  async createContainer(pod: Init<PodSandbox>, container: Init<Container> & { id: string }): Promise<Adjusted> {
    if (!this.wants(Event.CREATE_CONTAINER)) return { adjust: undefined, updates: [] };
    return await this.#turns.take(async () => {
      const before = structuredClone(container);
      const claims = new Claims();
      const adjustments = new Adjustments(container, claims);
      const updates = new Updates(claims);
      for (const plugin of this.#plugins) {
        const request = { pod, container: adjustments.container };
        const answer = await plugin.call(Plugin.methods.createContainer, Event.CREATE_CONTAINER, request);
        if (!answer) continue;
        this.#noEvictions(answer.evict, plugin);
        adjustments.merge(answer.adjust, plugin.name);
        updates.merge(answer.update, plugin.name);
      }
      const adjusted = { adjust: adjustments.changed ? adjustments.adjust : undefined, updates: updates.all() };
      await this.#validate(pod, before, adjusted, claims);
      return adjusted;
    });
  }

  /**
   * Asks what shall be different of an update.
   * @returns what is to be set of the container itself, and updates of others
   */
  async updateContainer(
    pod: Init<PodSandbox>,
    container: Init<Container> & { id: string },
    linuxResources: Init<LinuxResources>,
  ): Promise<{ own: Init<LinuxResources> | undefined; updates: Init<ContainerUpdate>[] }> {
    if (!this.wants(Event.UPDATE_CONTAINER)) return { own: undefined, updates: [] };
    return await this.#turns.take(async () => {
      const updates = new Updates();
      for (const plugin of this.#plugins) {
        const request = { pod, container, linuxResources };
        const answer = await plugin.call(Plugin.methods.updateContainer, Event.UPDATE_CONTAINER, request);
        if (!answer) continue;
        this.#noEvictions(answer.evict, plugin);
        updates.merge(answer.update, plugin.name, linuxResources);
      }
      return { own: updates.take(container.id), updates: updates.all() };
    });
  }

  /** Tells that a container has ended; answers what plugins want changed of others. */
  async stopContainer(pod: Init<PodSandbox>, container: Init<Container>): Promise<Init<ContainerUpdate>[]> {
    if (!this.wants(Event.STOP_CONTAINER)) return [];
    return await this.#turns.take(async () => {
      const updates = new Updates();
      for (const plugin of this.#plugins) {
        const answer = await plugin.call(Plugin.methods.stopContainer, Event.STOP_CONTAINER, { pod, container });
        if (answer) updates.merge(answer.update, plugin.name);
      }
      return updates.all();
    });
  }

  async #validate(
    pod: Init<PodSandbox>,
    container: Init<Container> & { id: string },
    { adjust, updates }: Adjusted,
    claims: Claims,
  ): Promise<void> {
    const validators = this.#plugins.filter((plugin) => plugin.wants(Event.VALIDATE_CONTAINER_ADJUSTMENT));
    const plugins = this.#plugins.map(({ identity }) => identity);
    await Promise.all(
      validators.map(async (validator) => {
        const answer = await validator.call(
          Plugin.methods.validateContainerAdjustment,
          Event.VALIDATE_CONTAINER_ADJUSTMENT,
          {
            pod,
            container,
            adjust: adjust ?? {},
            update: updates,
            owners: { owners: { [container.id]: claims.of(container.id) } },
            plugins,
          },
        );
        if (!answer?.reject) return;
        throw new SlipwayError('NRI_REFUSED', `the adjustments of NRI plugins are not valid: ${answer.reason}`, {
          object: `NRI plugin ${validator.name}`,
        });
      }),
    );
  }

  #noEvictions(evictions: readonly { containerId: string }[], plugin: NriPlugin): void {
    if (evictions.length === 0) return;
    const containers = evictions.map(({ containerId }) => containerId);
    this.options.log.warn({ plugin: plugin.name, containers }, 'evictions by NRI plugins are not carried out');
  }

  async #accept(socket: Socket): Promise<void> {
    try {
      await this.#add(socket);
    } catch (error) {
      this.options.log.warn({ err: error }, 'an NRI plugin that connected cannot be used');
    }
  }

  /** Synchronizes a plugin after its registration; only then does it receive events. */
  async #add(socket: Socket, own: Pick<PluginOptions, 'identity' | 'config'> = {}): Promise<void> {
    const { runtime, registrationTimeoutMs, requestTimeoutMs, log, update, snapshot } = this.options;
    let opened: NriPlugin | undefined;
    const plugin = await NriPlugin.open(socket, {
      ...own,
      runtime,
      registrationTimeoutMs,
      requestTimeoutMs,
      update,
      onClose: (error) => {
        if (!opened) return;
        this.#plugins = this.#plugins.filter((other) => other !== opened);
        log.info({ plugin: opened.name, ...(error ? { err: error } : {}) }, 'an NRI plugin has left');
      },
    });
    opened = plugin;
    try {
      const updates = await this.#gate.exclusive(async () => {
        const { pods, containers } = await snapshot();
        const wanted = await plugin.synchronize(pods, containers);
        if (plugin.closed) throw new Error('it left while it was synchronized');
        this.#plugins = [...this.#plugins, plugin].sort((a, b) => (a.name < b.name ? -1 : 1));
        return wanted;
      });
      log.info({ plugin: plugin.name }, 'an NRI plugin has come');
      if (updates.length > 0) await update(updates, plugin.name);
    } catch (error) {
      plugin.close();
      throw error;
    }
  }
}
