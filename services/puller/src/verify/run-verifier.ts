import { spawn } from 'node:child_process';
import type { Logger } from '@slipway/telemetry';

export interface VerifierCall {
  readonly path: string;
  readonly args: readonly string[];
  readonly stdin: string;
  /** Milliseconds from start to end. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly log: Logger;
}

export interface Verdict {
  readonly exitCode: number;
  /** Standard output without the space around it, cut at 32 KiB. */
  readonly reason: string;
  /** Why there is no verdict: it was not started, was ended by a signal, or took too long. */
  readonly fault?: string;
}

/** Kept bytes of either output (containerd pkg/imageverifier/bindir has the same limit). */
const outputBytes = 32 << 10;
/** How long output may still come after the program ended, ms: what it left behind can hold the pipe for ever. */
const drainMs = 500;

/** Runs one program in a process group of its own, which is killed whole when it ends, is late or is not waited for. */
export function runVerifier({ path, args, stdin, timeoutMs, signal, log }: VerifierCall): Promise<Verdict> {
  return new Promise((resolve) => {
    const child = spawn(path, args, { detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
    const [stdout, stderr] = [new Head(outputBytes), new Head(outputBytes)];
    let drain: NodeJS.Timeout | undefined;
    let late = false;
    const killGroup = (): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // The whole group is gone already.
      }
    };
    const timer = setTimeout(() => {
      late = true;
      killGroup();
    }, timeoutMs);
    signal.addEventListener('abort', killGroup, { once: true });
    if (signal.aborted) killGroup();
    const finish = (fault?: string): void => {
      clearTimeout(timer);
      clearTimeout(drain);
      signal.removeEventListener('abort', killGroup);
      child.stdout.destroy();
      child.stderr.destroy();
      if (stderr.text !== '') log.debug({ stderr: stderr.text }, 'verifier wrote to its standard error');
      resolve({ exitCode: child.exitCode ?? -1, reason: stdout.text, ...(fault === undefined ? {} : { fault }) });
    };
    const ended = (): void => {
      if (late) finish(`did not answer within ${timeoutMs} ms and was killed`);
      else if (child.exitCode === null) finish(`was ended by ${child.signalCode ?? 'a signal'}`);
      else finish();
    };
    child.stdout.on('data', (chunk: Buffer) => stdout.add(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.add(chunk));
    // A program need not read the descriptor: EPIPE is no failure, its exit code tells.
    child.stdin.on('error', () => undefined);
    child.once('error', (error) => finish(`could not be started: ${error.message}`));
    child.once('exit', () => {
      killGroup();
      drain = setTimeout(ended, drainMs);
    });
    child.once('close', ended);
    child.stdin.end(stdin);
  });
}

/** The beginning of a stream; the rest is read and dropped, so that nobody waits for a full pipe. */
class Head {
  readonly #chunks: Buffer[] = [];
  #left: number;
  #cut = false;

  constructor(limit: number) {
    this.#left = limit;
  }

  add(chunk: Buffer): void {
    if (chunk.length > this.#left) this.#cut = true;
    const kept = chunk.subarray(0, this.#left);
    this.#left -= kept.length;
    if (kept.length > 0) this.#chunks.push(kept);
  }

  get text(): string {
    return Buffer.concat(this.#chunks).toString('utf8').trim() + (this.#cut ? ' (cut)' : '');
  }
}
