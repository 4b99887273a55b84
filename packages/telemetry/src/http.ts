import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SlipwayError } from '@slipway/errors';
import type { FastifyInstance } from 'fastify';
import type { Metrics } from './metrics.js';

/** Reasons why the service is not ready, by subject: `{ nats: 'disconnected' }`. Empty means ready. */
export type Reasons = Record<string, string>;

export interface HttpOptions {
  /** Default 127.0.0.1: nothing here is meant for the network. */
  address?: string | undefined;
  /** Default 0, any free port. */
  port?: number | undefined;
  /** Called at each /readyz. An exception is a reason itself. */
  ready?: (() => Reasons | Promise<Reasons>) | undefined;
  metrics?: Metrics | undefined;
}

export interface HttpServer {
  readonly address: string;
  readonly port: number;
  close(): Promise<void>;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Serves /healthz (200 while the event loop turns), /readyz (200, or 503 with the
 * reasons as JSON) and /metrics. fastify is loaded by the first request, so that a
 * service that nobody asks stays small.
 * @throws INVALID_CONFIG when the address cannot be bound
 */
export async function serveHttp(options: HttpOptions = {}): Promise<HttpServer> {
  const address = options.address ?? '127.0.0.1';
  let app: Promise<{ instance: FastifyInstance; handle: Handler }> | undefined;
  const server = createServer((request, response) => {
    app ??= buildApp(server, options);
    app.then(
      ({ handle }) => handle(request, response),
      (error: unknown) => {
        response.statusCode = 500;
        response.end(String(error));
      },
    );
  });
  // A scraper's idle connection must not hold a draining process.
  server.keepAliveTimeout = 5000;
  await listen(server, address, options.port ?? 0);
  server.unref();
  return {
    address,
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      server.closeAllConnections();
      await closed;
      const built = await app?.catch(() => undefined);
      await built?.instance.close();
    },
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      reject(new SlipwayError('INVALID_CONFIG', `cannot listen on ${host}:${port}: ${cause.message}`, { cause }));
    });
    server.listen({ host, port }, resolve);
  });
}

async function buildApp(server: Server, options: HttpOptions): Promise<{ instance: FastifyInstance; handle: Handler }> {
  // A CommonJS module that was bundled apart has only the default export.
  const { default: fastify } = await import('fastify');
  let handle: Handler | undefined;
  const instance = fastify({
    // The server listens already; fastify only routes what it receives.
    serverFactory: (handler) => {
      handle = handler;
      return server;
    },
  });
  instance.get('/healthz', () => ({ status: 'ok' }));
  instance.get('/readyz', async (_request, reply) => {
    const reasons = await readiness(options.ready);
    const ready = Object.keys(reasons).length === 0;
    return reply.code(ready ? 200 : 503).send({ ready, reasons });
  });
  const { metrics } = options;
  if (metrics) {
    instance.get('/metrics', async (_request, reply) => {
      const { contentType, text } = await metrics.expose();
      return reply.type(contentType).send(text);
    });
  }
  await instance.ready();
  return { instance, handle: handle as Handler };
}

async function readiness(ready: HttpOptions['ready']): Promise<Reasons> {
  try {
    return (await ready?.()) ?? {};
  } catch (error) {
    return { check: error instanceof Error ? error.message : String(error) };
  }
}
