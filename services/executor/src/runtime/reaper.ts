import { OrphanReaper, setChildSubreaper } from '@slipway/linux';

const sweepMs = 1000;

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
