import { readFileSync, rmdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { posix } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Cgroups, directPids, ensureCgroup, ownCgroups, relativeCgroup, unifiedCgroup } from '@slipway/cgroups';
import type { Settings } from '@slipway/config';
import { hasCode } from '@slipway/linux';
import type { Logger } from '@slipway/telemetry';
import { type Deadline, deadlineIn, hasPassed } from '@slipway/time';
import type { SystemdUnits } from '../systemd/units.js';

const slice = 'system.slice';
const scope = 'slipway-conmon.scope';
/** For systemd to make the scope, which it has to do once while any conmon lives. */
const scopeMs = 10_000;
const pollMs = 20;
/** For the kernel to release a cgroup without processes. */
const releaseMs = 2000;

export interface ConmonPlaceParts {
  cgroups: Cgroups;
  settings: Pick<Settings, 'cgroup'>;
  units: SystemdUnits;
  log: Logger;
}

/**
 * The cgroup of all conmons of the node. A conmon begins in the executor's cgroup, and a service manager ends what is
 * in a service's cgroup when it stops or restarts it (KillMode=, systemd.kill(5)); containers must outlive that.
 *
 * With the systemd driver it is a scope, `slipway-conmon.scope` in system.slice: the first conmon has systemd make it,
 * which takes a round trip over D-Bus; the others are written into its cgroup, which is delegated to us. With cgroupfs it is
 * `conmon` below the pods' parent. Both are gone when no conmon is left. In a hierarchy in whose root the executor is,
 * no service manager keeps it, and conmon stays.
 */
export class ConmonPlace {
  readonly #parts: ConmonPlaceParts;
  readonly #hierarchies: readonly string[];
  /** Below the mount points. */
  #path: string;
  #making: Promise<void> | undefined;

  constructor(parts: ConmonPlaceParts, ownText?: string) {
    const { cgroups, settings } = parts;
    this.#parts = parts;
    this.#hierarchies = ownCgroups(cgroups, ownText).flatMap(({ mountpoint, path }) =>
      path === '/' ? [] : [mountpoint],
    );
    this.#path = this.#systemd ? `/${slice}/${scope}` : posix.join(relativeCgroup(settings.cgroup.parent), 'conmon');
  }

  get #systemd(): boolean {
    return this.#parts.settings.cgroup.driver === 'systemd';
  }

  /**
   * Puts a conmon there. A conmon that has ended meanwhile is success, and leaves no cgroup that was made for it; a failure is
   * logged, and tried again by the recovery.
   */
  async take(pid: number): Promise<void> {
    // 0 would be this process itself, cgroups(7).
    if (this.#hierarchies.length === 0 || pid <= 1) return;
    try {
      if (await this.#move(pid)) return;
      await (this.#systemd ? this.#moveByScope(pid) : this.#moveToDirectory(pid));
    } catch (error) {
      // Its container may have been taken down before the cgroup was made.
      if (hasCode(error, 'ESRCH')) return await this.release();
      this.#parts.log.warn({ err: error, conmon: pid }, 'a conmon stays in the cgroup of the executor');
    }
  }

  /** Whether a process is where the executor is, which is no place for a conmon. */
  isMisplaced(pid: number): boolean {
    if (this.#hierarchies.length === 0) return false;
    try {
      return readFileSync(`/proc/${pid}/cgroup`, 'utf8') === readFileSync('/proc/self/cgroup', 'utf8');
    } catch (error) {
      if (hasCode(error, 'ENOENT', 'ESRCH')) return false;
      throw error;
    }
  }

  /**
   * Removes the cgroup where no conmon is left in it. A conmon that ends has no command line a moment before it has left its
   * cgroup, and the kernel may release the cgroup a moment after that, so the removal is retried for that long.
   */
  async release(): Promise<void> {
    const end = deadlineIn(releaseMs);
    for (const mountpoint of this.#hierarchies) {
      const directory = mountpoint + this.#path;
      while (!isRemoved(directory) && !holdsConmon(directory) && !hasPassed(end)) await sleep(pollMs);
    }
  }

  /** Answers false where there is no such cgroup, or it is just being removed. */
  async #move(pid: number): Promise<boolean> {
    for (const mountpoint of this.#hierarchies) {
      try {
        // A move can wait for the kernel (see MoveHastener): not in this thread.
        await writeFile(`${mountpoint}${this.#path}/cgroup.procs`, String(pid), { flag: 'r+' });
      } catch (error) {
        if (hasCode(error, 'ENOENT', 'ENODEV')) return false;
        throw error;
      }
    }
    return true;
  }

  async #moveToDirectory(pid: number): Promise<void> {
    // Another executor may remove it between the two.
    for (let tries = 0; tries < 5; tries++) {
      for (const mountpoint of this.#hierarchies) {
        ensureCgroup({ ...this.#parts.cgroups, mountpoints: [mountpoint] }, this.#path);
      }
      if (await this.#move(pid)) return;
    }
    throw new Error(`${this.#path} is removed again and again`);
  }

  async #moveByScope(pid: number): Promise<void> {
    const end = deadlineIn(scopeMs);
    for (;;) {
      // Callers go one at a time: a later one finds the scope.
      while (this.#making) await this.#making.catch(() => undefined);
      if (await this.#move(pid)) return;
      try {
        this.#making = this.#makeScope(pid, end);
        await this.#making;
        return;
      } catch (error) {
        // Another executor makes it at the same moment, or systemd has not yet forgotten the last one.
        if (hasPassed(end)) throw error;
      } finally {
        this.#making = undefined;
      }
      await sleep(pollMs * 5);
    }
  }

  async #makeScope(pid: number, deadline: Deadline): Promise<void> {
    const { units, cgroups } = this.#parts;
    await units.startScope(scope, slice, pid, { deadline });
    for (;;) {
      const text = readFileSync(`/proc/${pid}/cgroup`, 'utf8');
      if (text.includes(`/${scope}`)) break;
      if (hasPassed(deadline)) throw new Error(`systemd does not move process ${pid} into ${scope}`);
      await sleep(pollMs);
    }
    // A systemd that is itself below the root makes its units below that.
    if (cgroups.mode === 'v2') this.#path = unifiedCgroup(pid) ?? this.#path;
  }
}

/** Removes the directory of a cgroup. Answers false where it is in use. */
function isRemoved(directory: string): boolean {
  try {
    rmdirSync(directory);
    return true;
  } catch (error) {
    if (hasCode(error, 'EBUSY', 'ENOTEMPTY')) return false;
    if (hasCode(error, 'ENOENT')) return true;
    throw error;
  }
}

/** Whether a process that is not just ending is in a cgroup. */
function holdsConmon(directory: string): boolean {
  try {
    return directPids(directory).some((pid) => !isEnding(pid));
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENODEV')) return false;
    throw error;
  }
}

/** A process gives back its memory, and its command line with it, before it leaves its cgroup (do_exit in kernel/exit.c). */
function isEnding(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8') === '';
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ESRCH')) return true;
    throw error;
  }
}
