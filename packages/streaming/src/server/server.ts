import type { Server } from 'node:http';
import { type AddressInfo, isIPv6 } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { SlipwayError } from '@slipway/errors';
import type { PortForwardHandler } from '../port-forward/handler.js';
import { servePortForward } from '../port-forward/serve.js';
import type { CommandHandler, CommandOptions, SessionOutcome } from '../remote-command/handler.js';
import { serveRemoteCommand } from '../remote-command/serve.js';
import { refuseUpgrade, type Upgrade } from '../upgrade.js';
import { newCounters, type StreamingCounters } from './counters.js';
import { createStreamingHttp, listen, type TlsOptions } from './http.js';
import { Tokens } from './tokens.js';

/** The operation behind a URL, on one object, bound by its handler. */
export type StreamingOperation =
  | ({ kind: 'exec' | 'attach'; handler: CommandHandler } & CommandOptions & OperationNotes)
  | ({ kind: 'portforward'; ports: readonly number[]; handler: PortForwardHandler } & OperationNotes);

interface OperationNotes {
  /** The object, for logs: `container <id>`. */
  object?: string | undefined;
}

export interface StreamingServerOptions {
  /** Default 127.0.0.1: the kubelet is on the same node and proxies. */
  address?: string | undefined;
  /** Default 0, any free port. */
  port?: number | undefined;
  tls?: TlsOptions | undefined;
  /** Host name or address in the URLs; default the address, or loopback for an unspecified one. */
  advertise?: string | undefined;
  /** Milliseconds that a URL is good for; default 60 000. */
  tokenTtlMs?: number | undefined;
  /** Unused URLs that may exist at a time; default 1000. */
  maxTokens?: number | undefined;
  /** Sessions open at a time; default 1000. */
  maxSessions?: number | undefined;
  idleTimeoutMs?: number | undefined;
  streamCreationTimeoutMs?: number | undefined;
  /** Told of each session that has ended. */
  onSessionEnd?: ((operation: StreamingOperation, outcome: SessionOutcome) => void) | undefined;
}

const kinds = ['exec', 'attach', 'portforward'];

/**
 * Serves exec, attach and port-forward sessions at one-time URLs (`streaming` of the CRI). A request without a
 * valid token is a 404 with no detail, whatever it asks. SPDY by POST and WebSocket by GET, on the same URL.
 */
export class StreamingServer {
  readonly counters: StreamingCounters = newCounters();
  readonly #server: Server;
  readonly #options: StreamingServerOptions;
  readonly #tokens: Tokens<StreamingOperation>;
  readonly #stop = new AbortController();
  readonly #sessions = new Map<Promise<void>, Upgrade>();

  private constructor(options: StreamingServerOptions) {
    this.#options = options;
    this.#tokens = new Tokens(options.tokenTtlMs ?? 60_000, options.maxTokens ?? 1000, () => {
      this.counters.expired += 1;
    });
    this.#server = createStreamingHttp(options.tls, () => {
      this.counters.rejected += 1;
    });
    this.#server.on('upgrade', (request, socket, head) => this.#onUpgrade({ request, socket, head }));
  }

  /** @throws INVALID_CONFIG when the address cannot be bound */
  static async start(options: StreamingServerOptions = {}): Promise<StreamingServer> {
    const server = new StreamingServer(options);
    await listen(server.#server, options.address ?? '127.0.0.1', options.port ?? 0);
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Sessions that are open, and tokens that may still be used. */
  get pending(): number {
    return this.counters.open + this.#tokens.size;
  }

  /** Scheme, host and port of every URL. */
  get baseUrl(): string {
    const { address = '127.0.0.1', advertise, tls } = this.#options;
    const dialable = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address;
    const host = advertise ?? dialable;
    return `${tls ? 'https' : 'http'}://${isIPv6(host) ? `[${host}]` : host}:${this.port}`;
  }

  /**
   * A URL for one session of this operation, good once and for a minute.
   * @throws LIMIT_EXCEEDED when too many are unused, HANDLER_NOT_READY when the server is closing
   */
  issue(operation: StreamingOperation): string {
    if (this.#stop.signal.aborted) throw new SlipwayError('HANDLER_NOT_READY', 'the streaming server is closing');
    if (operation.kind !== 'portforward' && !operation.stdin && !operation.stdout && !operation.stderr) {
      throw new SlipwayError('INVALID_REQUEST', 'one of stdin, stdout and stderr must be set');
    }
    const token = this.#tokens.issue(operation);
    this.counters.issued += 1;
    return `${this.baseUrl}/${operation.kind}/${token}`;
  }

  /**
   * Ends every session, reports `reason` to its client, and stops listening. Sessions that do not end
   * within `graceMs` (default 2000) are cut.
   */
  async close(reason = 'the streaming server is closing', graceMs = 2000): Promise<void> {
    this.#stop.abort(new Error(reason));
    this.#tokens.clear();
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    this.#server.closeIdleConnections();
    const grace = new AbortController();
    await Promise.race([
      Promise.all(this.#sessions.keys()),
      sleep(graceMs, undefined, { signal: grace.signal }).catch(() => undefined),
    ]);
    grace.abort();
    for (const { socket } of this.#sessions.values()) socket.destroy();
    this.#server.closeAllConnections();
    await Promise.all(this.#sessions.keys());
    await closed;
  }

  #onUpgrade(upgrade: Upgrade): void {
    const { request, socket } = upgrade;
    socket.on('error', () => undefined);
    const [, kind = '', token = '', ...rest] = (request.url ?? '').replace(/[?#].*$/, '').split('/');
    const operation = rest.length === 0 && kinds.includes(kind) ? this.#tokens.peek(token) : undefined;
    const method = request.method === 'POST' || request.method === 'GET';
    if (!operation || operation.kind !== kind || !method || this.#stop.signal.aborted) {
      this.counters.rejected += 1;
      refuseUpgrade(upgrade, 404);
      return;
    }
    if (this.#sessions.size >= (this.#options.maxSessions ?? 1000)) {
      this.counters.overLimit += 1;
      refuseUpgrade(upgrade, 503, 'too many sessions are open');
      return;
    }
    this.#tokens.consume(token);
    this.counters.open += 1;
    const session: Promise<void> = this.#serve(upgrade, operation).then((outcome) => {
      this.#sessions.delete(session);
      this.counters.open -= 1;
      this.counters.ended[outcome.end] += 1;
      this.counters.bytesReceived += outcome.bytesReceived;
      this.counters.bytesSent += outcome.bytesSent;
      try {
        this.#options.onSessionEnd?.(operation, outcome);
      } catch {
        // An observer's fault is none of the session's.
      }
    });
    this.#sessions.set(session, upgrade);
  }

  async #serve(upgrade: Upgrade, operation: StreamingOperation): Promise<SessionOutcome> {
    const { idleTimeoutMs, streamCreationTimeoutMs } = this.#options;
    // A signal of the session's own: what depends on it goes with it, and does not gather at the server's.
    const stop = new AbortController();
    const onStop = (): void => stop.abort(this.#stop.signal.reason);
    this.#stop.signal.addEventListener('abort', onStop, { once: true });
    const options = { idleTimeoutMs, streamCreationTimeoutMs, signal: stop.signal };
    try {
      if (operation.kind === 'portforward') {
        return await servePortForward(upgrade, { ...options, ports: operation.ports }, operation.handler);
      }
      const { stdin, stdout, stderr, tty } = operation;
      return await serveRemoteCommand(upgrade, { ...options, stdin, stdout, stderr, tty }, operation.handler);
    } catch (error) {
      upgrade.socket.destroy();
      return { end: 'failed', error: error as Error, bytesReceived: 0, bytesSent: 0 };
    } finally {
      this.#stop.signal.removeEventListener('abort', onStop);
    }
  }
}
