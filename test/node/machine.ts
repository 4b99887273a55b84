import type { ChildProcess } from 'node:child_process';
import type { Duplex } from 'node:stream';

export interface MachineOptions {
  /** An image with the root file system; it is changed. */
  disk: string;
  /** A directory of the host that the guest can mount. */
  share: string;
  /** For the machine's own files. */
  work: string;
  /** The file for all that the kernel and the guest's console print. */
  console: string;
}

/** A running machine: processes of this one, with no network. */
export class Machine {
  /** How it ended; resolves when its first process has. */
  readonly ended: Promise<string>;

  constructor(
    /** Started with `detached`: all its processes are of its process group. */
    readonly child: ChildProcess,
    /** The other end of the guest's first serial line, /dev/ttyS0. */
    readonly serial: Duplex,
  ) {
    this.ended = new Promise((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) => resolve(signal ?? `exit ${code}`));
    });
  }

  /** Ends it as a loss of power would: nothing in the guest is asked. */
  async kill(): Promise<void> {
    this.killNow();
    await this.ended;
  }

  /** The same for a process that is about to end and cannot wait. */
  killNow(): void {
    const { pid, exitCode, signalCode } = this.child;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // It ended meanwhile.
    }
  }
}
