import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, parseStat } from '@slipway/linux';
import type { Logger } from '@slipway/telemetry';

/** In the environment of each service: the state directory of the supervisor that started it. */
export const supervisorMark = 'SLIPWAY_SUPERVISOR';

/** Longer than a service that lost its supervisor has to end what it has begun (packages/service). */
const drainMs = 25_000;

interface Orphan {
  pid: number;
  startTicks: bigint;
  state: string;
}

/**
 * Kills services of an earlier supervisor of this state directory that do not end by themselves, as they do when their
 * channel closes. A stopped one (SIGSTOP) never will, and a gateway among them holds the socket: those are killed
 * before this resolves; the others have time to end what they have begun, until `signal` is aborted.
 */
export async function endOrphanServices(state: string, log: Logger, signal: AbortSignal): Promise<void> {
  const orphans = findOrphans(state);
  const isStopped = (orphan: Orphan): boolean => orphan.state === 'T';
  for (const orphan of orphans.filter(isStopped)) end(orphan, log);
  const later = orphans.filter((orphan) => !isStopped(orphan));
  if (later.length > 0) {
    sleep(drainMs, undefined, { signal, ref: false }).then(
      () => {
        for (const orphan of later) end(orphan, log);
      },
      () => undefined,
    );
  }
  for (let tries = 0; tries < 100 && orphans.some((orphan) => isStopped(orphan) && isThere(orphan)); tries++) {
    await sleep(20);
  }
}

function findOrphans(state: string): Orphan[] {
  const found: Orphan[] = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    try {
      // Children of a service inherit its environment, so only its own program counts.
      const words = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0');
      if (!words.some((word) => /\/services\/[a-z-]+\/dist\/main\.mjs$/.test(word))) continue;
      const environment = readFileSync(`/proc/${name}/environ`, 'utf8').split('\0');
      if (!environment.includes(`${supervisorMark}=${state}`)) continue;
      const stat = parseStat(Number(name));
      if (stat && stat.ppid !== process.pid) found.push(stat);
    } catch {
      // It ended while it was looked at.
    }
  }
  return found;
}

function isThere({ pid, startTicks }: Orphan): boolean {
  return isAlive(pid, startTicks);
}

function end(orphan: Orphan, log: Logger): void {
  if (!isThere(orphan)) return;
  log.warn({ pid: orphan.pid }, 'killing a service that an earlier supervisor left and that does not end');
  try {
    process.kill(orphan.pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
