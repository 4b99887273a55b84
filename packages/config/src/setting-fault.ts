import { settingKey } from './schema.js';
import { valueFault } from './values.js';

/** What is wrong with a setting in this version: that it has none of this dotted path, or not with such a value. */
export function settingFault(path: string, value: unknown): string | undefined {
  const key = settingKey(path);
  return key ? valueFault(key, value) : 'it has no such setting';
}
