import { type Deadline, deadlineIn } from '@slipway/time';
import { headers as natsHeaders, type ServiceMsg } from 'nats';
import type { Bus } from './bus.js';
import { respondInParts } from './parts.js';
import { newTrace, parseTraceparent, type TraceContext } from './trace.js';
import { roleOf } from './secret.js';
import { headers, type ReplyStatus } from './wire.js';

/** A call that is not answered by then beats from here on. Milliseconds. */
const FIRST_BEAT_MS = 100;
const DEFAULT_DEADLINE_MS = 120_000;
const NOTHING = new Uint8Array(0);

/** A caller of a piece of work, as its server sees it. */
export class Call {
  /** The reply subject: it names the call on the cancel subject too. */
  readonly id: string;
  /** After which its caller no longer waits. */
  readonly deadline: Deadline;
  readonly trace: TraceContext;
  /** When the caller published it, nanoseconds since the epoch; 0 where it did not say. */
  readonly sent: bigint;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    readonly bus: Bus,
    readonly message: ServiceMsg,
    beatMs: number,
  ) {
    const sent = message.headers?.get(headers.sent) ?? '';
    this.id = message.reply as string;
    this.sent = /^\d+$/.test(sent) ? BigInt(sent) : 0n;
    this.deadline = deadlineIn(givenMs(Number(message.headers?.get(headers.deadline)), this.sent));
    this.trace = parseTraceparent(message.headers?.get(headers.trace)) ?? newTrace();
    const again = (): void => {
      this.#send('beat', NOTHING);
      // Work that never ends must not keep a process alive whose connection is gone.
      this.#timer = setTimeout(again, beatMs).unref();
    };
    this.#timer = setTimeout(again, FIRST_BEAT_MS).unref();
  }

  /** Whether its caller holds a secret back. */
  get hasSecret(): boolean {
    return this.message.headers?.has(headers.secret) ?? false;
  }

  /** Asks its caller for the secret, to be sealed for a key. */
  ask(publicKey: Uint8Array, replyFor: (role: string) => string): void {
    const role = roleOf(this.id);
    if (this.#timer && role) this.#send('ask', publicKey, replyFor(role));
  }

  beat(progress: Uint8Array): void {
    if (this.#timer) this.#send('beat', progress);
  }

  answer(response: Uint8Array): void {
    this.#stopBeats();
    const limit = (this.bus.connection.info?.max_payload ?? 1 << 20) - 4096;
    respondInParts(response, limit, (status, bytes) => this.#send(status, bytes));
  }

  fail(error: Uint8Array): void {
    this.#stopBeats();
    this.#send('error', error);
  }

  #stopBeats(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #send(status: ReplyStatus, data: Uint8Array, reply?: string): void {
    if (this.bus.connection.isClosed()) return;
    const head = natsHeaders();
    head.set(headers.status, status);
    head.set(headers.instance, this.bus.instance);
    this.message.respond(data, { headers: head, ...(reply === undefined ? {} : { reply }) });
  }
}

/**
 * Milliseconds that a caller gives: the difference of its own two times, so that neither a clock that is set meanwhile
 * nor one of another host counts. The deadline of a caller that does not say when it sent the call is measured by this process's clock.
 *
 * @param deadline milliseconds since the epoch, by the caller's clock
 * @param sent nanoseconds since the epoch, by the same clock; 0 where it is not known
 */
function givenMs(deadline: number, sent: bigint): number {
  if (!(deadline > 0)) return DEFAULT_DEADLINE_MS;
  return deadline - (sent > 0n ? Number(sent / 1000n) / 1000 : Date.now());
}
