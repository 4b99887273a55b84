import { SlipwayError } from '@slipway/errors';

/** @throws SlipwayError INVALID_REQUEST that lists the known ones */
export function chosen<T extends string>(asked: readonly string[], known: readonly T[], preset: readonly T[]): T[] {
  for (const name of asked) {
    if ((known as readonly string[]).includes(name)) continue;
    throw new SlipwayError('INVALID_REQUEST', `${name} is no operation of this stage`, {
      hint: `use ${known.join(', ')}`,
    });
  }
  return asked.length > 0 ? (asked as T[]) : [...preset];
}
