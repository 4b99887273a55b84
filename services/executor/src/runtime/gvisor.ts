import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { gvisorFlags } from '../gvisor/flags.js';
import { gvisorWrapper } from '../gvisor/wrapper.js';
import { OciRuntime, type OciRuntimeOptions, type OpenRuntime } from './oci-runtime.js';
import { LeftReaper } from './reap-left.js';
import type { Limits } from './runtime.js';

const reapMs = 10;

/** runsc, whose `delete` waits until the pids of the sandbox and of its file servers are free. */
class GvisorRuntime extends OciRuntime {
  readonly #root: string;

  constructor(options: OciRuntimeOptions) {
    super(options);
    this.#root = options.root;
  }

  /**
   * As OciRuntime's. When conmon ends before a file server, that one becomes this process's child (a subreaper), and
   * as a zombie it would hold its pid, and `delete` would fail after five seconds.
   */
  override async delete(id: string, options: Limits & { force?: boolean; ended?: boolean }): Promise<void> {
    const reaper = new LeftReaper();
    const timer = setInterval(() => reaper.sweep(), reapMs);
    try {
      await super.delete(id, options);
      await this.#removeLocks(id);
    } finally {
      clearInterval(timer);
      reaper.sweep();
    }
  }

  /**
   * Removes what a sandbox's containers have left in runsc's own directory: a command locks every container of the
   * sandbox, and so creates the lock of one again that is deleted at the same moment.
   */
  async #removeLocks(sandboxId: string): Promise<void> {
    const names = await readdir(this.#root).catch(() => []);
    const locks = names.filter((name) => name.endsWith(`_sandbox:${sandboxId}.lock`));
    await Promise.all(locks.map((name) => rm(join(this.#root, name), { force: true })));
  }
}

/** Every call goes through the wrapper, so that conmon can hold containers that are no processes of the host. */
export const openGvisor: OpenRuntime = async (options, { platform, containers, writeWrapper }) => {
  const flags = await gvisorFlags(options.path, options.options ?? [], platform);
  const { globalArgs } = new OciRuntime({ ...options, options: flags });
  const text = gvisorWrapper({ runsc: options.path, globalArgs, containers });
  return new GvisorRuntime({ ...options, options: flags, path: await writeWrapper(text) });
};
