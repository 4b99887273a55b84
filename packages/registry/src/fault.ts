import { type ErrorCode, SlipwayError } from '@slipway/errors';

export type FaultKind = 'unavailable' | 'denied' | 'missing' | 'digest' | 'limit' | 'error';

const codes: Record<FaultKind, ErrorCode> = {
  unavailable: 'REGISTRY_UNAVAILABLE',
  denied: 'REGISTRY_DENIED',
  missing: 'REGISTRY_NOT_FOUND',
  digest: 'DIGEST_MISMATCH',
  limit: 'LIMIT_EXCEEDED',
  error: 'REGISTRY_ERROR',
};

export interface HostFaultOptions {
  /** Whether the same request may well succeed in a moment. */
  retryable?: boolean;
  /** The pause that the registry asked for, ms. */
  retryAfterMs?: number | undefined;
  hint?: string | undefined;
  cause?: unknown;
}

/** A fault of one host. It stays inside this package: callers get a SlipwayError made of all hosts' faults. */
export class HostFault extends Error {
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  readonly hint: string | undefined;

  constructor(
    readonly kind: FaultKind,
    readonly host: string,
    message: string,
    options: HostFaultOptions = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'HostFault';
    this.retryable = options.retryable ?? false;
    this.retryAfterMs = options.retryAfterMs;
    this.hint = options.hint;
  }

  /** The same fault with another answer to whether a further try is of use. */
  withRetryable(retryable: boolean): HostFault {
    if (retryable === this.retryable) return this;
    const { kind, host, message, retryAfterMs, hint, cause } = this;
    return new HostFault(kind, host, message, { retryable, retryAfterMs, hint, cause });
  }
}

/**
 * An error made of every host's fault. The last host's fault gives the code because it has the last word,
 * as a mirror that lacks an image says nothing about the image.
 */
export function combineFaults(what: string, object: string, faults: readonly HostFault[]): SlipwayError {
  const last = faults.at(-1);
  if (!last)
    return new SlipwayError('INVALID_CONFIG', `no configured host may be asked for ${what}`, {
      object,
      hint: 'give a host the missing capability in its hosts.toml',
    });
  const said = faults.map((fault) => `${fault.host}: ${fault.message}`).join('; ');
  return new SlipwayError(codes[last.kind], `${what}: ${said}`, {
    object,
    hint: last.hint,
    cause: last,
  });
}

const connectionFaults: Record<string, string> = {
  ECONNREFUSED: 'connection refused',
  ENOTFOUND: 'the host name is not known to DNS',
  EAI_AGAIN: 'DNS does not answer',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was reset',
  UND_ERR_SOCKET: 'the connection was closed before the answer was complete',
  UND_ERR_CONNECT_TIMEOUT: 'no connection within the time allowed',
  UND_ERR_HEADERS_TIMEOUT: 'no answer within the time allowed',
  UND_ERR_BODY_TIMEOUT: 'the answer stopped in the middle',
  ETIMEDOUT: 'the connection timed out',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'the network is not reachable',
};
/** Faults that will not pass soon, as far as that is known before a byte has arrived. */
const steadyFaults = new Set(['UND_ERR_CONNECT_TIMEOUT', 'ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH']);

/** A failed connection as a fault of its host. */
export function connectionFault(host: string, error: unknown): HostFault {
  if (error instanceof HostFault) return error;
  const code = errorCode(error);
  const text = error instanceof Error ? error.message : String(error);
  if (isTlsFault(error)) {
    return new HostFault('unavailable', host, `TLS: ${text} (${code})`, {
      cause: error,
      hint: 'put the registry\'s certificate authority as "ca" into its hosts.toml',
    });
  }
  if (code === 'SLIPWAY_NODE_LOCAL') return new HostFault('error', host, text, { cause: error });
  const known = connectionFaults[code];
  return new HostFault('unavailable', host, known ? `${known} (${code})` : text, {
    retryable: !steadyFaults.has(code),
    cause: error,
  });
}

/** An error's code; an AggregateError (several addresses of one name) has its first error's. */
export function errorCode(error: unknown): string {
  const { code, errors, cause } = error as { code?: unknown; errors?: unknown[]; cause?: unknown };
  if (typeof code === 'string') return code;
  if (Array.isArray(errors) && errors.length > 0) return errorCode(errors[0]);
  return cause === null || typeof cause !== 'object' ? '' : errorCode(cause);
}

export function isTlsFault(error: unknown): boolean {
  const code = errorCode(error);
  return /^(?:ERR_SSL_|ERR_TLS_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH|EPROTO)/.test(code);
}

/** Whether the far side speaks no TLS at all. */
export function isPlainAnswer(error: unknown): boolean {
  const code = errorCode(error);
  const text = error instanceof Error ? error.message : '';
  return /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST/.test(code) || /wrong version number/i.test(text);
}
