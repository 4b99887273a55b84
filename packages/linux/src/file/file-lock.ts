import { hasCode } from '../errno.js';
import { check, libcFunction } from '../libc.js';

const LOCK_EX = 2;
const LOCK_NB = 4;
const flock = libcFunction<[number, number]>('int flock(int fd, int operation)');

/**
 * Takes an exclusive flock(2) on an open file, or says false when someone else has it. The
 * kernel gives it back when the last descriptor of that open file closes, so with its holder's
 * death at the latest, in whatever pid namespace that lived.
 */
export function tryLockFile(fd: number): boolean {
  try {
    check(flock(fd, LOCK_EX | LOCK_NB), 'flock');
    return true;
  } catch (error) {
    if (hasCode(error, 'EAGAIN', 'EWOULDBLOCK')) return false;
    throw error;
  }
}
