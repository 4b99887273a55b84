import { setTimeout as sleep } from 'node:timers/promises';
import { SlipwayError, toSlipwayError } from '@slipway/errors';
import type { Init } from '@slipway/protobuf';
import { type Deadline, deadlineIn, DeadlineTimer, earlier, hasPassed, nowNanos, timeLeft } from '@slipway/time';
import { type Msg, headers as natsHeaders } from 'nats';
import type { Bus } from './bus.js';
import { pingStage } from './ping.js';
import { answerSecret } from './secret.js';
import type { AnyMethod, RequestOf, ResponseOf, ServiceDefinition } from './service-definition.js';
import { signCall } from './signature.js';
import { cancelSubject, stageName, stageSubject } from './subjects.js';
import { formatTraceparent, newTrace, type TraceContext } from './trace.js';
import { decodeError, headers, type ReplyStatus } from './wire.js';

export interface CallOptions {
  /** Aborting it cancels the call: the stage stops the work when nobody else waits for it. */
  signal?: AbortSignal | undefined;
  /** Milliseconds from now until the answer is no longer of use. Default 120 000. */
  timeoutMs?: number | undefined;
  /** The operation's key: calls that share it share the work. */
  operation?: string | undefined;
  /** Whose work it is (a sandbox's id, a registry): the stage shares its places among those. Default: what it is about. */
  share?: string | undefined;
  trace?: TraceContext | undefined;
  /** Bytes that only the instance that works on the call may read, on request: see secret.ts. */
  secret?: Uint8Array | undefined;
  /** Gets the payload of each beat that has one. */
  onBeat?: ((progress: Uint8Array) => void) | undefined;
  /** Milliseconds of silence after which the stage counts as stalled. Default 15 000. */
  stallMs?: number | undefined;
}

export type StageClient<S extends ServiceDefinition> = {
  [M in keyof S['methods']]: (
    request: Init<RequestOf<S['methods'][M]>>,
    options?: CallOptions,
  ) => Promise<ResponseOf<S['methods'][M]>>;
};

/** How often an idempotent call is sent again after its instance fell silent. */
const ATTEMPTS = 4;
/** Milliseconds to wait for a successor of an instance that fell silent in the middle of the work. */
const SUCCESSOR_MS = 10_000;

/** The value for "never" in the header of the deadline: a hundred years. */
const longestMs = 100 * 365 * 86_400_000;

/** A stage's methods as async functions. `stallMs` is the default of its calls. */
export function stageClient<S extends ServiceDefinition>(
  bus: Bus,
  service: S,
  target: { handler?: string | undefined; stallMs?: number | undefined } = {},
): StageClient<S> {
  const stage = stageName(service);
  const client: Record<string, unknown> = {};
  for (const [key, method] of Object.entries(service.methods)) {
    client[key] = (request: object, options: CallOptions = {}) =>
      callStage(bus, { stage, handler: target.handler, method }, request, { stallMs: target.stallMs, ...options });
  }
  return client as StageClient<S>;
}

interface Target {
  stage: string;
  handler?: string | undefined;
  method: AnyMethod;
}

/** Sends the call, and sends it again where that is safe and its instance fell silent. */
async function callStage(bus: Bus, target: Target, request: object, options: CallOptions): Promise<unknown> {
  const deadline = deadlineIn(options.timeoutMs ?? 120_000);
  const payload = target.method.request.encode(request);
  const limit = bus.connection.info?.max_payload ?? 1 << 20;
  if (payload.length > limit - 4096) {
    throw new SlipwayError('LIMIT_EXCEEDED', `a request of ${payload.length} bytes is over NATS' max_payload`, {
      stage: target.stage,
      object: target.method.name,
      hint: `the server takes ${limit} bytes: raise its max_payload`,
    });
  }
  for (let attempt = 1; ; attempt++) {
    try {
      return target.method.response.decode(await sendOnce(bus, target, payload, deadline, options));
    } catch (error) {
      const code = error instanceof SlipwayError ? error.code : undefined;
      const silent = code === 'STAGE_STALLED' || (code === 'STAGE_UNAVAILABLE' && attempt > 1);
      if (!silent || !target.method.idempotent || attempt > ATTEMPTS || hasPassed(deadline)) throw error;
      if (code === 'STAGE_UNAVAILABLE') await waitForSuccessor(bus, target, deadline, options.signal);
    }
  }
}

async function waitForSuccessor(bus: Bus, target: Target, deadline: Deadline, signal?: AbortSignal): Promise<void> {
  const end = earlier(deadline, deadlineIn(SUCCESSOR_MS));
  while (!hasPassed(end) && !signal?.aborted) {
    await sleep(50);
    if (await pingStage(bus, target.stage, target.handler)) return;
  }
}

/** A request and its replies, up to the answer, the error, the deadline, the cancellation or the silence. */
function sendOnce(
  bus: Bus,
  target: Target,
  payload: Uint8Array,
  deadline: Deadline,
  options: CallOptions,
): Promise<Uint8Array> {
  const { stage, handler, method } = target;
  const where = handler ? `${stage}.${handler}` : stage;
  return new Promise((resolve, reject) => {
    if (options.signal?.aborted) {
      reject(new SlipwayError('CANCELLED', 'the caller went away', { stage, object: method.name }));
      return;
    }
    const parts: Uint8Array[] = [];
    const stallMs = options.stallMs ?? 15_000;
    let instance = '';
    const over = (): void => {
      replies.release();
      forgetDown();
      timer[Symbol.dispose]();
      clearTimeout(stall);
      options.signal?.removeEventListener('abort', cancel);
    };
    const fail = (error: SlipwayError): void => {
      over();
      reject(error);
    };
    const stalled = (why: string): void => {
      if (method.idempotent) {
        fail(new SlipwayError('STAGE_STALLED', `${where} ${why}`, { stage, object: method.name }));
        return;
      }
      // It is not sent again. An instance that comes back must not begin now what its caller has given up.
      bus.connection.publish(cancelSubject(bus.node, stage, handler), replies.subject);
      const text = `${where} ${why}: ${method.name} is not repeated, and may have run or still run`;
      const hint = 'look at what it does before it is asked for again';
      fail(new SlipwayError('STAGE_STALLED', text, { stage, object: method.name, hint }));
    };
    const cancel = (): void => {
      bus.connection.publish(cancelSubject(bus.node, stage, handler), replies.subject);
      fail(new SlipwayError('CANCELLED', 'the caller went away', { stage, object: method.name }));
    };
    const replies = bus.expectReplies(stage, (message: Msg) => {
      if (message.headers?.code === 503) {
        fail(new SlipwayError('STAGE_UNAVAILABLE', `no instance of ${where} runs on ${bus.node}`, { stage }));
        return;
      }
      stall.refresh();
      instance = message.headers?.get(headers.instance) || instance;
      switch (message.headers?.get(headers.status) as ReplyStatus) {
        case 'beat':
          if (message.data.length > 0) options.onBeat?.(message.data);
          return;
        case 'ask':
          try {
            if (options.secret) answerSecret(bus, stage, message, options.secret);
          } catch (error) {
            fail(toSlipwayError(error));
          }
          return;
        case 'part':
          parts.push(message.data);
          return;
        case 'error':
          fail(decodeError(message.data));
          return;
        default:
          over();
          resolve(parts.length > 0 ? Buffer.concat([...parts, message.data]) : message.data);
      }
    });
    const forgetDown = bus.onInstanceDown((down) => {
      if (down === instance) stalled(`lost its instance ${down} in the middle of the work`);
    });
    const timer = new DeadlineTimer(deadline, () =>
      fail(new SlipwayError('DEADLINE', `${where} did not answer in time`, { stage, object: method.name })),
    );
    const stall = setTimeout(() => stalled(`said nothing for ${stallMs} ms`), stallMs);
    options.signal?.addEventListener('abort', cancel, { once: true });

    const head = natsHeaders();
    // Both by one reading of the wall clock: receivers take the difference, as clocks are set and differ.
    const sent = nowNanos();
    head.set(headers.deadline, String(Number(sent / 1_000_000n) + Math.ceil(Math.min(timeLeft(deadline), longestMs))));
    if (options.operation) head.set(headers.operation, options.operation);
    if (options.secret) head.set(headers.secret, 'ask');
    if (options.share) head.set(headers.share, options.share);
    head.set(headers.trace, formatTraceparent(options.trace ?? newTrace()));
    head.set(headers.caller, bus.instance);
    head.set(headers.sent, String(sent));
    try {
      const subject = `${stageSubject(bus.node, stage, handler)}.${method.name}`;
      if (bus.keys.own) signCall({ subject, reply: replies.subject, headers: head, payload }, bus.keys.own);
      bus.connection.publish(subject, payload, { headers: head, reply: replies.subject });
    } catch (cause) {
      fail(new SlipwayError('STAGE_UNAVAILABLE', 'the connection to NATS is closed', { stage, cause }));
    }
  });
}
