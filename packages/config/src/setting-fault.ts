import { settingKey } from './schema.js';
import { valueFault } from './values.js';

/** The fault of a setting in this version: it has no such dotted path, or does not accept the value. */
export function settingFault(path: string, value: unknown): string | undefined {
  const key = settingKey(path);
  return key ? valueFault(key, value) : 'it has no such setting';
}
