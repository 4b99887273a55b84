import { lstatSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface LocalFile {
  /** Relative to `/`. */
  readonly path: string;
  readonly bytes: number;
}

/** Files above this are left out: one of them would be a layer by itself. */
const largest = 24 << 20;

/** All files and links below /usr; those of a directory stay together, and only the seed decides the directories' order. */
export function shuffledFiles(seed: number): LocalFile[] {
  const directories: { path: string; files: LocalFile[] }[] = [];
  const walk = (directory: string): void => {
    const files: LocalFile[] = [];
    directories.push({ path: directory, files });
    for (const entry of readdirSync(join('/', directory), { withFileTypes: true })) {
      const path = join(directory, entry.name);
      if (entry.isDirectory()) walk(path);
      else if (entry.isFile() || entry.isSymbolicLink()) {
        const bytes = entry.isFile() ? lstatSync(join('/', path)).size : 0;
        // tar's list of names is made of lines.
        if (bytes <= largest && !path.includes('\n')) files.push({ path, bytes });
      }
    }
  };
  walk('usr');
  directories.sort((a, b) => (a.path < b.path ? -1 : 1));
  const random = generator(seed);
  const order = directories.map((directory) => ({ directory, at: random() }));
  order.sort((a, b) => a.at - b.at);
  return order.flatMap(({ directory }) => directory.files);
}

/**
 * Takes files off `pool` until they have about `bytes` and are about `count`: one that would run
 * ahead of its share of the bytes is left in the pool. Where the machine has too little, it is less.
 */
export function takeFiles(pool: LocalFile[], count: number, bytes: number): LocalFile[] {
  const taken: LocalFile[] = [];
  const left: LocalFile[] = [];
  let sum = 0;
  const slack = bytes / 20;
  for (const file of pool.splice(0)) {
    const share = (bytes * (taken.length + 1)) / count + slack;
    if (taken.length < count && sum + file.bytes <= Math.min(share, bytes)) {
      taken.push(file);
      sum += file.bytes;
    } else left.push(file);
  }
  pool.push(...left);
  return taken;
}

/** The files' names and those of the directories above them, each directory before what is in it. */
export function withDirectories(files: readonly LocalFile[]): string[] {
  const names = new Set<string>();
  for (const { path } of files) {
    names.add(path);
    for (let above = dirname(path); above !== '.'; above = dirname(above)) names.add(above);
  }
  return [...names].sort();
}

/** mulberry32: small, and the same numbers everywhere. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
