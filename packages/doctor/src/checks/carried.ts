import type { ConfigDraft, CarriedValue } from '../config-draft.js';
import type { Findings } from '../finding.js';
import { at, type Tree } from '../root.js';
import type { KnownSettings } from './uncarried.js';

/** A setting of Slipway's that another runtime's becomes, and how its value is written. */
export interface CarriedSetting {
  readonly key: string;
  /** undefined: Slipway cannot have this value. */
  readonly value: (value: unknown) => CarriedValue | undefined;
}

/**
 * Takes settings over that have an equivalent and are no default of the runtime that they are of, which nobody chose.
 * Returns the carried paths; tellUncarried reports the others.
 */
export function carrySettings(
  draft: ConfigDraft,
  findings: Findings,
  file: string,
  tree: Tree,
  carried: Readonly<Record<string, CarriedSetting>>,
  defaults: KnownSettings['defaults'] = {},
): string[] {
  return Object.entries(carried).flatMap(([path, { key, value }]) => {
    const given = at(tree, ...path.split('.'));
    const chosen = given !== undefined && !(defaults[path] ?? []).some((one) => shown(one) === shown(given));
    const taken = chosen ? value(given) : undefined;
    if (taken === undefined) return [];
    draft.set(key, taken);
    findings.ok(`${file}: ${path} = ${shown(given)} becomes ${key} = ${JSON.stringify(taken)}`);
    return [path];
  });
}

function shown(value: unknown): string {
  return JSON.stringify(value, (_key, one: unknown) => (typeof one === 'bigint' ? Number(one) : one));
}

export const asText = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

export const asPath = (value: unknown): string | undefined =>
  typeof value === 'string' && value.startsWith('/') ? value : undefined;

export const asFlag = (value: unknown): boolean | undefined => (typeof value === 'boolean' ? value : undefined);

export const asOpposite = (value: unknown): boolean | undefined => (typeof value === 'boolean' ? !value : undefined);

/** Whole numbers from `least` to `most`; parsers of TOML may have them as bigint, and runtimes write ports as text. */
export function asWhole(least: number, most: number): (value: unknown) => number | undefined {
  return (value) => {
    const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : Number(value);
    const fits = Number.isSafeInteger(number) && number >= least && number <= most;
    return fits && typeof value !== 'boolean' ? number : undefined;
  };
}

/** A duration of Go's as milliseconds: `4h0m0s`, `1m30s`, `500ms`. */
export function asMilliseconds(least: number, most: number): (value: unknown) => number | undefined {
  const units: Record<string, number> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };
  return (value) => {
    if (typeof value !== 'string' || !/^(\d+(\.\d+)?(h|m|s|ms))+$/.test(value)) return undefined;
    let sum = 0;
    for (const [, number, unit = ''] of value.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s)/g)) {
      sum += Number(number) * (units[unit] ?? 0);
    }
    return asWhole(least, most)(Math.round(sum));
  };
}
