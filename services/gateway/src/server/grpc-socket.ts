import { once } from 'node:events';
import { chmod, lchown, mkdir } from 'node:fs/promises';
import { createServer, type Server as NetServer } from 'node:net';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Server, ServerCredentials, type ServiceDefinition } from '@grpc/grpc-js';
import { clearUnixSocket } from '@slipway/linux';
import type { AnyMethod } from '@slipway/stage';
import type { Gateway } from '../context.js';
import { ClientConnection } from './client-connection.js';
import { ignoreDeadStreams } from './dead-streams.js';
import { encodeAnswer } from './kept-answers.js';
import type { OpenCalls } from './open-calls.js';

/** A gRPC server that listens on a unix socket. */
export interface GrpcListener {
  /** Takes no new calls, and waits for the running ones; after `timeoutMs` (default 10 000) they are answered UNAVAILABLE. */
  drain(timeoutMs?: number): Promise<void>;
}

export interface SocketOptions {
  path: string;
  /** The only access control. */
  mode: number;
  /** Its group by number. Default: this process's own. */
  gid?: number | undefined;
  /** The socket itself, which listens already and is the supervisor's: it outlives this server. */
  fd: number | undefined;
}

/**
 * Lets clients of a unix socket in.
 * @throws SlipwayError INVALID_CONFIG when another process serves the socket
 */
export async function listen(
  { log, openCalls }: Pick<Gateway, 'log' | 'openCalls'>,
  server: Server,
  options: SocketOptions,
): Promise<GrpcListener> {
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  ignoreDeadStreams(server);
  const listener = createServer((client) => injector.injectConnection(new ClientConnection(client)));
  await bind(listener, options);
  listener.on('error', (error) => log.error({ err: error, socket: options.path }, 'a client could not be let in'));
  return {
    drain: async (timeoutMs = 10_000) => {
      const gone = new Promise<void>((resolve) => listener.close(() => resolve()));
      await shutDown(server, openCalls, timeoutMs);
      // From Node 24 on a session has ended before its last frames are with the kernel, and this process may end now.
      const limit = new AbortController();
      await Promise.race([gone, sleep(flushMs, undefined, { signal: limit.signal })]).finally(() => limit.abort());
    },
  };
}

/** A client that does not read the last frames is not waited for any longer. */
const flushMs = 1000;

/**
 * Sessions end by themselves when their calls are answered, but for those of clients that do not read the answers. The
 * calls are waited for as well, because grpc-js takes a session that Node closed with its server, which Node does from
 * 24 on, for one that has ended.
 */
async function shutDown(server: Server, openCalls: OpenCalls, timeoutMs: number): Promise<void> {
  const limit = new AbortController();
  const after = (ms: number): Promise<void> => sleep(ms, undefined, { signal: limit.signal });
  const ended = new Promise<void>((resolve) => server.tryShutdown(() => resolve())).then(() => openCalls.answered());
  if (timeoutMs === Number.POSITIVE_INFINITY) return ended;
  const forced = after(timeoutMs).then(async () => {
    openCalls.cutOff();
    await after(flushMs);
    server.forceShutdown();
  });
  forced.catch(() => undefined);
  await Promise.race([ended, forced]).finally(() => limit.abort());
}

async function bind(listener: NetServer, { path, mode, gid, fd }: SocketOptions): Promise<void> {
  if (fd !== undefined) {
    listener.listen({ fd });
    await once(listener, 'listening');
    return;
  }
  await mkdir(dirname(path), { recursive: true });
  await clearUnixSocket(path);
  listener.listen(path);
  await once(listener, 'listening');
  if (gid !== undefined) await lchown(path, -1, gid);
  await chmod(path, mode);
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
