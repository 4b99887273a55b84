import type { StatusObject } from '@grpc/grpc-js';
import type { SlipwayError } from '@slipway/errors';

/** The one place where an error becomes a gRPC status. */
export function statusOf(error: SlipwayError): Partial<StatusObject> {
  return { code: error.grpcStatus, details: error.describe() };
}
