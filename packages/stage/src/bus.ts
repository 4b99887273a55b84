import { type KeyObject, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type SpanEvent, StageEvent } from '@slipway/contracts';
import { SlipwayError } from '@slipway/errors';
import type { Codec, Init } from '@slipway/protobuf';
import { deadlineIn, hasPassed } from '@slipway/time';
import {
  connect,
  ErrorCode,
  type Msg,
  type NatsConnection,
  NatsError,
  nkeyAuthenticator,
  type Subscription,
} from 'nats';
import { ConnectTries, endBrokenHandshakes } from './handshakes.js';
import { type CallerKeys, keyOfSeed } from './signature.js';
import { SpanOutbox } from './span-outbox.js';
import { eventSubject } from './subjects.js';

export interface BusOptions {
  /** nats://host:port, several separated by commas. */
  url: string;
  node: string;
  /** gateway, puller, builder, executor, operator or peer: the inbox prefix, and whose permissions it has. */
  role: string;
  /** A file with the nkey seed; without one the server must let anybody in. */
  nkeyFile?: string | undefined;
  /** Who may call the stages that this process serves; calls of others are refused. Default: whoever NATS lets publish. */
  callers?: CallerKeys | undefined;
  /** Tells instances of a role apart. Default: the role and six random hex digits. */
  instance?: string | undefined;
  /** Milliseconds to keep trying the first connect where nobody listens yet; 0: once. Default 10 000. */
  connectTimeoutMs?: number;
  /** Milliseconds for one connect with its greeting and its key. Default 30 000: on a loaded node seconds, while nobody is absent. */
  handshakeMs?: number;
  /** The connection does not hear what it says itself. */
  noEcho?: boolean;
}

/** Milliseconds that what is buffered has to be sent when a connection is closed. */
const CLOSE_MS = 1000;
const HANDSHAKE_MS = 30_000;
/** Milliseconds after which a connect without an answer gets another one beside it; doubled each time. */
const PATIENCE_MS = 2000;

/** The keys that calls are signed by. */
export interface BusKeys {
  /** This process's own; without one its calls are not signed. */
  own?: KeyObject | undefined;
  /** Those of who may call the stages that this process serves; without them calls need no signature. */
  callers?: CallerKeys | undefined;
}

/** A process's one connection to NATS, with what stages and callers share on it. */
export class Bus {
  readonly #replies = new Map<string, (message: Msg) => void>();
  readonly #closing = new Set<() => void>();
  readonly #downs = new Set<(instance: string) => void>();
  readonly #inbox: string;
  readonly #spans = new SpanOutbox((span) => this.#publish('span', span));
  #stages: Subscription | undefined;

  constructor(
    readonly connection: NatsConnection,
    readonly node: string,
    readonly role: string,
    readonly instance: string,
    readonly keys: BusKeys = {},
  ) {
    // All replies share a subscription, because subscribing costs a round trip and a map entry does not.
    this.#inbox = randomBytes(8).toString('hex');
    connection.subscribe(`${inboxPrefix(role)}.*.${this.#inbox}.*`, {
      callback: (error, message) => {
        if (!error) hear(() => this.#replies.get(message.subject)?.(message));
      },
    });
  }

  /**
   * Reserves a reply subject, whose messages go to `listener` until `release` is called.
   *
   * The subject is `_INBOX_<role>.<answerer>.<connection>.<token>`. The server lets a stage publish only where its own
   * name is the answerer, and the token is random, so that no other stage can answer in its place: it may not publish
   * there, and an instance of the same stage that was not asked cannot guess where.
   *
   * @param answerer the stage that is asked, such as `builder`; `peer` for other nodes' peers
   */
  expectReplies(answerer: string, listener: (message: Msg) => void): { subject: string; release: () => void } {
    const token = randomBytes(16).toString('base64url');
    const subject = `${inboxPrefix(this.role)}.${answerer}.${this.#inbox}.${token}`;
    this.#replies.set(subject, listener);
    return { subject, release: () => void this.#replies.delete(subject) };
  }

  publishEvent<T>(kind: string, codec: Codec<T>, event: Init<T>): void {
    this.#publish(kind, codec.encode(event));
  }

  /** Tells where a call's time went. It is on its way some milliseconds later, or when the bus is closed. */
  publishSpan(span: Init<SpanEvent>): void {
    this.#spans.add({ ...span, instance: this.instance });
  }

  #publish(kind: string, event: Uint8Array): void {
    if (this.connection.isClosed() || this.connection.isDraining()) return;
    this.connection.publish(eventSubject(this.node, kind), event);
  }

  /** Calls `listener` for every event of a kind. Malformed ones are passed over. */
  subscribeEvents<T>(kind: string, codec: Codec<T>, listener: (event: T) => void): Subscription {
    return this.connection.subscribe(eventSubject(this.node, kind), {
      callback: (error, message) => {
        if (error) return;
        let event: T;
        try {
          event = codec.decode(message.data);
        } catch {
          return;
        }
        hear(() => listener(event));
      },
    });
  }

  /** Starts to listen for instances that ended, so that callers of one need not wait for missed beats. */
  #watchStages(): Subscription {
    return this.subscribeEvents('stage', StageEvent, (event) => {
      if (event.state === 'down') for (const listener of this.#downs) listener(event.instance);
    });
  }

  onInstanceDown(listener: (instance: string) => void): () => void {
    this.#stages ??= this.#watchStages();
    this.#downs.add(listener);
    return () => void this.#downs.delete(listener);
  }

  /** Runs `last` when this process is about to close the bus by itself: it may still publish. */
  beforeClose(last: () => void): () => void {
    this.#closing.add(last);
    return () => void this.#closing.delete(last);
  }

  /** Sends out what is buffered, then closes. */
  async close(): Promise<void> {
    if (this.connection.isClosed()) return;
    for (const last of this.#closing) last();
    this.#spans.flush();
    // A server that is away would let the flush wait for its return.
    const given = new Promise<void>((resolve) => setTimeout(resolve, CLOSE_MS).unref());
    await Promise.race([this.connection.flush().catch(() => undefined), given]);
    // The library waits for a connect that is under way, also for one to a program that never answers.
    const closed = new Promise<void>((resolve) => setTimeout(resolve, CLOSE_MS).unref());
    await Promise.race([this.connection.close(), closed]);
  }
}

/**
 * The nats package stops reading for good when a callback throws: one bad message, or one faulty listener, would make
 * the whole process deaf. It becomes a warning on stderr; a call that waits for an answer ends by its silence.
 */
function hear(listen: () => void): void {
  try {
    listen();
  } catch (error) {
    process.emitWarning(error as Error);
  }
}

/** The subjects on which a role gets its replies; the server's permission list grants it only to that role. */
export function inboxPrefix(role: string): string {
  return `_INBOX_${role}`;
}

/** @throws SlipwayError STAGE_UNAVAILABLE when no server answers or the key is refused */
export async function connectBus(options: BusOptions): Promise<Bus> {
  const instance = options.instance ?? `${options.role}-${randomBytes(3).toString('hex')}`;
  const seed = options.nkeyFile ? (await readFile(options.nkeyFile, 'utf8')).trim() : undefined;
  const end = deadlineIn(options.connectTimeoutMs ?? 10_000);
  const { handshakeMs = HANDSHAKE_MS } = options;
  const slow = deadlineIn(handshakeMs);
  const open = (): Promise<NatsConnection> =>
    connect({
      servers: options.url.split(','),
      name: instance,
      inboxPrefix: inboxPrefix(options.role),
      maxReconnectAttempts: -1,
      reconnectTimeWait: 250,
      reconnectJitter: 100,
      timeout: handshakeMs,
      pingInterval: 10_000,
      noEcho: options.noEcho ?? false,
      ...(seed ? { authenticator: nkeyAuthenticator(Buffer.from(seed)) } : {}),
    });
  const tries = new ConnectTries(open);
  for (let patience = PATIENCE_MS; ; patience *= 2) {
    try {
      const connection = await tries.next(patience);
      if (!connection && !hasPassed(slow)) continue;
      if (!connection) throw new NatsError('no answer', ErrorCode.Timeout);
      endBrokenHandshakes(connection).catch(() => undefined);
      const keys = { own: seed ? keyOfSeed(seed) : undefined, callers: options.callers };
      return new Bus(connection, options.node, options.role, instance, keys);
    } catch (cause) {
      if (hasPassed(end)) {
        tries.abandon();
        throw noConnection(options, cause as Error);
      }
      await sleep(100);
    }
  }
}

/** The client library's codes as messages for a person. */
function noConnection({ url, nkeyFile, handshakeMs = HANDSHAKE_MS }: BusOptions, cause: Error): SlipwayError {
  const code = (cause as { code?: string }).code ?? '';
  const [what, hint] = /AUTH|PERMISSION|BAD_/.test(code)
    ? ['NATS refuses the key', `check the key file ${nkeyFile ?? '(none is set: nats.nkeyFile)'}`]
    : code === 'TIMEOUT'
      ? [
          `NATS did not answer within ${handshakeMs / 1000} s`,
          'the node or the network is very slow, or the server is stopped',
        ]
      : ['NATS cannot be reached', 'check that nats-server runs there'];
  return new SlipwayError('STAGE_UNAVAILABLE', `${what}: ${cause.message}`, { object: url, hint, cause });
}
