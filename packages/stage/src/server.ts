import { setTimeout as sleep } from 'node:timers/promises';
import { StageEvent } from '@slipway/contracts';
import { SlipwayError, toSlipwayError } from '@slipway/errors';
import type { Init } from '@slipway/protobuf';
import { deadlineIn, hasPassed, nowNanos } from '@slipway/time';
import type { Service, ServiceMsg, Subscription } from 'nats';
import type { Logger } from 'pino';
import type { Bus } from './bus.js';
import { checkCaller } from './callers.js';
import { type StageContext, withSpan } from './context.js';
import { FairLimiter } from './fair-limiter.js';
import { LoadCounts, type StageLoad } from './load.js';
import type { AnyMethod, RequestOf, ResponseOf, ServiceDefinition } from './service-definition.js';
import { askSecret } from './secret.js';
import { SharedWork } from './shared-work.js';
import { cancelSubject, stageName, stageSubject } from './subjects.js';
import { Call } from './server-call.js';
import { childOf } from './trace.js';
import { encodeError, headers } from './wire.js';

export type StageHandlers<S extends ServiceDefinition> = {
  [M in keyof S['methods']]: (
    request: RequestOf<S['methods'][M]>,
    context: StageContext,
  ) => Promise<Init<ResponseOf<S['methods'][M]>>>;
};

/** The outcome of a call, for metrics. */
export interface CallObservation {
  method: string;
  queuedMs: number;
  workedMs: number;
  /** The error's code; undefined where it succeeded. */
  error?: string | undefined;
}

export interface StageOptions<S extends ServiceDefinition> {
  handlers: StageHandlers<S>;
  /** The runtime handler, for stages that have one instance or more of each. */
  handler?: string | undefined;
  version: string;
  log: Logger;
  /** Calls of one method that are worked on concurrently, those that only wait left out. Default 64; see FairLimiter. */
  concurrency?: number | undefined;
  /** Milliseconds between the beats of a call that takes long. Default 1000. */
  beatMs?: number | undefined;
  /** Shown by `nats micro info` and read by our own tools. */
  metadata?: Record<string, string> | undefined;
  observe?: ((call: CallObservation) => void) | undefined;
  /** Begins drained: it takes calls from `undrain` on. */
  drained?: boolean | undefined;
}

/**
 * An instance of a stage. It says on events.stage what it is:
 *
 *     ready ── drain ──▶ draining ── no call runs ──▶ drained ── its connection closes ──▶ down
 *       ◀────────────────── undrain ─────────────────────┘
 *
 * Callers send to whoever is ready (the event is called `up`); a draining one ends what it has begun.
 */
export interface StageServer {
  /** Takes no new calls and waits for the running ones, at most `timeoutMs`, default 30 000. */
  drain(timeoutMs?: number): Promise<void>;
  /** Takes calls again. */
  undrain(): Promise<void>;
  /** Calls that are worked on or queued now. */
  inFlight(): number;
  load(): StageLoad;
}

/**
 * Serves a stage: each function of `options.handlers` becomes an endpoint of a NATS
 * micro service in the queue group of its stage and handler.
 */
export async function serveStage<S extends ServiceDefinition>(
  bus: Bus,
  service: S,
  options: StageOptions<S>,
): Promise<StageServer> {
  const server = new Server(bus, service, options);
  if (!options.drained) await server.undrain();
  return server;
}

const NOTHING = new Uint8Array(0);

/** A call's work at its end. */
interface Done {
  response: Uint8Array;
  /** Its error; there is no response then. */
  failure: SlipwayError | undefined;
  /** Tells and counts it. */
  readonly report: () => void;
}

class Server implements StageServer {
  readonly #stage: string;
  readonly #handler: string | undefined;
  readonly #limiters = new Map<string, FairLimiter>();
  /** Work by method and operation, which later calls of the same operation join. */
  readonly #works = new Map<string, SharedWork<Done>>();
  /** Work by the reply subject of a call that waits for it. */
  readonly #calls = new Map<string, SharedWork<Done>>();
  readonly #counts = new LoadCounts();
  /** Subscribing and its end, one after the other. */
  #turning: Promise<void> = Promise.resolve();
  #micro: Service | undefined;
  #cancels: Subscription | undefined;
  #down: (() => void) | undefined;

  constructor(
    readonly bus: Bus,
    readonly service: ServiceDefinition,
    readonly options: StageOptions<ServiceDefinition>,
  ) {
    this.#stage = stageName(service);
    this.#handler = options.handler;
  }

  undrain(): Promise<void> {
    this.#turning = this.#turning.then(() => this.#listen());
    return this.#turning;
  }

  inFlight(): number {
    return this.#calls.size;
  }

  load(): StageLoad {
    let queued = 0;
    for (const limiter of this.#limiters.values()) queued += limiter.waiting;
    return { ...this.#counts.read(), inFlight: this.inFlight(), queued };
  }

  async drain(timeoutMs = 30_000): Promise<void> {
    this.#turning = this.#turning.then(() => this.#stopListening());
    await this.#turning;
    const end = deadlineIn(timeoutMs);
    while (this.#calls.size > 0 && !hasPassed(end)) await sleep(10);
    if (this.#micro === undefined) this.#announce('drained');
    await this.bus.connection.flush();
  }

  async #listen(): Promise<void> {
    if (this.#micro) return;
    const { bus, options } = this;
    const queue = ['slipway', this.#stage, this.#handler].filter(Boolean).join('-');
    this.#cancels ??= bus.connection.subscribe(cancelSubject(bus.node, this.#stage, this.#handler), {
      callback: (error, message) => {
        if (error) return;
        const id = message.string();
        this.#calls.get(id)?.leave(id, 'the caller went away');
      },
    });
    this.#micro = await bus.connection.services.add({
      name: queue,
      version: options.version,
      description: `Slipway ${this.#stage}${this.#handler ? ` for the handler ${this.#handler}` : ''} on ${bus.node}`,
      queue,
      metadata: { ...options.metadata, instance: bus.instance, node: bus.node },
      statsHandler: () => Promise.resolve(this.load()),
    });
    const group = this.#micro.addGroup(stageSubject(bus.node, this.#stage, this.#handler), queue);
    for (const [key, method] of Object.entries(this.service.methods)) {
      if (!this.#limiters.has(key)) this.#limiters.set(key, new FairLimiter({ limit: options.concurrency ?? 64 }));
      group.addEndpoint(method.name, {
        queue,
        handler: (error, message) => {
          if (error) options.log.warn({ err: error }, 'endpoint subscription failed');
          else this.#accept(key, method, message);
        },
      });
    }
    this.#down ??= bus.beforeClose(() => this.#announce('down'));
    this.#announce('up');
    // The server has the endpoints, and after them the event, before whoever waits goes on to drain another instance.
    await bus.connection.flush();
  }

  /** The server stops to route calls here first; those that it has routed already are taken. */
  async #stopListening(): Promise<void> {
    const micro = this.#micro;
    if (!micro) return;
    this.#announce('draining');
    await micro.stop();
    this.#micro = undefined;
  }

  #announce(state: 'up' | 'draining' | 'drained' | 'down'): void {
    this.bus.publishEvent('stage', StageEvent, {
      stage: this.#stage,
      handler: this.#handler ?? '',
      instance: this.bus.instance,
      state,
      at: nowNanos(),
    });
  }

  // The library neither awaits nor counts what a handler returns, so this returns nothing and catches all.
  #accept(key: string, method: AnyMethod, message: ServiceMsg): void {
    if (!message.reply) return;
    const call = new Call(this.bus, message, this.options.beatMs ?? 1000);
    const { callers } = this.bus.keys;
    try {
      if (callers) checkCaller(message, callers);
    } catch (error) {
      this.options.log.error({ err: error, method: method.name }, 'a call was refused');
      call.fail(encodeError(error, this.#stage));
      return;
    }
    const operation = message.headers?.get(headers.operation) ?? '';
    const shareKey = method.idempotent && operation ? `${key}|${operation}` : `call|${call.id}`;
    let work = this.#works.get(shareKey);
    const first = !work;
    if (!work) {
      work = new SharedWork<Done>();
      this.#works.set(shareKey, work);
    }
    work.join(call.id, {
      deadline: call.deadline,
      onBeat: (progress) => call.beat(progress),
      onAsk: call.hasSecret ? (publicKey, replyFor) => call.ask(publicKey, replyFor) : undefined,
    });
    this.#calls.set(call.id, work);
    if (first) work.result = this.#work(key, method, message, call, operation, work);
    work.result
      .then(({ response, failure, report }) => {
        try {
          if (failure) call.fail(encodeError(failure, this.#stage));
          else call.answer(response);
        } finally {
          // The answer is sent before its events.
          if (first) report();
        }
      })
      .catch((error: unknown) => this.options.log.warn({ err: error, method: method.name }, 'reply was not sent'))
      .finally(() => {
        work.finish();
        this.#works.delete(shareKey);
        this.#calls.delete(call.id);
      });
  }

  async #work(
    key: string,
    method: AnyMethod,
    message: ServiceMsg,
    call: Call,
    operation: string,
    work: SharedWork<Done>,
  ): Promise<Done> {
    const { bus, options } = this;
    const arrived = nowNanos();
    const parent = call.trace;
    const trace = childOf(parent);
    let started = arrived;
    let queued = true;
    let response: Uint8Array = NOTHING;
    let failure: SlipwayError | undefined;
    try {
      const limiter = this.#limiters.get(key) as FairLimiter;
      const request = decodeRequest(method, message.data);
      const share = message.headers?.get(headers.share) || ownShare(request);
      const worked = limiter.run(
        share,
        async (place) => {
          started = nowNanos();
          queued = false;
          const origin = { stage: this.#stage, handler: this.#handler, operation };
          const context: StageContext = {
            signal: work.signal,
            get deadline() {
              return work.deadline;
            },
            operation,
            trace,
            log: options.log.child({ method: method.name, operation }),
            secret: () => askSecret(bus, work, this.#stage),
            beat: (progress) => work.beat(progress),
            span: (name, step) => withSpan(bus, trace, origin, name, step),
            idle: (wait, afterMs) => place.idle(wait, afterMs),
          };
          const handler = options.handlers[key] as (request: unknown, context: StageContext) => Promise<never>;
          return method.response.encode(await handler(request, context));
        },
        work.signal,
      );
      response = await worked;
    } catch (thrown) {
      // Queued too long: nobody waits for it any more.
      const late = queued && work.signal.aborted;
      failure = late
        ? new SlipwayError('DEADLINE', 'the deadline passed while the call was queued', { stage: this.#stage })
        : asStageError(thrown, work.signal, this.#stage);
      const level = failure.code === 'INTERNAL' ? 'error' : 'info';
      options.log[level]({ err: failure, method: method.name, operation }, 'call failed');
    }
    const done = nowNanos();
    const report = (): void => {
      const hop = call.sent > 0n && arrived > call.sent ? arrived - call.sent : 0n;
      bus.publishSpan({
        traceId: trace.traceId,
        spanId: trace.spanId,
        parentId: parent.spanId,
        stage: this.#stage,
        handler: this.#handler ?? '',
        name: method.name,
        operation,
        start: arrived,
        queued: started - arrived,
        worked: done - started,
        hop,
        error: failure?.code ?? '',
      });
      this.#counts.ended({ waited: hop + started - arrived, worked: done - started, failed: failure !== undefined });
      options.observe?.({
        method: method.name,
        queuedMs: Number(started - arrived) / 1e6,
        workedMs: Number(done - started) / 1e6,
        error: failure?.code,
      });
    };
    return { response, failure, report };
  }
}

function decodeRequest(method: AnyMethod, data: Uint8Array): unknown {
  try {
    return method.request.decode(data);
  } catch (cause) {
    throw new SlipwayError('INVALID_REQUEST', `malformed ${method.request.name}`, { cause });
  }
}

/** Whose work a call is where its caller does not say: what it is about. */
function ownShare(request: unknown): string {
  const fields = request as {
    sandboxId?: string;
    id?: string;
    sandbox?: { id?: string };
    container?: { sandboxId?: string };
  };
  return fields.sandboxId || fields.sandbox?.id || fields.container?.sandboxId || fields.id || '';
}

/** An abort of the call's own signal is the deadline or the caller, whatever the aborted work threw. */
function asStageError(thrown: unknown, signal: AbortSignal, stage: string): SlipwayError {
  const aborted = signal.aborted && (thrown === signal.reason || (thrown as Error | null)?.name === 'AbortError');
  const error = aborted
    ? new SlipwayError('CANCELLED', (signal.reason as Error).message, { cause: thrown })
    : toSlipwayError(thrown);
  error.stage ??= stage;
  return error;
}
