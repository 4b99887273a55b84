import { SlipwayError } from '@slipway/errors';
import { parse, TomlError } from 'smol-toml';

export type TomlTable = Record<string, unknown>;

/** Reads a TOML text. INVALID_CONFIG with `file:line` where it is none. */
export function parseToml(text: string, file: string): TomlTable {
  try {
    return parse(text);
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause;
    // The message repeats the lines around the place; its first line says what is wrong.
    const what = cause.message.split('\n')[0]?.replace(/^Invalid TOML document: /, '') ?? 'not TOML';
    throw new SlipwayError('INVALID_CONFIG', `${file}:${cause.line}: ${what}`, { cause });
  }
}

/**
 * The line (from 1) of a key in the table at `path`, of the table when the key is not found, else 1. The parser keeps
 * no lines: headers and `key =` at the start of a line are enough for files that people write.
 */
export function tomlLine(text: string, path: readonly string[], key?: string): number {
  let table = '';
  let tableLine = 1;
  const wanted = path.join('\0');
  for (const [index, line] of text.split('\n').entries()) {
    const header = /^\s*\[\s*((?:"[^"]*"|'[^']*'|[^\]"'])*?)\s*\]/.exec(line);
    if (header?.[1] !== undefined) {
      table = (header[1].match(/"[^"]*"|'[^']*'|[^.\s]+/g) ?? []).map(bare).join('\0');
      if (table === wanted) tableLine = index + 1;
      if (key !== undefined && table === [...path, key].filter(Boolean).join('\0')) return index + 1;
      continue;
    }
    const name = /^\s*("[^"]*"|'[^']*'|[A-Za-z0-9_-]+)\s*[.=]/.exec(line)?.[1];
    if (table === wanted && name !== undefined && bare(name) === key) return index + 1;
  }
  return tableLine;
}

/** A key without its quotes. */
function bare(text: string): string {
  return text.replace(/^["']|["']$/g, '');
}

export function isTomlTable(value: unknown): value is TomlTable {
  return value !== null && typeof value === 'object' && !Array.isArray(value) && !(value instanceof Date);
}
