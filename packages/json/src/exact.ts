import { randomBytes } from 'node:crypto';

// JSON has no limit on the size of a number, and OCI specs, seccomp profiles and CNI results hold 64-bit integers.
// JSON.parse rounds them to what a double can hold, 53 bits, without a word; its reviver sees a number's source text
// only from Node 21 on.

/** Strings, to pass over what is in them, and whole numbers with their fraction and exponent. */
const stringOrNumber = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const longInteger = /^-?\d{16,}$/;

/**
 * JSON.parse that keeps every integer: one that a number cannot hold exactly is a bigint. Fractions and exponents are
 * numbers as ever. @throws SyntaxError
 */
export function parseExact(text: string): unknown {
  // No long run of digits, no rounding: nearly every text.
  if (!/\d{16}/.test(text)) return JSON.parse(text);
  const long: bigint[] = [];
  const marker = newMarker();
  const marked = text.replace(stringOrNumber, (token) => {
    if (!longInteger.test(token) || Number.isSafeInteger(Number(token))) return token;
    // Invalid JSON stays invalid: a number cannot begin with a zero.
    if (/^-?0/.test(token)) return token;
    long.push(BigInt(token));
    return `"${marker}${long.length - 1}"`;
  });
  if (long.length === 0) return JSON.parse(text);
  // The text itself is checked: in the marked one a number in a key's place would pass.
  JSON.parse(text);
  return JSON.parse(marked, (_key, value: unknown) =>
    typeof value === 'string' && value.startsWith(marker) ? long[Number(value.slice(marker.length))] : value,
  );
}

/** JSON.stringify that writes bigint values as plain integers. */
export function stringifyExact(value: unknown): string {
  try {
    // Several times faster than with a replacer, and nearly always enough.
    return JSON.stringify(value);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const marker = newMarker();
    const text = JSON.stringify(value, (_key, one: unknown) => (typeof one === 'bigint' ? `${marker}${one}` : one));
    return text.replace(new RegExp(`"${marker}(-?\\d+)"`, 'g'), '$1');
  }
}

/** A mark that no foreign text can hold. */
function newMarker(): string {
  return `int:${randomBytes(12).toString('hex')}:`;
}
