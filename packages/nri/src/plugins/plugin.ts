import type { Socket } from 'node:net';
import { SlipwayError } from '@slipway/errors';
import type { Init } from '@slipway/protobuf';
import {
  type Container,
  type ContainerUpdate,
  Empty,
  type Event,
  Plugin,
  type PodSandbox,
  RegisterPluginRequest,
  Runtime,
  UpdateContainersRequest,
  UpdateContainersResponse,
} from '../gen/api.js';
import { Trunk, connections } from '../wire/trunk.js';
import { type Method, TtrpcClient } from '../wire/ttrpc-client.js';
import { TtrpcError, TtrpcFatal } from '../wire/ttrpc-error.js';
import { TtrpcServer } from '../wire/ttrpc-server.js';
import { EventSet, type Notice, notices } from './events.js';
import { synchronizeInParts } from './synchronize.js';

/** gRPC's UNIMPLEMENTED. */
const UNIMPLEMENTED = 12;
/** A plugin that lets more than this wait unread is cut: it does not read any more. */
const MAX_WAITING = 64 << 20;

export interface Identity {
  /** Two digits; plugins are called in this order. */
  index: string;
  name: string;
}

export interface PluginOptions {
  runtime: { name: string; version: string };
  registrationTimeoutMs: number;
  requestTimeoutMs: number;
  /** Known before it registers, where the runtime launched it. */
  identity?: Identity | undefined;
  /** The plugin's own configuration, as it lies in its file. */
  config?: string | undefined;
  /** Does what a plugin asks for unasked; answers what could not be done. */
  update(this: void, updates: ContainerUpdate[], plugin: string): Promise<Init<ContainerUpdate>[]>;
  onClose(error: Error | undefined): void;
}

/**
 * A plugin on its connection.
 *
 *   connected ── RegisterPlugin ──▶ registered ── Configure ──▶ configured ── Synchronize ──▶ active
 *        └──────────────┴──────────────────┴── error, time-out, end of the connection ──▶ closed
 */
export class NriPlugin {
  #identity: Identity;
  #events = EventSet.all;
  #closed = false;
  /** Calls that it does not have, being older than they are: it hears of them by StateChange. */
  readonly #byStateChange = new Set<Notice>();
  readonly #trunk: Trunk;
  readonly #client: TtrpcClient;

  private constructor(
    socket: Socket,
    readonly options: PluginOptions,
    onRegister: () => void,
  ) {
    this.#identity = options.identity ?? { index: '??', name: 'unregistered' };
    this.#trunk = new Trunk(socket, (error) => {
      this.#closed = true;
      this.#client.close(error);
      options.onClose(error);
    });
    this.#client = new TtrpcClient(Plugin.name, (bytes) => this.#send(connections.plugin, bytes));
    const server = new TtrpcServer(Runtime.name, this.#runtime(onRegister), (bytes) =>
      this.#send(connections.runtime, bytes),
    );
    this.#trunk.listen(connections.plugin, (bytes) => this.#client.receive(bytes));
    this.#trunk.listen(connections.runtime, (bytes) => server.receive(bytes));
  }

  /** Waits for a plugin to register, then configures it. @throws Error; the connection is closed then */
  static async open(socket: Socket, options: PluginOptions): Promise<NriPlugin> {
    const ms = options.registrationTimeoutMs;
    let timer: NodeJS.Timeout | undefined;
    let plugin: NriPlugin | undefined;
    try {
      await new Promise<void>((registered, failed) => {
        timer = setTimeout(() => failed(new Error(`it did not register within ${ms} ms`)), ms);
        socket.once('close', () => failed(new Error('it left before it registered')));
        plugin = new NriPlugin(socket, options, registered);
        plugin.#trunk.open();
      });
      const opened = plugin as unknown as NriPlugin;
      await opened.#configure();
      return opened;
    } catch (error) {
      socket.destroy();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** As plugins are named in logs and errors: `10-name`. */
  get name(): string {
    return `${this.#identity.index}-${this.#identity.name}`;
  }
  get identity(): Identity {
    return this.#identity;
  }
  get closed(): boolean {
    return this.#closed;
  }

  wants(event: Event): boolean {
    return !this.#closed && this.#events.has(event);
  }

  /** Tells it all there is; answers the updates that it wants. @throws Error; then it is of no use */
  async synchronize(pods: Init<PodSandbox>[], containers: Init<Container>[]): Promise<ContainerUpdate[]> {
    // All there is takes a plugin longer than one event, and nothing but its own start waits for it.
    const { registrationTimeoutMs, requestTimeoutMs } = this.options;
    return synchronizeInParts(pods, containers, (request) =>
      this.#client.call(Plugin.methods.synchronize, request, registrationTimeoutMs + requestTimeoutMs),
    );
  }

  /** Tells it of an event where it wants to hear of it. @throws SlipwayError NRI_REFUSED with what it answered */
  async notify(notice: Notice, request: NoticeRequest): Promise<void> {
    const event = notices[notice];
    if (!this.wants(event)) return;
    const { pod, container } = request;
    if (this.#byStateChange.has(notice)) {
      await this.call(Plugin.methods.stateChange, event, { event, pod, container });
      return;
    }
    try {
      await this.#ask(Plugin.methods[notice], request);
    } catch (error) {
      if (!(error instanceof TtrpcError) || error.code !== UNIMPLEMENTED) {
        this.#failed(error, Plugin.methods[notice].name);
        return;
      }
      this.#byStateChange.add(notice);
      await this.notify(notice, request);
    }
  }

  /**
   * Calls a method of it where it subscribed to the event; answers undefined where it did not, or left meanwhile.
   * @throws SlipwayError NRI_REFUSED with what it answered
   */
  async call<Req, Res>(method: Method<Req, Res>, event: Event, request: Init<Req>): Promise<Res | undefined> {
    if (!this.wants(event)) return undefined;
    try {
      return await this.#ask(method, request);
    } catch (error) {
      this.#failed(error, method.name);
      return undefined;
    }
  }

  /** Lets it know that the runtime goes, and closes. */
  async shutdown(): Promise<void> {
    try {
      await this.#client.call(Plugin.methods.shutdown, {}, 500);
    } catch {
      // It goes either way.
    }
    this.close();
  }

  close(): void {
    this.#closed = true;
    this.#trunk.close();
  }

  async #configure(): Promise<void> {
    const { runtime, registrationTimeoutMs, requestTimeoutMs, config = '' } = this.options;
    const { events } = await this.#ask(Plugin.methods.configure, {
      config,
      runtimeName: runtime.name,
      runtimeVersion: runtime.version,
      registrationTimeout: BigInt(registrationTimeoutMs),
      requestTimeout: BigInt(requestTimeoutMs),
      NRIVersion: NRI_VERSION,
    });
    this.#events = EventSet.of(events);
  }

  async #ask<Req, Res>(method: Method<Req, Res>, request: Init<Req>): Promise<Res> {
    return await this.#client.call(method, request, this.options.requestTimeoutMs);
  }

  /** Closes a plugin that does not answer, so that nothing waits for it. The caller handles answers. */
  #failed(error: unknown, method: string): void {
    if (error instanceof TtrpcError) {
      throw new SlipwayError('NRI_REFUSED', `${method}: ${error.message}`, {
        object: `NRI plugin ${this.name}`,
        cause: error,
      });
    }
    if (!(error instanceof TtrpcFatal)) throw error;
    this.close();
  }

  #send(connection: number, bytes: Uint8Array): void {
    this.#trunk.send(connection, bytes);
    if (this.#trunk.waiting > MAX_WAITING) this.close();
  }

  #runtime(onRegister: () => void): ConstructorParameters<typeof TtrpcServer>[1] {
    return {
      RegisterPlugin: async (payload) => {
        const { pluginName, pluginIdx } = RegisterPluginRequest.decode(payload);
        if (!this.options.identity) {
          if (!/^[A-Za-z0-9_.+-]+$/.test(pluginName))
            throw new Error(`${JSON.stringify(pluginName)} is no plugin name`);
          if (!/^[0-9]{2}$/.test(pluginIdx)) throw new Error(`index ${JSON.stringify(pluginIdx)} is not two digits`);
          this.#identity = { index: pluginIdx, name: pluginName };
        }
        // The answer goes out first: a plugin may take no other call before it.
        setImmediate(onRegister);
        return Empty.encode({});
      },
      UpdateContainers: async (payload) => {
        const { update } = UpdateContainersRequest.decode(payload);
        return UpdateContainersResponse.encode({ failed: await this.options.update(update, this.name) });
      },
    };
  }
}

/** The version of the interface that these calls are of. */
const NRI_VERSION = 'v0.12.0';

/** The content of a notice; pods' notices have no container, and only updates have resources. */
export interface NoticeRequest {
  pod: Init<PodSandbox>;
  container?: Init<Container>;
  [more: string]: unknown;
}
