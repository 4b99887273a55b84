import { spawnSync } from 'node:child_process';
import { existsSync, rmdirSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { cgroupDirectories, cgroupPids, deleteRules, iptablesRules, mountsBelow, processesNaming } from './machine.js';
import type { Place } from './place.js';

/** Takes away whatever a node that has ended left at its place, in whatever state that is. */
export async function tearDown(place: Place): Promise<void> {
  await killAll(() => [...processesNaming(place.directory).map(({ pid }) => pid), ...cgroupPids(place.cgroup)]);
  // The directory itself is a mount when it is in memory.
  for (const point of [...mountsBelow(place.directory), place.directory])
    spawnSync('umount', ['-l', point], { stdio: 'ignore' });
  for (const directory of cgroupDirectories(place.cgroup)) await removeCgroup(directory);
  spawnSync('ip', ['link', 'del', place.bridge], { stdio: 'ignore' });
  deleteRules(iptablesRules(rulesOf(place)));
  if (existsSync(place.directory)) rmSync(place.directory, { recursive: true, force: true });
}

/** Words by which rules are known as a place's: its network's name and its addresses. */
export function rulesOf(place: Place): string[] {
  return [place.name, place.subnet.replace(/0\/24$/, '')];
}

async function killAll(find: () => number[]): Promise<void> {
  for (let tries = 0; tries < 250; tries++) {
    const pids = find().filter((pid) => pid !== process.pid);
    if (pids.length === 0) return;
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended meanwhile.
      }
    }
    await sleep(20);
  }
}

/** A cgroup is busy for a moment after its last process was reaped. */
async function removeCgroup(directory: string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    try {
      rmdirSync(directory);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      await sleep(20);
    }
  }
}
