import { cutText, errorCodes, type ErrorCode, SlipwayError, toSlipwayError } from '@slipway/errors';

/**
 * The headers of a call and of its replies.
 *
 *   caller                                   instance
 *     │ ── request ───────────────────────────▶ │   Deadline, Operation, Share, traceparent, Caller, Sent, Secret, Signature
 *     │ ◀─────────────────────────────── beat ── │   Status: beat, Instance; payload: progress, may be empty
 *     │ ◀──────────────────────────────── ask ── │   Status: ask; a public key, where the request has Secret: see secret.ts
 *     │ ◀─────────────────────────────── part ── │   Status: part; a piece of a large response, in order
 *     │ ◀──────────────────────── done | error ── │   Status: done, the (last piece of the) response;
 *     │                                          │   Status: error, the error as JSON
 *
 * A caller that gives up publishes its reply subject on the stage's cancel subject.
 */
export const headers = {
  deadline: 'Slipway-Deadline',
  operation: 'Slipway-Operation',
  share: 'Slipway-Share',
  caller: 'Slipway-Caller',
  sent: 'Slipway-Sent',
  secret: 'Slipway-Secret',
  signature: 'Slipway-Signature',
  status: 'Slipway-Status',
  instance: 'Slipway-Instance',
  trace: 'traceparent',
} as const;

export type ReplyStatus = 'beat' | 'ask' | 'part' | 'done' | 'error';

/** The most bytes of each cause: an error and its causes fit any NATS message. */
const maxCauseBytes = 1024;

interface WireError {
  code: string;
  message: string;
  stage?: string | undefined;
  object?: string | undefined;
  hint?: string | undefined;
  /** The messages of the causes, outermost first. */
  causes: string[];
}

export function encodeError(thrown: unknown, stage: string): Uint8Array {
  const error = toSlipwayError(thrown);
  const causes: string[] = [];
  for (let cause = error.cause; cause instanceof Error && causes.length < 8; cause = cause.cause) {
    if (cause.message !== error.message) causes.push(cutText(cause.message, maxCauseBytes));
  }
  const { code, message, object, hint } = error;
  const wire: WireError = { code, message, object, hint, stage: error.stage ?? stage, causes };
  return Buffer.from(JSON.stringify(wire));
}

export function decodeError(bytes: Uint8Array): SlipwayError {
  const wire = JSON.parse(Buffer.from(bytes).toString()) as WireError;
  // An instance of another version may know codes that this one does not.
  const code = wire.code in errorCodes ? (wire.code as ErrorCode) : 'INTERNAL';
  let cause: Error | undefined;
  for (const message of wire.causes.toReversed()) cause = new Error(message, cause && { cause });
  const { object, stage, hint } = wire;
  return new SlipwayError(code, wire.message, { object, stage, hint, cause });
}
