import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { mountsBelow } from '../machine.js';

/** A directory in memory: what is measured there is the program and not the disk. */
export interface Tmpfs {
  readonly path: string;
  /** Unmounts it and what is mounted below. */
  remove(): void;
}

/** Mounts a tmpfs of its own at a new short path; needs root. */
export function mountTmpfs(): Tmpfs {
  const path = mkdtempSync('/run/swb-');
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'mode=0711,size=80%', 'tmpfs', path], { encoding: 'utf8' });
  if (mounted.status !== 0) {
    rmSync(path, { recursive: true });
    throw new Error(`no tmpfs at ${path}: ${mounted.stderr}`);
  }
  return {
    path,
    remove: () => {
      for (const point of [...mountsBelow(path), path]) spawnSync('umount', ['-l', point], { stdio: 'ignore' });
      rmSync(path, { recursive: true, force: true });
    },
  };
}
