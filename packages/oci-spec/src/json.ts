import { parseExact, stringifyExact } from '@slipway/json';
import type { OciSpec } from './types.js';

/**
 * A spec as JSON text. bigint values are written as plain integers: JSON has no
 * limit on their size, and the runtimes read them as 64 bits.
 */
export function specJson(spec: OciSpec): string {
  return stringifyExact(spec);
}

/** The number where it is exact, else the bigint itself. */
export function integer(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** The spec of JSON text that `specJson` wrote; integers beyond 2^53 become bigint. @throws SyntaxError */
export function parseSpec(text: string): OciSpec {
  return parseExact(text) as OciSpec;
}
