import { openSync } from 'node:fs';
import { check, closeFd, libcFunction, O_CLOEXEC, O_PATH } from '../libc.js';
import { openTree, setMountAttributes } from './mount-attributes.js';

const dup3 = libcFunction<[number, number, number]>('int dup3(int from, int to, int flags)');

/**
 * A descriptor (O_PATH) of a file through a read-only mount of its own. No mount table has it, nobody can change it, and
 * it ends with the descriptor's last user: closing the tree's own descriptor takes the mount out of every namespace.
 * ENOSYS before Linux 5.12.
 */
export function openReadOnlyView(path: string): number {
  const tree = openTree(path);
  try {
    setMountAttributes(tree, { set: ['ro'] });
    return openSync(`/proc/self/fd/${tree}`, O_PATH);
  } finally {
    closeFd(tree);
  }
}

/** Makes a descriptor refer to the file of another one, atomically, and closes that one (dup3(2)). */
export function replaceFd(fd: number, by: number): void {
  check(dup3(by, fd, O_CLOEXEC), 'dup3', String(fd));
  closeFd(by);
}
