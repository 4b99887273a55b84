import { check, libcFunction } from '../libc.js';
import { childrenOf, parseStat } from './process-info.js';
import { reapChild } from './spawn.js';

const PR_SET_CHILD_SUBREAPER = 36;

const P_ALL = 0;
const WNOHANG = 1;
const WEXITED = 4;
const WNOWAIT = 0x01000000;
/** Size of siginfo_t, rounded up: 128 on every architecture. */
const siginfoBytes = 128;

const waitid = libcFunction<[number, number, Buffer, number]>('int waitid(int type, int id, void *info, int options)');
const prctl = libcFunction<[number, number]>('int prctl(int option, unsigned long argument)');

/** Makes this process the parent of its descendants whose own parents die (PR_SET_CHILD_SUBREAPER, prctl(2)). */
export function setChildSubreaper(on = true): void {
  check(prctl(PR_SET_CHILD_SUBREAPER, on ? 1 : 0), 'prctl', 'PR_SET_CHILD_SUBREAPER');
}

/**
 * Reaps what was handed to this process as a subreaper: processes whose own parents died.
 * Their pids do not distinguish them from Node's children, but Node reaps its own immediately:
 * what is a zombie at two sweeps in a row belongs to nobody. Call `sweep` about once
 * a second while `setChildSubreaper` is on.
 */
export class OrphanReaper {
  #seen = new Set<number>();

  /** Answers the pids that were reaped. */
  sweep(): number[] {
    if (!anyZombie()) {
      this.#seen.clear();
      return [];
    }
    const zombies = childrenOf(process.pid).filter((pid) => parseStat(pid)?.state === 'Z');
    const orphans = zombies.filter((pid) => this.#seen.has(pid));
    this.#seen = new Set(zombies.filter((pid) => !orphans.includes(pid)));
    return orphans.filter((pid) => {
      try {
        return reapChild(pid) !== undefined;
      } catch {
        return false;
      }
    });
  }
}

/** Whether a child of this process is a zombie: one call, where a look at every child takes one for each (waitid(2)). */
function anyZombie(): boolean {
  const info = Buffer.alloc(siginfoBytes);
  // A failure is that there are no children at all. Without a zombie the signal's number, the first field, stays 0.
  return waitid(P_ALL, 0, info, WEXITED | WNOHANG | WNOWAIT) === 0 && info.readInt32LE(0) !== 0;
}
