import { randomBytes } from 'node:crypto';
import { open, rename, rm, stat, statfs, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';

/** Bytes of one write. */
const PIECE = 1 << 20;
/** The reserve is made while so many times its size is free, so that it is not itself what fills the disk. */
const MARGIN = 4;

/**
 * Room that is kept for a full disk: <root>/reserve, a file of junk. It is emptied when a record finds no room, so
 * that what stops and removes pods goes on while nothing new fits, and made again when there is room. A gateway, which is
 * not root, may empty it and cannot remove or make it: it has the group and the directory is root's.
 */
export class Reserve {
  readonly #file: string;
  #making: Promise<void> | undefined;

  constructor(
    readonly root: string,
    /** 0 keeps none. */
    readonly bytes: number,
    readonly log: Logger,
  ) {
    this.#file = join(root, 'reserve');
  }

  /** Frees the room. Answers false where there was none, or it cannot be freed. */
  async release(): Promise<boolean> {
    if (this.bytes === 0) return false;
    try {
      if ((await stat(this.#file)).size === 0) return false;
      await truncate(this.#file);
      await rm(this.#file).catch(() => undefined);
    } catch {
      return false;
    }
    this.log.error(
      { file: this.#file, bytes: this.bytes },
      'the disk is full: what was kept free for records is used now',
    );
    return true;
  }

  /** Whether nothing is to be done. */
  async isKept(): Promise<boolean> {
    if (this.bytes === 0) return true;
    const size = (await stat(this.#file).catch(() => undefined))?.size ?? 0;
    return size > 0;
  }

  /** Makes the reserve where it is missing and there is ample room. Never rejects. */
  keep(): Promise<void> {
    this.#making ??= this.#make()
      .catch((error: unknown) => this.log.debug({ err: error }, 'no room can be kept free for records'))
      .finally(() => {
        this.#making = undefined;
      });
    return this.#making;
  }

  async #make(): Promise<void> {
    if (await this.isKept()) return;
    const { bavail, bsize } = await statfs(this.root);
    if (bavail * bsize < MARGIN * this.bytes) return;
    const temporary = `${this.#file}.${randomBytes(4).toString('hex')}.tmp`;
    try {
      const file = await open(temporary, 'wx', 0o600);
      try {
        // Neither holes nor what a file system can compress: these would be no room.
        const junk = randomBytes(PIECE);
        const { gid } = await stat(join(this.root, 'records'));
        if (gid !== 0) {
          await file.chown(0, gid);
          await file.chmod(0o660);
        }
        for (let at = 0; at < this.bytes; at += PIECE) {
          await file.write(junk, 0, Math.min(PIECE, this.bytes - at), at);
        }
      } finally {
        await file.close();
      }
      await rename(temporary, this.#file);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }
}
