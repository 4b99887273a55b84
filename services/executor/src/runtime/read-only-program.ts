import { type Stats, statSync } from 'node:fs';
import { basename } from 'node:path';
import { openReadOnlyView, replaceFd } from '@slipway/linux';

/** How a program is run: by which file, and with which environment. */
export interface Launch {
  file: string;
  env: Record<string, string>;
}

/**
 * crun's binary by a read-only view of it, through which it is run.
 *
 * A container could write the binary of the runtime that enters it, by /proc/<pid>/exe (CVE-2019-5736). crun therefore
 * begins each call by making a read-only mount of itself, running that and taking the mount away again: half of the
 * time of a short call, and two changes of the host's mount table. It does without where its file is on a read-only
 * mount already and its environment says that this is on purpose (crun, src/libcrun/cloned_binary.c). One view serves all calls.
 */
export class ReadOnlyProgram {
  readonly #path: string;
  readonly #fd: number;
  #seen: string;

  private constructor(path: string) {
    this.#path = path;
    this.#seen = identity(statSync(path));
    this.#fd = openReadOnlyView(path);
  }

  /** Undefined where the kernel makes no such views, and for what is not called crun: krun acts by its name. */
  static open(path: string): ReadOnlyProgram | undefined {
    if (basename(path) !== 'crun') return undefined;
    const opened = programs.get(path);
    if (opened) return opened;
    try {
      const program = new ReadOnlyProgram(path);
      programs.set(path, program);
      return program;
    } catch {
      return undefined;
    }
  }

  /**
   * How to run it for as long as this process lives. A binary that was replaced on disk, as by an upgrade, is opened again;
   * one that is gone is left to fail under its own path.
   */
  get launch(): Launch {
    try {
      const now = identity(statSync(this.#path));
      if (now !== this.#seen) {
        replaceFd(this.#fd, openReadOnlyView(this.#path));
        this.#seen = now;
      }
      return { file: `/proc/${process.pid}/fd/${this.#fd}`, env: { _LIBCONTAINER_CLONED_BINARY: '1' } };
    } catch {
      return { file: this.#path, env: {} };
    }
  }
}

/** A view for each binary, because a process may have several executors. */
const programs = new Map<string, ReadOnlyProgram>();

function identity({ dev, ino, size, mtimeMs, ctimeMs }: Stats): string {
  return [dev, ino, size, mtimeMs, ctimeMs].join(' ');
}
