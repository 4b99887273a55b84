import { lstatSync, readdirSync, readFileSync, readlinkSync, statfsSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { parseToml, type TomlTable } from '@slipway/config';
import { parse as parseYaml } from 'yaml';

/** A tree read from a file: what JSON, YAML and TOML have in common. */
export type Tree = Record<string, unknown>;

/**
 * Reads a node's files below a directory, `/` for this host. Nothing is written, and nothing outside is read: an
 * absolute symlink is taken below the directory too. Whatever is absent or may not be read is undefined or empty;
 * files that are there and cannot be read, or cannot be parsed, are kept in `unread`.
 */
export class Root {
  readonly directory: string;
  /** Files that could not be read or parsed: `<path>: <reason>`. */
  readonly unread = new Set<string>();

  constructor(directory = '/') {
    this.directory = directory;
  }

  /** Whether this is the running host: only it has processes, free space and a clock. */
  get live(): boolean {
    return this.directory === '/';
  }

  /** Where a path of the node lies on this host, whether something is there or not. */
  realPath(path: string): string {
    return this.#resolve(path);
  }

  text(path: string): string | undefined {
    return this.#try(path, (real) => readFileSync(real, 'utf8'));
  }

  /** A file of one line, without the blanks around it. */
  line(path: string): string | undefined {
    return this.text(path)?.trim();
  }

  /** The names in a directory, sorted; none where there is no such directory. */
  list(path: string): string[] {
    return this.#try(path, (real) => readdirSync(real).sort()) ?? [];
  }

  /** The paths that match a pattern whose parts may hold `*`, sorted. */
  glob(pattern: string): string[] {
    let found = ['/'];
    for (const part of pattern.split('/').filter(Boolean)) {
      if (!part.includes('*')) {
        found = found.map((path) => join(path, part));
        continue;
      }
      const escaped = part.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*');
      const match = new RegExp(`^${escaped}$`);
      found = found.flatMap((path) =>
        this.list(path)
          .filter((name) => match.test(name))
          .map((name) => join(path, name)),
      );
    }
    return found.filter((path) => this.exists(path));
  }

  exists(path: string): boolean {
    return this.#try(path, (real) => statSync(real)) !== undefined;
  }

  isSocket(path: string): boolean {
    return this.#try(path, (real) => statSync(real).isSocket()) ?? false;
  }

  isExecutable(path: string): boolean {
    return (
      this.#try(path, (real) => {
        const stat = statSync(real);
        return stat.isFile() && (stat.mode & 0o111) !== 0;
      }) ?? false
    );
  }

  /** Free bytes and inodes of the file system that holds a path or, where it is not there yet, its nearest parent. */
  free(path: string): { bytes: number; inodes: number; inodesTotal: number } | undefined {
    for (let at = path; ; at = dirname(at)) {
      const stat = this.#try(at, (real) => statfsSync(real));
      if (stat) return { bytes: stat.bavail * stat.bsize, inodes: stat.ffree, inodesTotal: stat.files };
      if (at === '/') return undefined;
    }
  }

  json(path: string): Tree | undefined {
    return this.#parse(path, (text) => JSON.parse(text) as unknown);
  }

  yaml(path: string): Tree | undefined {
    return this.#parse(path, (text) => parseYaml(text) as unknown);
  }

  toml(path: string): TomlTable | undefined {
    return this.#parse(path, (text) => parseToml(text, path));
  }

  #parse(path: string, parse: (text: string) => unknown): Tree | undefined {
    const text = this.text(path);
    if (text === undefined || text.trim() === '') return undefined;
    try {
      const tree = parse(text);
      if (isTree(tree)) return tree;
      this.unread.add(`${path}: not a mapping`);
    } catch (error) {
      this.unread.add(`${path}: ${(error as Error).message.split('\n')[0] ?? ''}`);
    }
    return undefined;
  }

  #try<Value>(path: string, read: (real: string) => Value): Value | undefined {
    try {
      return read(this.#resolve(path));
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? String(error);
      // A process or a mount may end while it is read (ESRCH, ENODEV); many /proc and /sys files are write-only.
      if (code === 'EACCES' || code === 'EPERM') this.unread.add(`${path}: ${code}`);
      return undefined;
    }
  }

  /** The real file of a path; symlinks are followed here, so that absolute ones stay below the directory. */
  #resolve(path: string): string {
    if (this.live) return path;
    let done = '/';
    const rest = normalize(`/${path}`).split('/').filter(Boolean);
    for (let links = 0; rest.length > 0; ) {
      const part = rest.shift() ?? '';
      if (part === '..') {
        done = dirname(done);
        continue;
      }
      const next = join(done, part);
      const target = linkTarget(join(this.directory, next));
      if (target === undefined) {
        done = next;
        continue;
      }
      links += 1;
      if (links > 40) throw Object.assign(new Error(`${path}: too many symlinks`), { code: 'ELOOP' });
      if (target.startsWith('/')) done = '/';
      rest.unshift(...target.split('/').filter((one) => one !== '' && one !== '.'));
    }
    return join(this.directory, done);
  }
}

function linkTarget(path: string): string | undefined {
  try {
    return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : undefined;
  } catch {
    // The file is absent, and the reader learns that.
    return undefined;
  }
}

export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value at a path of keys; undefined where one of them is missing. */
export function at(tree: unknown, ...keys: string[]): unknown {
  let value = tree;
  for (const key of keys) value = isTree(value) ? value[key] : undefined;
  return value;
}

export function treeAt(tree: unknown, ...keys: string[]): Tree {
  const value = at(tree, ...keys);
  return isTree(value) ? value : {};
}

export function textAt(tree: unknown, ...keys: string[]): string | undefined {
  const value = at(tree, ...keys);
  return typeof value === 'string' ? value : undefined;
}

export function listAt(tree: unknown, ...keys: string[]): unknown[] {
  const value = at(tree, ...keys);
  return Array.isArray(value) ? (value as unknown[]) : [];
}

/** The strings of a list; others are left out. */
export function textsAt(tree: unknown, ...keys: string[]): string[] {
  return listAt(tree, ...keys).filter((one) => typeof one === 'string');
}
