import type { SettingKey, Value } from './schema.js';

/**
 * The fault of a value, or undefined. `value` is of any type, as in a file.
 * An empty string always passes a pattern: it asks for the derived default.
 */
export function valueFault(key: SettingKey, value: unknown): string | undefined {
  switch (key.type) {
    case 'boolean':
      return typeof value === 'boolean' ? undefined : wants('true or false', value);
    case 'integer':
      if (typeof value !== 'number' || !Number.isSafeInteger(value)) return wants('a whole number', value);
      if (key.range && (value < key.range[0] || value > key.range[1])) {
        return `must be from ${key.range[0]} to ${key.range[1]}, not ${value}`;
      }
      return undefined;
    case 'strings':
      if (!Array.isArray(value) || value.some((item) => typeof item !== 'string')) {
        return wants('a list of strings', value);
      }
      return value.map((item) => textFault(key, item as string)).find(Boolean);
    case 'string':
      return typeof value === 'string' ? textFault(key, value) : wants('a string', value);
  }
}

function textFault(key: SettingKey, value: string): string | undefined {
  if (value === '' && (key.default === '' || key.mayBeEmpty)) return undefined;
  if (key.oneOf && !key.oneOf.includes(value)) return `must be one of ${key.oneOf.join(', ')}, not "${value}"`;
  if (key.absolute && !value.startsWith('/')) return `must be an absolute path, not "${value}"`;
  if (key.pattern && !key.pattern.test(value)) return `"${value}" does not match ${key.pattern.source}`;
  return undefined;
}

function wants(what: string, value: unknown): string {
  const kind = Array.isArray(value) ? 'a list' : value === null ? 'nothing' : `a ${typeof value}`;
  return `must be ${what}, not ${kind}`;
}

/**
 * A value written as one word, as flags and the environment give it. Lists are
 * separated by commas. A word that cannot be read is returned as it is, for valueFault to name.
 */
export function parseWord(key: SettingKey, word: string): Value {
  if (key.type === 'integer') return /^-?\d+$/.test(word) ? Number(word) : word;
  if (key.type === 'boolean') return word === 'true' ? true : word === 'false' ? false : word;
  if (key.type === 'strings') {
    return word
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean);
  }
  return word;
}
