import { SlipwayError } from '@slipway/errors';

const units: Record<string, number> = { ms: 0.001, s: 1, m: 60, h: 3600 };

/** `500ms`, `30s`, `2m`, `1h` or a number of seconds, in seconds. @throws SlipwayError INVALID_REQUEST */
export function seconds(option: string, text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text);
  if (!match) throw new SlipwayError('INVALID_REQUEST', `${option} ${text}: write it as 500ms, 30s, 2m or 1h`);
  return Number(match[1]) * (units[match[2] ?? 's'] as number);
}
