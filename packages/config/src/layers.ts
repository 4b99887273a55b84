import type { Value } from './schema.js';

/** Where a value in force came from. */
export interface Source {
  kind: 'default' | 'derived' | 'file' | 'environment' | 'flag';
  /** `file:line`, the variable's or the flag's name; empty for defaults. */
  name: string;
}

export interface Sourced {
  value: Value;
  source: Source;
}

/** The values of one file, the environment or the flags, by dotted path. */
export type Layer = Map<string, Sourced>;
