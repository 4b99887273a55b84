import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * An environment for asking a runtime's binary its version without leaving anything on the host: crun creates its default
 * state directory, `$XDG_RUNTIME_DIR/crun` or /run/crun, whatever it is asked (crun(1), --root). Disposing deletes it.
 * @throws an error of the file system where no temporary directory can be made
 */
export class ScratchState implements Disposable {
  readonly #directory = mkdtempSync(join(tmpdir(), 'slipway-version-'));

  get env(): NodeJS.ProcessEnv {
    return { ...process.env, XDG_RUNTIME_DIR: this.#directory };
  }

  [Symbol.dispose](): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
