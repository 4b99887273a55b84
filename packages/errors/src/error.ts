import { type CodeFacts, type ErrorCode, errorCodes, type GrpcCode, grpcCodes } from './codes.js';

export interface SlipwayErrorOptions {
  /** What it is about: `sandbox <id>`, `image <reference>`, `layer <digest>`. */
  object?: string | undefined;
  /** The stage in which it happened; filled in by the stage runtime where missing. */
  stage?: string | undefined;
  /** What to do, where the code's own hint can be bettered. */
  hint?: string | undefined;
  cause?: unknown;
}

/** The one error type that crosses stages and reaches an operator. */
export class SlipwayError extends Error {
  readonly code: ErrorCode;
  readonly object: string | undefined;
  readonly hint: string;
  stage: string | undefined;

  constructor(code: ErrorCode, message: string, options: SlipwayErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'SlipwayError';
    this.code = code;
    this.object = options.object;
    this.stage = options.stage;
    this.hint = options.hint ?? errorCodes[code].hint;
  }

  /** The name of the gRPC status that a CRI client sees. */
  get grpc(): GrpcCode {
    return errorCodes[this.code].grpc;
  }

  /** The number of that status. */
  get grpcStatus(): number {
    return grpcCodes[this.grpc];
  }

  /** One line for a CRI client: the kubelet's word for it, stage, object, what happened, what to do. */
  describe(): string {
    const { word }: CodeFacts = errorCodes[this.code];
    const where = [word, this.stage, this.object].filter(Boolean).join(': ');
    return `${where ? `${where}: ` : ''}${this.message} (${this.code}: ${this.hint})`;
  }
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
  return new SlipwayError(fallback, message(error), { ...options, cause: error });
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
