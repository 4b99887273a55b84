import { closeSync, openSync, readSync } from 'node:fs';
import { hasCode } from '@slipway/linux';

/** Larger than any file of a cgroup that is read here, but for the list of a cgroup's processes. */
let shared = Buffer.allocUnsafe(64 << 10);

/**
 * The small files of one directory, each read anew into one buffer: a reader of hundreds of them a second
 * must not pay for streams, stats and fresh buffers. A file that was missing once is not asked for again, because
 * the kernel makes a cgroup's files with the cgroup.
 */
export class CgroupFiles {
  readonly #missing = new Set<string>();
  /** Whether any file was ever read: what is missing then is missing for good. */
  #present = false;

  constructor(readonly directory: string) {}

  /** The text of a file; undefined where the kernel has none, the cgroup is gone, or what it tells is switched off. */
  text(name: string): string | undefined {
    if (this.#missing.has(name)) return undefined;
    try {
      const fd = openSync(`${this.directory}/${name}`, 'r');
      try {
        const length = readWhole(fd);
        this.#present = true;
        return shared.toString('latin1', 0, length);
      } finally {
        closeSync(fd);
      }
    } catch (error) {
      // ENODEV: the cgroup was removed under an open file. EOPNOTSUPP: PSI is disabled.
      if (!hasCode(error, 'ENOENT', 'ENODEV', 'EOPNOTSUPP', 'ENOTDIR')) throw error;
      if (this.#present) this.#missing.add(name);
      return undefined;
    }
  }

  /** A file that holds one number; undefined for `max`, which is none. */
  number(name: string): bigint | undefined {
    const text = this.text(name)?.trim();
    return text === undefined || !/^\d+$/.test(text) ? undefined : BigInt(text);
  }
}

/** Fills the buffer from a file; the kernel hands a long list over in pages. */
function readWhole(fd: number): number {
  let length = 0;
  for (;;) {
    const read = readSync(fd, shared, length, shared.length - length, null);
    if (read === 0) return length;
    length += read;
    if (length === shared.length) shared = Buffer.concat([shared], shared.length * 2);
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
