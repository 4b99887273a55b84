import { closeSync, openSync, write } from 'node:fs';
import { posix } from 'node:path';
import type { Cgroups } from './hierarchies.js';
import { ownCgroups } from './own-cgroups.js';

/**
 * Makes ready for processes that are about to be moved into cgroups. The first move after a pause waits for an
 * RCU grace period, 10 ms and more: the kernel's lock against forks (cgroup_threadgroup_rwsem, a percpu-rwsem) is
 * cheap for readers until a writer comes (see `favordynmods` in the kernel's cgroup-v2.rst). A runtime moves the
 * process of each container and exec, and would wait in the middle of its work. This makes the wait begin now, in
 * another thread, beside what comes before that move.
 *
 * This process's own place is written, so nothing moves. A host that refuses it only waits later.
 */
export class MoveHastener {
  readonly #file: string | undefined;
  /** Kept open, so that the wait begins with a single task of the thread pool, even while this thread is busy. */
  #fd: number | undefined;
  #running = false;
  #closed = false;

  constructor(cgroups: Pick<Cgroups, 'mode' | 'mountpoints' | 'controller'>, text?: string) {
    const [place] = ownCgroups(cgroups, text);
    this.#file = place && posix.join(place.mountpoint, place.path, 'cgroup.procs');
  }

  /** Returns immediately. */
  hasten(): void {
    if (this.#file === undefined || this.#running) return;
    try {
      this.#fd ??= openSync(this.#file, 'w');
    } catch {
      return;
    }
    this.#running = true;
    // 0 is whoever writes, cgroups(7).
    write(this.#fd, '0', () => {
      this.#running = false;
      if (this.#closed) this.close();
    });
  }

  /** Closes the file. Call it only when `hasten` is no longer called. */
  close(): void {
    this.#closed = true;
    if (this.#fd === undefined || this.#running) return;
    closeSync(this.#fd);
    this.#fd = undefined;
  }
}
