import { Server, type ServiceDefinition, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { criVersions, ImageService, RuntimeService } from '@slipway/cri';
import { groupId } from '@slipway/linux';
import { handedSocket } from '@slipway/service';
import type { CallObservation } from '@slipway/stage';
import type { Gateway } from '../context.js';
import { definitionOf, type GrpcListener, listen } from './grpc-socket.js';
import type { ImageRpcs, RuntimeRpcs } from './rpc-table.js';
import { type AnyStreamRpc, streamHandler } from './stream-handler.js';
import { type AnyRpc, unaryHandler } from './unary-handler.js';

/** Serves both versions of both CRI services, by the same functions, on the gateway's unix socket. */
export async function serveCri(
  gateway: Gateway,
  rpcs: { runtime: RuntimeRpcs; image: ImageRpcs },
  observe: (call: CallObservation) => void,
): Promise<GrpcListener> {
  const { socket, socketGroup, socketMode, maxMessageBytes } = gateway.settings.gateway;
  const server = new Server({
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': maxMessageBytes,
  });
  for (const version of criVersions) {
    for (const [service, table] of [
      [RuntimeService, rpcs.runtime],
      [ImageService, rpcs.image],
    ] as const) {
      const name = service.name.replace('runtime.v1.', `runtime.${version}.`);
      const definition: Record<string, ServiceDefinition[string]> = {};
      const handlers: UntypedServiceImplementation = {};
      for (const [key, method] of Object.entries(service.methods)) {
        const rpc = (table as Record<string, unknown>)[key];
        const streams = 'responseStream' in method;
        definition[method.name] = definitionOf(name, method, streams);
        handlers[method.name] = streams
          ? streamHandler(gateway, version, method, rpc as AnyStreamRpc, observe)
          : unaryHandler(gateway, version, method, rpc as AnyRpc, observe);
      }
      server.addService(definition, handlers);
    }
  }
  return await listen(gateway, server, {
    path: socket,
    mode: Number.parseInt(socketMode, 8),
    gid: socketGroup === '' ? undefined : groupId(socketGroup),
    fd: handedSocket('cri'),
  });
}
