import type { OciSpec } from './types.js';

const marker = '\uE000int:';
const marked = /"\uE000int:(-?\d+)"/g;

/**
 * A spec as JSON text. bigint values are written as plain integers: JSON has no
 * limit on their size, and the runtimes read them as 64 bits.
 */
export function specJson(spec: OciSpec): string {
  let exact = false;
  const text = JSON.stringify(spec, (_key, value: unknown) => {
    if (typeof value === 'bigint') {
      exact = true;
      return `${marker}${value}`;
    }
    // A text of the user's that looks like the marker must not turn into a number.
    if (typeof value === 'string' && value.startsWith(marker)) return `\uE001${value.slice(1)}`;
    return value;
  });
  return exact ? text.replace(marked, '$1') : text;
}

/** The number where it is exact, else the bigint itself. */
export function integer(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
