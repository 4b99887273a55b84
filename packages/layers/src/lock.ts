import { type FileHandle, open, stat, unlink } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasCode, tryLockFile } from '@slipway/linux';

/** A held lock; release() removes its file and may be called twice. */
export class FileLock {
  #handle: FileHandle | undefined;

  private constructor(
    readonly path: string,
    handle: FileHandle,
  ) {
    this.#handle = handle;
  }

  /**
   * Takes the lock, or says undefined when another holder lives. The lock ends with its process
   * at the latest, so no stale one can stay; that holds between containers with pid namespaces
   * of their own too, where a pid in a file would say nothing.
   */
  static async try(path: string): Promise<FileLock | undefined> {
    for (;;) {
      const handle = await open(path, 'a+', 0o600);
      try {
        if (!tryLockFile(handle.fd)) {
          await handle.close();
          return undefined;
        }
        // The former holder removes the file before it lets go: only the file that has the name counts.
        const [held, named] = [await handle.stat(), await statOf(path)];
        if (named && held.ino === named.ino && held.dev === named.dev) return new FileLock(path, handle);
        await handle.close();
      } catch (error) {
        await handle.close().catch(() => undefined);
        throw error;
      }
    }
  }

  /** Waits for the lock; rejects with the signal's reason when that comes first. */
  static async take(path: string, signal?: AbortSignal): Promise<FileLock> {
    for (let pause = 10; ; pause = Math.min(pause * 2, 250)) {
      signal?.throwIfAborted();
      const lock = await FileLock.try(path);
      if (lock) return lock;
      await sleep(pause);
    }
  }

  async release(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    if (!handle) return;
    await unlink(this.path).catch(() => undefined);
    await handle.close();
  }
}

async function statOf(path: string): Promise<{ ino: number; dev: number } | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
