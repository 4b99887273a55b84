import { close, closeSync, fstatSync, open, openSync, statSync, unlinkSync } from 'node:fs';
import { unlink } from 'node:fs/promises';
import { promisify } from 'node:util';
import { hasCode, tryLockFile } from '@slipway/linux';

const openFile = promisify(open);
const closeFile = promisify(close);

/** A held lock; release() removes its file and may be called twice. */
export class FileLock {
  /** Waiters for a path in this process: its holder wakes the first of them. */
  static readonly #waiting = new Map<string, (() => void)[]>();
  #fd: number | undefined;

  private constructor(
    readonly path: string,
    fd: number,
  ) {
    this.#fd = fd;
  }

  /**
   * Takes the lock, or says undefined when another holder lives. The lock ends with its process
   * at the latest, so no stale one can stay; that holds between containers with pid namespaces
   * of their own too, where a pid in a file would say nothing.
   */
  static async try(path: string): Promise<FileLock | undefined> {
    for (;;) {
      const lock = FileLock.#claim(path, await openFile(path, 'a+', 0o600));
      if (lock !== 'gone') return lock;
    }
  }

  /** As try(), for threads that do nothing else. */
  static trySync(path: string): FileLock | undefined {
    for (;;) {
      const lock = FileLock.#claim(path, openSync(path, 'a+', 0o600));
      if (lock !== 'gone') return lock;
    }
  }

  /**
   * These calls do not wait for a disk, because the file was opened by its name a moment ago.
   * The former holder removes the file before it releases the lock: only the file that has the name counts.
   */
  static #claim(path: string, fd: number): FileLock | undefined | 'gone' {
    let lock: FileLock | undefined;
    try {
      if (!tryLockFile(fd)) return undefined;
      const held = fstatSync(fd);
      const named = statSync(path, { throwIfNoEntry: false });
      if (named?.ino !== held.ino || named.dev !== held.dev) return 'gone';
      lock = new FileLock(path, fd);
      return lock;
    } finally {
      if (!lock) closeSync(fd);
    }
  }

  /** Waits for the lock; rejects with the signal's reason when that comes first. */
  static async take(path: string, signal?: AbortSignal): Promise<FileLock> {
    for (let pause = 10; ; pause = Math.min(pause * 2, 250)) {
      signal?.throwIfAborted();
      const lock = await FileLock.try(path);
      if (lock) return lock;
      await FileLock.#pause(path, pause, signal);
    }
  }

  /** Waits until the holder in this process releases the lock, or for `ms`, because other processes do not report it. */
  static #pause(path: string, ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const waiting = FileLock.#waiting.get(path) ?? [];
      FileLock.#waiting.set(path, waiting);
      const wake = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', wake);
        waiting.splice(waiting.indexOf(wake), 1);
        if (waiting.length === 0) FileLock.#waiting.delete(path);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      signal?.addEventListener('abort', wake, { once: true });
      waiting.push(wake);
    });
  }

  async release(): Promise<void> {
    const fd = this.#fd;
    this.#fd = undefined;
    if (fd === undefined) return;
    await unlink(this.path).catch(() => undefined);
    await closeFile(fd);
    FileLock.#waiting.get(this.path)?.[0]?.();
  }

  /** As release(), for a lock of trySync(). */
  releaseSync(): void {
    const fd = this.#fd;
    this.#fd = undefined;
    if (fd === undefined) return;
    try {
      unlinkSync(this.path);
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) throw error;
    } finally {
      closeSync(fd);
    }
  }
}
