import { SlipwayError } from '@slipway/errors';

/**
 * A field of a request that cannot be used as it is. `field` is its path as the CRI
 * writes it, for example `linux.security_context.run_as_group`.
 */
export function invalidField(
  field: string,
  problem: string,
  options: { hint?: string; cause?: unknown } = {},
): SlipwayError {
  return new SlipwayError('INVALID_REQUEST', `${field}: ${problem}`, options);
}

/** A field that is well-formed, but that this host or handler cannot carry out. */
export function unsupportedField(field: string, problem: string, options: { hint?: string } = {}): SlipwayError {
  return new SlipwayError('UNSUPPORTED', `${field}: ${problem}`, options);
}

/** Refuses a text with a NUL byte: the kernel would end the string there. */
export function withoutNul(field: string, text: string): string {
  if (text.includes('\0')) throw invalidField(field, 'it contains a NUL byte');
  return text;
}
