import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { SlipwayError } from '@slipway/errors';

export interface TlsOptions {
  /** PEM texts. */
  key: string | Buffer;
  cert: string | Buffer;
  /** With this, clients must show a certificate that it signed. */
  clientCa?: string | Buffer | undefined;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * The HTTP side of the streaming server. Upgrades are the server's own `upgrade` event; whatever
 * else comes goes to fastify, which answers 404 with no detail and is loaded by the first such request.
 */
export function createStreamingHttp(tls: TlsOptions | undefined, onPlainRequest: () => void): Server {
  let handler: Promise<Handler> | undefined;
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    onPlainRequest();
    handler ??= notFoundHandler(server);
    handler.then(
      (handle) => handle(request, response),
      () => response.writeHead(404).end(),
    );
  };
  const server = tls
    ? createTlsServer(
        { key: tls.key, cert: tls.cert, ...(tls.clientCa ? { ca: tls.clientCa, requestCert: true } : {}) },
        listener,
      )
    : createServer(listener);
  // A client that dawdles over its request holds a connection and nothing else, and not for long.
  server.headersTimeout = 10_000;
  server.requestTimeout = 15_000;
  server.keepAliveTimeout = 5000;
  return server;
}

async function notFoundHandler(server: Server): Promise<Handler> {
  const { fastify } = await import('fastify');
  let handle: Handler | undefined;
  const app = fastify({
    serverFactory: (routed) => {
      handle = routed;
      return server;
    },
    // Paths that cannot be decoded never reach a route.
    frameworkErrors: (_error, _request, reply) => {
      reply.raw.writeHead(404, { 'content-length': 0 }).end();
    },
  });
  app.setNotFoundHandler((_request, reply) => reply.code(404).send());
  app.setErrorHandler((_error, _request, reply) => reply.code(404).send());
  await app.ready();
  return handle as Handler;
}

/** @throws INVALID_CONFIG when the address cannot be bound */
export function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      reject(new SlipwayError('INVALID_CONFIG', `cannot listen on ${host} port ${port}: ${cause.message}`, { cause }));
    });
    server.listen({ host, port }, resolve);
  });
}
