import { childrenOf, parseStat, reapChild } from '@slipway/linux';
import { type Limits, OciRuntime } from '../runtime/oci-runtime.js';

/** How runsc's own processes are called by the kernel: they run /proc/self/exe. */
const ownName = 'exe';
const reapMs = 10;

/** runsc, whose `delete` waits until the pids of the sandbox and of its file servers are free. */
export class GvisorRuntime extends OciRuntime {
  /**
   * As OciRuntime's. When conmon ends before a file server, that one becomes this process's child (a subreaper), and
   * as a zombie it would hold its pid, and `delete` would fail after five seconds.
   */
  override async delete(id: string, options: Limits & { force?: boolean }): Promise<void> {
    const timer = setInterval(reapOwn, reapMs);
    try {
      await super.delete(id, options);
    } finally {
      clearInterval(timer);
      reapOwn();
    }
  }
}

function reapOwn(): void {
  for (const pid of childrenOf(process.pid)) {
    const stat = parseStat(pid);
    if (stat?.state === 'Z' && stat.comm === ownName) reapChild(pid);
  }
}
