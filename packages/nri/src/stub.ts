import { once } from 'node:events';
import { connect, Socket } from 'node:net';
import type { Codec, Init } from '@slipway/protobuf';
import {
  type ContainerUpdate,
  ConfigureResponse,
  Event,
  Plugin,
  Runtime,
  type UpdateContainersResponse,
} from './gen/api.js';
import { connections, Trunk } from './wire/trunk.js';
import { TtrpcClient } from './wire/ttrpc-client.js';
import { type Handler, TtrpcServer } from './wire/ttrpc-server.js';

type Methods = typeof Plugin.methods;
type Message<C> = C extends Codec<infer T> ? T : never;
/** The methods of a plugin; the runtime does not call a method that is left out. An error refuses the call. */
export type PluginHandlers = {
  [M in keyof Methods]?: (
    request: Message<Methods[M]['request']>,
  ) => Promise<Init<Message<Methods[M]['response']>> | undefined>;
};

export interface StubOptions {
  name: string;
  /** Two digits. */
  index: string;
  /** Where the runtime takes plugins; the descriptor in NRI_PLUGIN_SOCKET where the runtime started this process. */
  socket: string | number;
  /** The events to subscribe to. Default: those that have a handler. */
  events?: readonly Event[];
  handlers: PluginHandlers;
}

/** The plugin's side of NRI, for plugins in TypeScript. */
export class NriStub {
  private constructor(
    readonly socket: Socket,
    readonly client: TtrpcClient,
  ) {}

  /** Connects and registers. Resolves when the runtime has heard of the plugin; it synchronizes it soon after. */
  static async connect({ name, index, socket: where, events, handlers }: StubOptions): Promise<NriStub> {
    const socket = typeof where === 'number' ? new Socket({ fd: where }) : connect(where);
    if (typeof where === 'string') await once(socket, 'connect');
    const trunk = new Trunk(socket, (error) => client.close(error));
    const client = new TtrpcClient(Runtime.name, (bytes) => trunk.send(connections.runtime, bytes));
    const server = new TtrpcServer(Plugin.name, serve(handlers, events ?? handled(handlers)), (bytes) =>
      trunk.send(connections.plugin, bytes),
    );
    trunk.listen(connections.plugin, (bytes) => server.receive(bytes));
    trunk.listen(connections.runtime, (bytes) => client.receive(bytes));
    trunk.open();
    const registration = { pluginName: name, pluginIdx: index, NRIVersion: 'v0.12.0' };
    await client.call(Runtime.methods.registerPlugin, registration, 5000);
    return new NriStub(socket, client);
  }

  /** Asks for changes of containers that exist. */
  async updateContainers(update: Init<ContainerUpdate>[]): Promise<UpdateContainersResponse> {
    return await this.client.call(Runtime.methods.updateContainers, { update }, 10_000);
  }

  async close(): Promise<void> {
    if (this.socket.destroyed) return;
    const closed = once(this.socket, 'close');
    this.socket.destroy();
    await closed;
  }
}

/** The events that have a method of their own, by its name: RunPodSandbox is RUN_POD_SANDBOX. */
function handled(handlers: PluginHandlers): Event[] {
  return Object.keys(handlers).flatMap((method) => {
    const name = method.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
    return Event[name as keyof typeof Event] ?? [];
  });
}

function serve(handlers: PluginHandlers, events: readonly Event[]): Record<string, Handler> {
  const configure = async (): Promise<Init<ConfigureResponse>> => ({
    events: events.reduce((bits: number, event) => bits | (1 << (event - 1)), 0),
  });
  const all: PluginHandlers = { configure, synchronize: async () => ({}), ...handlers };
  const served: Record<string, Handler> = {};
  for (const [key, handler] of Object.entries(all)) {
    const { name, request, response } = Plugin.methods[key as keyof Methods];
    served[name] = async (payload) => {
      const answer = await (handler as (asked: unknown) => Promise<unknown>)(request.decode(payload));
      return (response as Codec<unknown>).encode(answer ?? {});
    };
  }
  return served;
}
