import type { Root } from '../root.js';

/** A process of the node by its command line. */
export interface Process {
  readonly pid: string;
  readonly words: readonly string[];
  /** The last part of the program's path. */
  readonly name: string;
}

/** All processes whose command line can be read; kernel threads have none. */
export function processes(root: Root): Process[] {
  return root
    .list('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      const words = (root.text(`/proc/${pid}/cmdline`) ?? '').split('\0').filter(Boolean);
      return { pid, words, name: (words[0] ?? '').split('/').at(-1) ?? '' };
    })
    .filter(({ words }) => words.length > 0);
}
