import { once } from 'node:events';
import { chmod, mkdir, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { dirname } from 'node:path';
import { Server, ServerCredentials, type ServiceDefinition, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { criVersions, ImageService, RuntimeService } from '@slipway/cri';
import { SlipwayError } from '@slipway/errors';
import type { AnyMethod, CallObservation } from '@slipway/stage';
import type { Gateway } from '../context.js';
import { ClientConnection } from './client-connection.js';
import { encodeAnswer } from './kept-answers.js';
import type { ImageRpcs, RuntimeRpcs } from './rpc-table.js';
import { type AnyStreamRpc, streamHandler } from './stream-handler.js';
import { type AnyRpc, unaryHandler } from './unary-handler.js';

export interface CriServer {
  /** Takes no new calls, and waits for the running ones; after `timeoutMs` (default 10 000) they are cut. */
  drain(timeoutMs?: number): Promise<void>;
}

/** Serves both versions of both CRI services, by the same functions, on the gateway's unix socket. */
export async function serveCri(
  gateway: Gateway,
  rpcs: { runtime: RuntimeRpcs; image: ImageRpcs },
  observe: (call: CallObservation) => void,
): Promise<CriServer> {
  const { socket, maxMessageBytes } = gateway.settings.gateway;
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
        if (!rpc) continue;
        const streams = 'responseStream' in method;
        definition[method.name] = definitionOf(name, method, streams);
        handlers[method.name] = streams
          ? streamHandler(gateway, version, method, rpc as AnyStreamRpc, observe)
          : unaryHandler(gateway, version, method, rpc as AnyRpc, observe);
      }
      server.addService(definition, handlers);
    }
  }
  await mkdir(dirname(socket), { recursive: true });
  await clearSocket(socket);
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const listener = createServer((client) => injector.injectConnection(new ClientConnection(client)));
  listener.listen(socket);
  await once(listener, 'listening');
  listener.on('error', (error) => gateway.log.error({ err: error }, 'a client could not be let in'));
  // The socket's mode is the CRI's only access control.
  await chmod(socket, 0o660);
  return {
    drain: (timeoutMs = 10_000) =>
      new Promise((resolve) => {
        const patient = timeoutMs === Number.POSITIVE_INFINITY;
        const forced = patient ? undefined : setTimeout(() => server.forceShutdown(), timeoutMs);
        listener.close();
        server.tryShutdown(() => {
          clearTimeout(forced);
          resolve();
        });
      }),
  };
}

function definitionOf(service: string, method: AnyMethod, streams: boolean): ServiceDefinition[string] {
  return {
    path: `/${service}/${method.name}`,
    requestStream: false,
    responseStream: streams,
    requestSerialize: (message: object) => Buffer.from(method.request.encode(message)),
    requestDeserialize: (bytes: Buffer) => method.request.decode(bytes),
    responseSerialize: (message: object) => encodeAnswer(message, (answer) => method.response.encode(answer)),
    responseDeserialize: (bytes: Buffer) => method.response.decode(bytes),
  };
}

/** Removes the socket that a dead gateway left; one that somebody listens on stays. */
async function clearSocket(path: string): Promise<void> {
  const alive = await new Promise<boolean>((resolve) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
  if (alive) {
    throw new SlipwayError('INVALID_CONFIG', 'another process serves this socket', {
      object: path,
      hint: 'stop it, or set gateway.socket to another path',
    });
  }
  await rm(path, { force: true });
}
