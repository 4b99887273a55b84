import { once } from 'node:events';
import { chmod, mkdir, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { dirname } from 'node:path';
import { type Server, ServerCredentials, type ServiceDefinition } from '@grpc/grpc-js';
import { SlipwayError } from '@slipway/errors';
import type { AnyMethod } from '@slipway/stage';
import type { Logger } from '@slipway/telemetry';
import { ClientConnection } from './client-connection.js';
import { ignoreDeadStreams } from './dead-streams.js';
import { encodeAnswer } from './kept-answers.js';

/** A gRPC server that listens on a unix socket. */
export interface GrpcListener {
  /** Takes no new calls, and waits for the running ones; after `timeoutMs` (default 10 000) they are cut. */
  drain(timeoutMs?: number): Promise<void>;
}

/**
 * Lets clients of a unix socket in. The socket's mode is the only access control.
 * @throws SlipwayError INVALID_CONFIG when another process serves the socket
 */
export async function listen(log: Logger, server: Server, socket: string, mode: number): Promise<GrpcListener> {
  await mkdir(dirname(socket), { recursive: true });
  await clearSocket(socket);
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  ignoreDeadStreams(server);
  const listener = createServer((client) => injector.injectConnection(new ClientConnection(client)));
  listener.listen(socket);
  await once(listener, 'listening');
  listener.on('error', (error) => log.error({ err: error, socket }, 'a client could not be let in'));
  await chmod(socket, mode);
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

/** A method as grpc-js serves it, with our codecs. */
export function definitionOf(service: string, method: AnyMethod, streams: boolean): ServiceDefinition[string] {
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
