import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SlipwayError } from '@slipway/errors';
import { namedParts, type Value } from './schema.js';
import { readTomlFile } from './toml-file.js';

/** Changes by dotted path; undefined takes a path out, so that what lies below it is in force again. */
export type LiveChanges = Readonly<Record<string, Value | undefined>>;

/**
 * The drop-in that commands write, so that what they changed outlives `slipway up`. It lies with the configuration and not
 * in the state directory: it survives a reboot, `slipway config` shows each value with this file and its line, and who
 * takes the file away has the node as it was configured.
 */
export function livePath(configPath: string): string {
  return join(`${configPath}.d`, '90-live.toml');
}

/**
 * Enters changes into the live drop-in. Answers the function that puts it back as it was.
 * @throws INVALID_CONFIG where it cannot be read or written
 */
export function writeLive(configPath: string, changes: LiveChanges): () => void {
  const file = livePath(configPath);
  const before = readIfThere(file);
  const values = new Map([...readTomlFile(file, true)].map(([path, { value }]) => [path, value]));
  for (const [path, value] of Object.entries(changes)) {
    if (value === undefined) values.delete(path);
    else values.set(path, value);
  }
  const lines = [...values].toSorted(([a], [b]) => a.localeCompare(b)).map(([path, value]) => line(path, value));
  write(file, lines.length === 0 ? undefined : `${head}${lines.join('\n')}\n`);
  return () => write(file, before);
}

const head = `# Written by 'slipway executor' and 'slipway scale'. These settings win over the files before it;
# without this file the node is as it was configured.
`;

function line(path: string, value: Value): string {
  const parts = namedParts(path);
  const key = parts ? `${parts.table}.${JSON.stringify(parts.name)}.${parts.key}` : path;
  return `${key} = ${JSON.stringify(value)}`;
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

function write(file: string, text: string | undefined): void {
  try {
    if (text === undefined) {
      rmSync(file, { force: true });
      return;
    }
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(`${file}.new`, text, { mode: 0o644 });
    renameSync(`${file}.new`, file);
  } catch (cause) {
    throw new SlipwayError('INVALID_CONFIG', `${file} cannot be written: ${(cause as Error).message}`, {
      hint: 'what a command changes is kept there: make the directory writable for slipway up',
      cause,
    });
  }
}
