import { closeSync } from 'node:fs';
import { at } from '@slipway/linux';
import { namesIn } from './layer-tree.js';

export interface TreeSize {
  /** As `du` counts: blocks of 512 bytes, hard links once. */
  readonly bytes: number;
  readonly inodes: number;
}

/** Walks the tree of an open directory, itself included; `checkStop` is called for each directory and may throw. */
export function measureTree(rootFd: number, checkStop: () => void = () => undefined): TreeSize {
  const linked = new Set<string>();
  let bytes = 0;
  let inodes = 0;
  const count = (stat: at.StatAt): void => {
    if (stat.type !== 'directory' && stat.links > 1) {
      if (linked.has(stat.inode)) return;
      linked.add(stat.inode);
    }
    bytes += stat.blocks * 512;
    inodes++;
  };
  const walk = (fd: number): void => {
    checkStop();
    for (const name of namesIn(fd)) {
      const stat = at.statAt(fd, name);
      if (!stat) continue;
      count(stat);
      if (stat.type !== 'directory') continue;
      const child = at.openDirectoryAt(fd, name);
      try {
        walk(child);
      } finally {
        closeSync(child);
      }
    }
  };
  const root = at.statAt(rootFd, '.');
  if (root) count(root);
  walk(rootFd);
  return { bytes, inodes };
}
