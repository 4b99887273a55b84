import { closeSync, constants, openSync, readdirSync } from 'node:fs';
import { at, hasCode, readAt } from '@slipway/linux';

/** Larger than any file of a cgroup that is read here, but for the list of a cgroup's processes: that may make it grow. */
let shared = Buffer.allocUnsafe(64 << 10);

/**
 * The small files of one directory, each read again into one buffer: a reader of hundreds of them a second
 * must not pay for streams, stats, fresh buffers and walks from the root. A file that was missing once is not asked for
 * again, because the kernel makes a cgroup's files with the cgroup. It holds one descriptor until it is closed.
 */
export class CgroupFiles {
  readonly #missing = new Set<string>();
  /** Whether any file was ever read: what is missing then is missing for good. */
  #present = false;
  #descriptor: number | undefined;
  readonly #recent = new Map<string, { at: number; text: string | undefined }>();

  constructor(readonly directory: string) {}

  /** The text of a file; undefined where the kernel has none, the cgroup is gone, or what it tells is switched off. */
  text(name: string): string | undefined {
    if (this.#missing.has(name)) return undefined;
    try {
      const known = this.#descriptor !== undefined;
      const text = this.#read(name);
      if (text !== undefined) return text;
      // A cgroup may have been created again since its directory was opened.
      if (known) {
        this.close();
        const again = this.#read(name);
        if (again !== undefined) return again;
      }
    } catch (error) {
      // EOPNOTSUPP: PSI is disabled.
      if (!hasCode(error, 'EOPNOTSUPP')) throw error;
    }
    if (this.#present) this.#missing.add(name);
    return undefined;
  }

  /** The same for a cached file: the text that was read within the last `ms` milliseconds; with 0 it is read again and cached. */
  recent(name: string, ms: number): string | undefined {
    const now = performance.now();
    const known = this.#recent.get(name);
    if (known && now - known.at < ms) return known.text;
    const text = this.text(name);
    this.#recent.set(name, { at: now, text });
    return text;
  }

  /** A file that holds one number; undefined for `max`, which is none. With `ms` as `recent` reads it. */
  number(name: string, ms?: number): bigint | undefined {
    const text = (ms === undefined ? this.text(name) : this.recent(name, ms))?.trim();
    return text === undefined || !/^\d+$/.test(text) ? undefined : BigInt(text);
  }

  /** The text of a file in a cgroup below, which may come and go; undefined where there is none, or no such cgroup. */
  textBelow(path: string): string | undefined {
    try {
      return this.#read(path);
    } catch (error) {
      // A cgroup of threads has no list of processes (cgroup-v2.rst, "Threads").
      if (hasCode(error, 'EOPNOTSUPP')) return undefined;
      throw error;
    }
  }

  /** Hard links of the directory, or of one below: two of its own and one for each directory in it. */
  links(path = '.'): number | undefined {
    return this.#descriptor === undefined ? undefined : at.statAt(this.#descriptor, path)?.links;
  }

  /** Names of the directories in it, or in one below. */
  directories(path = '.'): string[] {
    try {
      const entries = readdirSync(`${this.directory}/${path}`, { withFileTypes: true });
      return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    } catch (error) {
      if (hasCode(error, 'ENOENT', 'ENODEV')) return [];
      throw error;
    }
  }

  /** Gives the descriptor back; the next reading opens another one. */
  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  /** Undefined when there is no such file, or no such cgroup any more. */
  #read(name: string): string | undefined {
    try {
      this.#descriptor ??= openSync(this.directory, constants.O_RDONLY | constants.O_DIRECTORY);
      for (;;) {
        const length = readAt(this.#descriptor, name, shared);
        this.#present = true;
        if (length < shared.length) return shared.toString('latin1', 0, length);
        shared = Buffer.allocUnsafe(shared.length * 2);
      }
    } catch (error) {
      // ENODEV: the cgroup was removed under an open file.
      if (hasCode(error, 'ENOENT', 'ENODEV', 'ENOTDIR')) return undefined;
      throw error;
    }
  }
}

/** The number behind a key in a flat keyed file (cgroup-v2.rst, "Flat Keyed"). */
export function keyed(text: string, key: string): bigint | undefined {
  const label = `${key} `;
  let at = text.startsWith(label) ? 0 : text.indexOf(`\n${label}`) + 1;
  if (at === 0 && !text.startsWith(label)) return undefined;
  at += label.length;
  const end = text.indexOf('\n', at);
  const value = text.slice(at, end === -1 ? undefined : end).trim();
  return /^\d+$/.test(value) ? BigInt(value) : undefined;
}

/** v1 knows no `max`: a limit that was never set is the largest page count (memory.rst). */
export function v1Limit(value: bigint | undefined): bigint | undefined {
  return value === undefined || value >= 1n << 60n ? undefined : value;
}

/** The difference, or 0 where two readings at different moments would make it negative. */
export function minus(a: bigint, b: bigint): bigint {
  return a > b ? a - b : 0n;
}
