import { readFile } from 'node:fs/promises';
import type { Settings } from '@slipway/config';
import { isSlipwayError, SlipwayError } from '@slipway/errors';
import type { CommandHandler, StreamingOperation, StreamingServer, StreamingServerOptions } from '@slipway/streaming';
import type { Logger, Metrics } from '@slipway/telemetry';

/** How many ports are tried: executors of several handlers, and old ones that drain, share a node. */
const portTries = 64;
const closeGraceMs = 2000;

export interface StreamingParts {
  settings: Settings['streaming'];
  log: Logger;
  metrics?: Metrics | undefined;
}

/** The streaming server of one executor. It is started by the first call that needs it, and costs nothing before. */
export class Streaming {
  readonly #parts: StreamingParts;
  #starting: Promise<StreamingServer> | undefined;
  #server: StreamingServer | undefined;
  #closed = false;
  /** A session that is over may still be ending its command. */
  readonly #running = new Set<Promise<unknown>>();

  constructor(parts: StreamingParts) {
    this.#parts = parts;
    if (parts.metrics) this.#expose(parts.metrics);
  }

  /** A URL for one session of an operation. Throws INVALID_CONFIG, LIMIT_EXCEEDED, HANDLER_NOT_READY. */
  async issue(operation: StreamingOperation): Promise<string> {
    this.#refuseClosed();
    this.#starting ??= this.#start();
    let server: StreamingServer;
    try {
      server = await this.#starting;
    } catch (error) {
      this.#starting = undefined;
      throw error;
    }
    this.#refuseClosed();
    if (operation.kind === 'portforward') return server.issue(operation);
    return server.issue({ ...operation, handler: this.#tracked(operation.handler) });
  }

  /** Sessions that are open, and URLs that a client may still come to. */
  get pending(): number {
    return this.#server?.pending ?? 0;
  }

  /** Ends every session with a reason to its client, and waits until their commands are gone. */
  async close(reason: string): Promise<void> {
    this.#closed = true;
    const server = await this.#starting?.catch(() => undefined);
    await server?.close(reason, closeGraceMs);
    await Promise.allSettled(this.#running);
  }

  #refuseClosed(): void {
    if (this.#closed) throw new SlipwayError('HANDLER_NOT_READY', 'the executor is ending');
  }

  #tracked(handler: CommandHandler): CommandHandler {
    return async (streams) => {
      const work = handler(streams).catch((error: unknown) => {
        throw forClient(error);
      });
      this.#running.add(work);
      try {
        return await work;
      } finally {
        this.#running.delete(work);
      }
    };
  }

  async #start(): Promise<StreamingServer> {
    const { settings, log } = this.#parts;
    const { StreamingServer } = await import('@slipway/streaming');
    const options: StreamingServerOptions = {
      address: settings.address,
      advertise: settings.advertise || undefined,
      tls: await readTls(settings),
      tokenTtlMs: settings.urlMs,
      maxSessions: settings.maxSessions,
      idleTimeoutMs: settings.idleTimeoutMs,
      streamCreationTimeoutMs: settings.creationTimeoutMs,
      onSessionEnd: ({ kind, object }, { end, exitCode, error, bytesReceived, bytesSent }) => {
        log.info({ kind, object, end, exitCode, err: error, bytesReceived, bytesSent }, 'streaming session ended');
      },
    };
    for (let port = settings.port, tries = 1; ; port += 1, tries += 1) {
      try {
        this.#server = await StreamingServer.start({ ...options, port });
        log.info({ url: this.#server.baseUrl }, 'streaming server listens');
        return this.#server;
      } catch (error) {
        if (port === 0 || tries === portTries || port === 0xffff || !isPortTaken(error)) throw error;
      }
    }
  }

  #expose(metrics: Metrics): void {
    const read = (of: (server: StreamingServer) => number) => (): number => (this.#server ? of(this.#server) : 0);
    const gauges: [name: string, help: string, read: () => number][] = [
      ['streaming_sessions', 'Sessions open now.', read(({ counters }) => counters.open)],
      ['streaming_urls_issued', 'URLs handed out since the start.', read(({ counters }) => counters.issued)],
      ['streaming_urls_expired', 'URLs that nobody used in time.', read(({ counters }) => counters.expired)],
      ['streaming_rejected', 'Requests without a valid URL.', read(({ counters }) => counters.rejected)],
      ['streaming_over_limit', 'Requests over the limit of sessions.', read(({ counters }) => counters.overLimit)],
      ['streaming_done', 'Sessions that ended by themselves.', read(({ counters }) => counters.ended.done)],
      ['streaming_failed', 'Sessions that failed.', read(({ counters }) => counters.ended.failed)],
      ['streaming_refused', 'Sessions whose handshake failed.', read(({ counters }) => counters.ended.refused)],
      ['streaming_gone', 'Sessions whose client left early.', read(({ counters }) => counters.ended.gone)],
      ['streaming_received_bytes', 'Bytes from clients of ended sessions.', read((one) => one.counters.bytesReceived)],
      ['streaming_sent_bytes', 'Bytes to clients of ended sessions.', read((one) => one.counters.bytesSent)],
    ];
    for (const gauge of gauges) metrics.gauge(...gauge);
  }
}

/** The client's error: the message with its object. */
function forClient(error: unknown): Error {
  if (!isSlipwayError(error)) return error instanceof Error ? error : new Error(String(error));
  return new Error(error.object ? `${error.object}: ${error.message}` : error.message, { cause: error });
}

function isPortTaken(error: unknown): boolean {
  const cause = error instanceof Error ? (error.cause as { code?: string } | undefined) : undefined;
  return cause?.code === 'EADDRINUSE';
}

async function readTls(settings: Settings['streaming']): Promise<StreamingServerOptions['tls']> {
  if (!settings.tlsCert) return undefined;
  const read = async (path: string): Promise<string> => {
    try {
      return await readFile(path, 'utf8');
    } catch (cause) {
      throw new SlipwayError('INVALID_CONFIG', `${path} cannot be read: ${(cause as Error).message}`, { cause });
    }
  };
  return {
    cert: await read(settings.tlsCert),
    key: await read(settings.tlsKey),
    clientCa: settings.clientCa ? await read(settings.clientCa) : undefined,
  };
}
