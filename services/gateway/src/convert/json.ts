/** JSON for the `info` of verbose answers; 64-bit numbers become strings, for JSON has none. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? String(item) : item));
}
