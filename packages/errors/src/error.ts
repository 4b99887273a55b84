import { type CodeFacts, type ErrorCode, errorCodes, type GrpcCode, grpcCodes } from './codes.js';
import { cutText, maxErrorBytes } from './cut-text.js';

export interface SlipwayErrorOptions {
  /** What it is about: `sandbox <id>`, `image <reference>`, `layer <digest>`. */
  object?: string | undefined;
  /** The stage in which it happened; filled in by the stage runtime where missing. */
  stage?: string | undefined;
  /** What to do, where the code's own hint can be bettered. */
  hint?: string | undefined;
  cause?: unknown;
}

const maxObjectBytes = 512;
const maxHintBytes = 1024;
/** Of one cause's message; of causes that many are kept. */
const maxCauseBytes = 1024;
const maxCauses = 8;

/**
 * The one error type that crosses stages and reaches an operator. Whatever it is made of (a runtime's, plugin's or
 * registry's words, names of a client's choice), its texts are bounded here, so every way that it goes is.
 */
export class SlipwayError extends Error {
  readonly code: ErrorCode;
  readonly object: string | undefined;
  readonly hint: string;
  stage: string | undefined;

  constructor(code: ErrorCode, message: string, options: SlipwayErrorOptions = {}) {
    super(cutText(message), options.cause === undefined ? undefined : { cause: boundedCause(options.cause) });
    this.name = 'SlipwayError';
    this.code = code;
    this.object = options.object === undefined ? undefined : cutText(options.object, maxObjectBytes);
    this.stage = options.stage;
    this.hint = options.hint === undefined ? errorCodes[code].hint : cutText(options.hint, maxHintBytes);
  }

  /** The name of the gRPC status that a CRI client sees. */
  get grpc(): GrpcCode {
    return errorCodes[this.code].grpc;
  }

  /** The number of that status. */
  get grpcStatus(): number {
    return grpcCodes[this.grpc];
  }

  /** One line for a CRI client: the kubelet's word for it, stage, object, what happened, what to do. At most 4 KB. */
  describe(): string {
    const { word }: CodeFacts = errorCodes[this.code];
    const where = [word, this.stage, this.object].filter(Boolean).join(': ');
    const [before, after] = [where ? `${where}: ` : '', ` (${this.code}: ${this.hint})`];
    const room = maxErrorBytes - Buffer.byteLength(before) - Buffer.byteLength(after);
    return `${before}${cutText(this.message, room)}${after}`;
  }
}

/** A cause as it is, or one that says the same in bounded space. */
function boundedCause(cause: unknown, depth = 0): unknown {
  if (typeof cause === 'string') return cutText(cause, maxCauseBytes);
  if (!(cause instanceof Error) || cause instanceof SlipwayError) return cause;
  if (isBounded(cause, depth)) return cause;
  const below =
    depth + 1 < maxCauses && cause.cause !== undefined ? { cause: boundedCause(cause.cause, depth + 1) } : {};
  const copy = new Error(cutText(cause.message, maxCauseBytes), below);
  // The stack's first line is the message.
  copy.stack = cutText(cause.stack ?? '');
  const { code } = cause as { code?: unknown };
  return Object.assign(copy, { name: cause.name, ...(code === undefined ? {} : { code }) });
}

function isBounded(error: Error, depth: number): boolean {
  if (error.message.length * 3 > maxCauseBytes && Buffer.byteLength(error.message) > maxCauseBytes) return false;
  const below = error.cause;
  if (typeof below === 'string') return below.length * 3 <= maxCauseBytes;
  if (!(below instanceof Error) || below instanceof SlipwayError) return true;
  return depth + 1 < maxCauses && isBounded(below, depth + 1);
}

/**
 * The error whose `describe()` reached a CRI client as a status text. Its stage and object stay in its message. Undefined
 * for a text of somebody else's, such as another runtime's or the gRPC library's own.
 */
export function readDescription(text: string, options: SlipwayErrorOptions = {}): SlipwayError | undefined {
  const [, message = '', code = '', hint = ''] = /^([^]*) \(([A-Z_]+): ([^]*)\)$/.exec(text) ?? [];
  if (!Object.hasOwn(errorCodes, code)) return undefined;
  return new SlipwayError(code as ErrorCode, message, { ...options, hint });
}

export function isSlipwayError(error: unknown): error is SlipwayError {
  return error instanceof SlipwayError;
}

/** Any thrown thing as a SlipwayError; what is none already becomes `fallback` with the thing as its cause. */
export function toSlipwayError(
  error: unknown,
  fallback: ErrorCode = 'INTERNAL',
  options: SlipwayErrorOptions = {},
): SlipwayError {
  if (isSlipwayError(error)) return error;
  const code = (error as { code?: unknown } | null)?.code;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new SlipwayError('DISK_FULL', message(error), { ...options, cause: error });
  }
  if (code === 'EROFS') return new SlipwayError('DISK_READ_ONLY', message(error), { ...options, cause: error });
  return new SlipwayError(fallback, message(error), { ...options, cause: error });
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
