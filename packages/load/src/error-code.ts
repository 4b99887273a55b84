import { isSlipwayError } from '@slipway/errors';
import { statusName } from '@slipway/cri-client';

/** A short stable word for what went wrong: Slipway's code, gRPC's status, or the error's own. */
export function errorCode(error: unknown): string {
  if (isSlipwayError(error)) return error.code;
  const { code, details, name } = error as { code?: number | string; details?: string; name?: string };
  if (typeof code === 'number' && details !== undefined) return statusName(error);
  if (typeof code === 'string') return code;
  return name ?? 'ERROR';
}

export function errorText(error: unknown): string {
  const { details, message } = error as { details?: string; message?: string };
  return details ?? message ?? String(error);
}
