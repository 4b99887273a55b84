import { readFileSync } from 'node:fs';
import { SlipwayError } from '@slipway/errors';
import { isSection, settingKey } from './schema.js';
import type { Layer } from './layers.js';
import { isTomlTable, parseToml } from './toml-lines.js';
import { valueFault } from './values.js';

/**
 * Reads one configuration file into a layer of values.
 * @throws INVALID_CONFIG with `file:line` for bad syntax, an unknown key or a wrong type;
 *   a file that cannot be read is the same error, unless it is missing and `optional`.
 */
export function readTomlFile(file: string, optional: boolean): Layer {
  let source: string;
  try {
    source = readFileSync(file, 'utf8');
  } catch (cause) {
    if (optional && (cause as NodeJS.ErrnoException).code === 'ENOENT') return new Map();
    throw new SlipwayError('INVALID_CONFIG', `cannot read ${file}: ${(cause as Error).message}`, { cause });
  }
  const table = parseToml(source, file);
  const lines = keyLines(source);
  const layer: Layer = new Map();
  collect(table, '', (path, value) => {
    const where = `${file}:${lineOf(lines, path)}`;
    const key = settingKey(path);
    const fault = key ? valueFault(key, value) : 'unknown key';
    if (fault !== undefined) throw new SlipwayError('INVALID_CONFIG', `${where}: ${path}: ${fault}`);
    layer.set(path, { value: value as never, source: { kind: 'file', name: where } });
  });
  return layer;
}

function collect(table: Record<string, unknown>, prefix: string, found: (path: string, value: unknown) => void): void {
  for (const [name, value] of Object.entries(table)) {
    const path = prefix ? `${prefix}.${name}` : name;
    if (isTomlTable(value) && isSection(path)) collect(value, path, found);
    else found(path, value);
  }
}

/**
 * The line of each key: the parser keeps none. Headers and `key =` at the start of a
 * line are enough; a key inside an inline table has the line of that table.
 */
function keyLines(source: string): Map<string, number> {
  const lines = new Map<string, number>();
  let table = '';
  for (const [index, line] of source.split('\n').entries()) {
    const header = /^\s*\[\[?([^[\]]+)\]\]?/.exec(line);
    const key = /^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'|\s*\.\s*)+?)\s*=/.exec(line);
    if (header?.[1]) {
      table = dotted(header[1]);
      if (!lines.has(table)) lines.set(table, index + 1);
    } else if (key?.[1]) {
      const path = table ? `${table}.${dotted(key[1])}` : dotted(key[1]);
      if (!lines.has(path)) lines.set(path, index + 1);
    }
  }
  return lines;
}

function dotted(key: string): string {
  return key.replace(/["'\s]/g, '');
}

function lineOf(lines: Map<string, number>, path: string): number {
  for (let at = path; at; at = at.slice(0, Math.max(0, at.lastIndexOf('.')))) {
    const line = lines.get(at);
    if (line !== undefined) return line;
  }
  // Only a header above names it: the first key that starts with the path.
  for (const [key, line] of lines) if (key.startsWith(`${path}.`)) return line;
  return 1;
}
