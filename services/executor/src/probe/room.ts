import { statfsSync } from 'node:fs';
import { toSlipwayError } from '@slipway/errors';
import type { SandboxContext } from '../sandbox/context.js';

/** The space that a trial needs: an init and a bundle below `root`, files of conmon and the runtime below `state`; and inodes. */
const needs = { root: 4 << 20, state: 256 << 10, inodes: 64 };

/**
 * Whether a trial failed for want of room, and says nothing of its handler. Runtimes and conmon say so in words of their
 * own, if at all, so the file systems are asked as well.
 */
export function failedForRoom({ settings }: Pick<SandboxContext, 'settings'>, error: unknown): boolean {
  const { code } = toSlipwayError(error);
  if (code === 'DISK_FULL' || code === 'DISK_READ_ONLY') return true;
  return !hasRoom(settings.root, needs.root) || !hasRoom(settings.state, needs.state);
}

function hasRoom(directory: string, bytes: number): boolean {
  try {
    const { bavail, bsize, files, ffree } = statfsSync(directory);
    return bavail * bsize >= bytes && (files === 0 || ffree >= needs.inodes);
  } catch {
    return true;
  }
}
