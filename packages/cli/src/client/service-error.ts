import { statusName } from '@slipway/cri-client';
import { type ErrorCode, readDescription, SlipwayError } from '@slipway/errors';

/** Statuses of another runtime, or of the gRPC library, as the codes that a person sees. */
const codes: Record<string, ErrorCode> = {
  UNAVAILABLE: 'STAGE_UNAVAILABLE',
  NOT_FOUND: 'CONTAINER_NOT_FOUND',
  INVALID_ARGUMENT: 'INVALID_REQUEST',
  FAILED_PRECONDITION: 'CONTAINER_STATE',
};

/**
 * A CRI call's failure as the error that the gateway had: a mistyped tag is REGISTRY_NOT_FOUND and no
 * defect, although its status is UNKNOWN. Any other error is returned as it is.
 */
export function fromServiceError(error: unknown, object?: string): unknown {
  const { code, details } = (error ?? {}) as { code?: unknown; details?: unknown };
  if (typeof code !== 'number' || typeof details !== 'string') return error;
  const options = { object, cause: error };
  // The gateway's own text names its object already.
  return (
    readDescription(details, { cause: error }) ??
    new SlipwayError(codes[statusName(error)] ?? 'INTERNAL', details, options)
  );
}
