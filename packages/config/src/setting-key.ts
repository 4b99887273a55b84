export type Value = string | number | boolean | string[];
export type KeyType = 'string' | 'integer' | 'boolean' | 'strings';

/** A setting that a file, the environment or a flag can give. */
export interface SettingKey {
  readonly type: KeyType;
  readonly default: Value;
  /** A line for `slipway config` and docs. */
  readonly doc: string;
  /** The only values a string may have, besides an empty default. */
  readonly oneOf?: readonly string[];
  /** The smallest and largest value of an integer. */
  readonly range?: readonly [number, number];
  readonly pattern?: RegExp;
  /** An absolute path (for a list: each of them). */
  readonly absolute?: boolean;
  /** An empty string has a meaning of its own: it is not replaced by a derived value. */
  readonly mayBeEmpty?: boolean;
}

type Rules = Partial<Pick<SettingKey, 'pattern' | 'absolute' | 'mayBeEmpty'>>;

export function text(value: string, doc: string, rules: Rules = {}) {
  return { type: 'string', default: value, doc, ...rules } as const;
}

/** A string that has one of a few values. An empty default is replaced by a derived value, see derive.ts. */
export function choice<const V extends readonly string[]>(oneOf: V, value: V[number] | '', doc: string) {
  return { type: 'string', default: value, doc, oneOf } as const;
}

/** The same where an empty string is a value of its own, and the default. */
export function optionalChoice<const V extends readonly string[]>(oneOf: V, doc: string) {
  return { type: 'string', default: '', doc, oneOf, mayBeEmpty: true } as const;
}

export function integer(value: number, doc: string, range: readonly [number, number] = [0, 2 ** 40]) {
  return { type: 'integer', default: value, doc, range } as const;
}

export function flag(value: boolean, doc: string) {
  return { type: 'boolean', default: value, doc } as const;
}

export function list(value: string[], doc: string, rules: Rules = {}) {
  return { type: 'strings', default: value, doc, ...rules } as const;
}

/** The type of a setting's value once all sources are merged and defaults derived. */
export type ValueOf<K extends SettingKey> = K['type'] extends 'integer'
  ? number
  : K['type'] extends 'boolean'
    ? boolean
    : K['type'] extends 'strings'
      ? string[]
      : K extends { readonly oneOf: readonly (infer V extends string)[] }
        ? V | (K extends { readonly mayBeEmpty: true } ? '' : never)
        : string;
