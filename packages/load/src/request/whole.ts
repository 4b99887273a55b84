import { SlipwayError } from '@slipway/errors';

/** A whole number of an option, at most `most`. @throws SlipwayError INVALID_REQUEST */
export function whole(option: string, text: string, most = Number.MAX_SAFE_INTEGER): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= most) return value;
  const bound = most < Number.MAX_SAFE_INTEGER ? ` of at most ${most}` : '';
  throw new SlipwayError('INVALID_REQUEST', `${option} ${text}: it must be a whole number${bound}`);
}
