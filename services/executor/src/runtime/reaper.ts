import { OrphanReaper, setChildSubreaper } from '@slipway/linux';

/** A sweep looks at every child, conmons included: seldom enough to cost nothing with a hundred of them. */
const sweepMs = 5000;

/**
 * Makes this process the parent of what its children leave behind: commands of a detached `runc exec`, whose exit codes
 * only their parent can read, and conmons, which would be zombies for long where the host's pid 1 is slow.
 */
export function startReaping(): { stop(): void } {
  setChildSubreaper();
  const reaper = new OrphanReaper();
  const timer = setInterval(() => reaper.sweep(), sweepMs);
  timer.unref();
  return {
    stop: () => {
      clearInterval(timer);
      reaper.sweep();
    },
  };
}
