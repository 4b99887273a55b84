import { type ChildProcess, fork } from 'node:child_process';
import { SlipwayError } from '@slipway/errors';
import type { UnpackedArchive } from './unpack-archive.js';
import type { UnpackJob, UnpackReply } from './unpack-protocol.js';

export interface RunningJob {
  readonly onProgress: (archiveBytes: number, entries: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** One unpack process, with one job at a time. */
export class UnpackProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<string>;
  #alive = true;
  #errors = '';

  constructor(workerPath: string) {
    this.#child = fork(workerPath, [], {
      // Nothing of the parent's own flags (inspector, loaders); a small young generation keeps it small.
      execArgv: ['--max-semi-space-size=2', '--optimize-for-size'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child.stderr?.on('data', (data: Buffer) => {
      this.#errors = (this.#errors + data.toString('utf8')).slice(-2000);
    });
    this.#ended = new Promise((resolve) => {
      this.#child.once('error', (error) => resolve(error.message));
      this.#child.once('exit', (code, signal) => resolve(signal ? `killed by ${signal}` : `exit ${code}`));
    });
    this.#ended.then(
      () => {
        this.#alive = false;
      },
      () => undefined,
    );
    this.#hold(false);
  }

  get alive(): boolean {
    return this.#alive && this.#child.connected;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /**
   * Unpacks one layer. When the signal comes, the process is killed, and the promise rejects
   * once it is gone: nothing writes to the directory any more.
   */
  async run(job: UnpackJob, { onProgress, signal }: RunningJob): Promise<UnpackedArchive> {
    this.#hold(true);
    const child = this.#child;
    const kill = (): void => void child.kill('SIGKILL');
    let onMessage: ((reply: UnpackReply) => void) | undefined;
    try {
      signal?.throwIfAborted();
      signal?.addEventListener('abort', kill, { once: true });
      const replied = new Promise<UnpackedArchive>((resolve, reject) => {
        onMessage = (reply) => {
          if (reply.kind === 'progress') onProgress(reply.archiveBytes, reply.entries);
          else if (reply.kind === 'done') resolve(reply.result);
          else reject(new SlipwayError(reply.code, reply.message, { hint: reply.hint }));
        };
        child.on('message', onMessage);
        child.send(job, (error) => {
          if (error) reject(new SlipwayError('INTERNAL', `cannot reach the unpack process: ${error.message}`));
        });
      });
      const crashed = this.#ended.then((how): never => {
        const said = this.#errors.trim();
        throw new SlipwayError('INTERNAL', `the unpack process ended: ${how}${said ? `: ${said}` : ''}`, {
          hint: 'look for the kernel ending processes for want of memory (dmesg); the pull can be repeated',
        });
      });
      return await Promise.race([replied, crashed]);
    } catch (error) {
      if (signal?.aborted) {
        kill();
        await this.#ended;
        throw new SlipwayError('CANCELLED', 'unpacking was cancelled', { cause: signal.reason });
      }
      throw error;
    } finally {
      signal?.removeEventListener('abort', kill);
      if (onMessage) child.off('message', onMessage);
      this.#hold(false);
    }
  }

  /** Ends the process; resolves when it is gone. */
  async close(): Promise<void> {
    if (this.#alive) {
      this.#hold(true);
      this.#child.kill('SIGKILL');
    }
    await this.#ended;
  }

  /** An idle process does not keep its parent alive. */
  #hold(hold: boolean): void {
    const parts = [this.#child, this.#child.channel, this.#child.stderr] as ({ ref?(): void; unref?(): void } | null)[];
    for (const part of parts) {
      if (hold) part?.ref?.();
      else part?.unref?.();
    }
  }
}
