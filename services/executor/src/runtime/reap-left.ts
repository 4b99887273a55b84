import { setTimeout as sleep } from 'node:timers/promises';
import { childrenOf, parseStat, reapChild } from '@slipway/linux';
import { followsPending, isAwaited } from './program.js';

const tries = 20;
const retryMs = 5;

/**
 * Reaps what programs of ours have forked and not waited for, once it has ended: a subreaper is its parent now.
 *
 * No name tells such a process: the kernel calls a program that is run by a descriptor after that. Its session does:
 * every program runs in one of its own, and what else is a child of this process either shares ours (Node's children)
 * or leads one. A leader may be just about to be reaped by who waits for it, and is taken at the second look;
 * while a program runs that leaves us a process to wait for, nothing is taken that could be that one.
 */
export class LeftReaper {
  readonly #own = parseStat(process.pid)?.session;
  readonly #seen = new Set<number>();

  /** Looks once. Answers whether something was reaped. */
  sweep(): boolean {
    const zombies = childrenOf(process.pid).filter((pid) => {
      const stat = parseStat(pid);
      if (stat?.state !== 'Z' || stat.session === this.#own || isAwaited(pid) || followsPending()) return false;
      const first = !this.#seen.has(pid);
      this.#seen.add(pid);
      return stat.session !== pid || !first;
    });
    return zombies.filter(reaped).length > 0;
  }
}

/** Looks until something was reaped, which may still be on its way out, for a tenth of a second at most. */
export async function reapLeft(): Promise<void> {
  const reaper = new LeftReaper();
  for (let left = tries; left > 0 && !reaper.sweep(); left--) await sleep(retryMs);
}

/** Another waiter may have reaped it first. */
function reaped(pid: number): boolean {
  try {
    return reapChild(pid) !== undefined;
  } catch {
    return false;
  }
}
