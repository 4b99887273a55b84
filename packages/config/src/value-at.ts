import { namedParts } from './schema.js';
import type { Settings } from './settings.js';

/** The steps from the settings to a value: the names of handlers and executors may hold dots. */
export function pathSteps(path: string): string[] {
  const parts = namedParts(path);
  return parts ? [...parts.table.split('.'), parts.name, parts.key] : path.split('.');
}

/** The value at a dotted path; undefined where there is none. */
export function valueAt(settings: Settings, path: string): unknown {
  let at: unknown = settings;
  for (const step of pathSteps(path)) at = (at as Record<string, unknown> | undefined)?.[step];
  return at;
}
