import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Kind } from './keys.js';

/** Milliseconds after which a temporary file has no writer any more; a living one needs it for a fraction of one. */
const ABANDONED_MS = 5000;
/** Milliseconds between two looks for such files: they cost nothing but their place. */
const SWEEP_MS = 60_000;

/**
 * The records once more, as files: <root>/records/<kind>/<id>. An empty Redis is
 * refilled from them. They are not synced: after a power loss no container is alive,
 * and the reconciler compares every record with what runs.
 */
export class Mirror {
  readonly #timers: NodeJS.Timeout[] = [];

  constructor(
    readonly root: string,
    readonly log: Logger,
  ) {}

  async open(kinds: readonly Kind[]): Promise<void> {
    for (const kind of kinds) {
      await mkdir(this.#directory(kind), { recursive: true, mode: 0o700 });
      await this.#sweep(kind);
    }
    const sweep = (): void => {
      Promise.all(kinds.map((kind) => this.#sweep(kind))).catch((error: unknown) => {
        this.log.warn({ err: error }, 'what dead writers left beside the records cannot be removed now');
      });
    };
    // The first soon: whom this process follows was killed a moment ago, and what it left is still too young.
    this.#timers.push(setTimeout(sweep, ABANDONED_MS + 1000), setInterval(sweep, SWEEP_MS));
    for (const timer of this.#timers) timer.unref();
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }

  /** Removes what writers that died have left. */
  async #sweep(kind: Kind): Promise<void> {
    for (const name of await readdir(this.#directory(kind))) {
      if (!name.endsWith('.tmp')) continue;
      const path = join(this.#directory(kind), name);
      const age = Date.now() - ((await stat(path).catch(() => undefined))?.mtimeMs ?? Date.now());
      if (age > ABANDONED_MS) await rm(path, { force: true });
    }
  }

  #directory(kind: Kind): string {
    return join(this.root, 'records', kind);
  }

  async write(kind: Kind, id: string, bytes: Uint8Array): Promise<void> {
    const path = join(this.#directory(kind), id);
    for (let attempt = 1; ; attempt++) {
      const temporary = `${path}.${randomBytes(4).toString('hex')}.tmp`;
      await writeFile(temporary, bytes, { mode: 0o600 });
      try {
        await rename(temporary, path);
        return;
      } catch (error) {
        // This process slept so long that its file was taken for a dead writer's.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || attempt === 3) throw error;
      }
    }
  }

  async delete(kind: Kind, id: string): Promise<void> {
    await rm(join(this.#directory(kind), id), { force: true });
  }

  /** Every mirrored record of a kind: id and bytes. */
  async read(kind: Kind): Promise<[id: string, bytes: Buffer][]> {
    const found: [string, Buffer][] = [];
    for (const id of await readdir(this.#directory(kind))) {
      if (id.endsWith('.tmp') || id.endsWith('.bad')) continue;
      const bytes = await readFile(join(this.#directory(kind), id)).catch((error: NodeJS.ErrnoException) => {
        // Deleted since it was listed.
        if (error.code !== 'ENOENT') throw error;
      });
      if (bytes) found.push([id, bytes]);
    }
    return found;
  }

  /** Puts a record that cannot be decoded out of the way, for a person to look at. */
  async setAside(kind: Kind, id: string): Promise<string> {
    const path = join(this.#directory(kind), id);
    await rename(path, `${path}.bad`).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
    return `${path}.bad`;
  }
}
