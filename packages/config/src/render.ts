import type { LoadedSettings } from './load.js';
import type { Source } from './layers.js';
import { valueAt } from './value-at.js';

/** A setting in force, for `slipway config --json`. */
export interface SettingInForce {
  value: unknown;
  source: Source['kind'];
  from?: string;
}

/** The settings in force as TOML, each with a comment that says where it came from. */
export function renderToml(loaded: LoadedSettings): string {
  const lines: string[] = [];
  section(lines, '', loaded.settings, loaded.sources);
  return `${lines.join('\n').trim()}\n`;
}

/** The settings in force by dotted path. */
export function settingsInForce(loaded: LoadedSettings): Record<string, SettingInForce> {
  const all: Record<string, SettingInForce> = {};
  for (const [path, source] of loaded.sources) {
    all[path] = {
      value: valueAt(loaded.settings, path),
      source: source.kind,
      ...(source.name ? { from: source.name } : {}),
    };
  }
  return all;
}

function section(lines: string[], path: string, table: Record<string, unknown>, sources: Map<string, Source>): void {
  const below: [string, Record<string, unknown>][] = [];
  const rows: [string, string][] = [];
  for (const [name, value] of Object.entries(table)) {
    const at = path ? `${path}.${name}` : name;
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      below.push([at, value as Record<string, unknown>]);
    } else {
      rows.push([`${name} = ${JSON.stringify(value)}`, describe(sources.get(at))]);
    }
  }
  // An empty table reads back as one.
  if (rows.length > 0 || below.length === 0) {
    const width = Math.min(48, Math.max(...rows.map(([text]) => text.length)));
    lines.push('', ...(path ? [`[${header(path)}]`] : []));
    for (const [text, from] of rows) lines.push(`${text.padEnd(width)}  # ${from}`);
  }
  for (const [at, inner] of below) section(lines, at, inner, sources);
}

/** The name of a handler or an executor may have dots: it is quoted then. */
function header(path: string): string {
  const [, table, name] = /^(runtime\.(?:handlers|executors))\.(.+)$/.exec(path) ?? [];
  return name?.includes('.') ? `${table}."${name}"` : path;
}

function describe(source: Source | undefined): string {
  if (source === undefined || source.kind === 'default') return 'default';
  if (source.kind === 'derived') return 'from other settings';
  return source.kind === 'environment' ? `environment ${source.name}` : source.name;
}
