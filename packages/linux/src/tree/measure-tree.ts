import * as at from '../file/at.js';
import { type WalkLimits, walkSteps } from './walk-tree.js';

/** As `du` counts: blocks of 512 bytes, hard links once. */
export interface TreeUsage {
  readonly bytes: number;
  readonly inodes: number;
}

/** Hard-linked files that are remembered, so that each is counted once. Beyond them, each link counts for its part. */
const maxLinked = 100_000;

/** The size of the tree at `path`, itself included; nothing there is a size of 0. It is walked as walkSteps() says. */
export function* measureSteps(path: string, limits?: WalkLimits): Generator<undefined, TreeUsage> {
  const sum = { bytes: 0, inodes: 0 };
  const linked = new Set<string>();
  const part = ({ type, links, inode }: at.StatAt): number => {
    if (type === 'directory' || links <= 1) return 1;
    if (linked.has(inode)) return 0;
    if (linked.size >= maxLinked) return 1 / links;
    linked.add(inode);
    return 1;
  };
  const count = (dir: number, name: string): boolean => {
    const stat = at.statAt(dir, name);
    // Containers write, and go away, while they are measured.
    if (!stat) return false;
    const counted = part(stat);
    sum.bytes += stat.blocks * 512 * counted;
    sum.inodes += counted;
    return stat.type === 'directory';
  };
  yield* walkSteps(path, count, limits);
  return { bytes: Math.round(sum.bytes), inodes: Math.round(sum.inodes) };
}
