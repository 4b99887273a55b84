import { Socket } from 'node:net';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { SlipwayError } from '@slipway/errors';
import {
  closeFd,
  type ExitStatus,
  killGroup,
  openPipe,
  posixSpawn,
  signal as sendSignal,
  waitChild,
} from '@slipway/linux';
import { constants } from 'node:os';

export interface CommandRequest {
  /** Absolute path of the program. */
  path: string;
  args: readonly string[];
  /** Default PATH alone. */
  env?: Record<string, string> | undefined;
  /** Milliseconds since the epoch; then the program's whole session is killed. */
  deadline: number;
  signal?: AbortSignal | undefined;
  /** Bytes kept of each stream; what is over is read and dropped. Default 1 MiB. */
  maxOutput?: number | undefined;
  /**
   * Kills what the program started. It runs first and the program a little later: a program that lives reaps what it
   * started, while an orphan would stay a zombie until somebody else does.
   */
  onKill?: (() => Promise<void>) | undefined;
  /**
   * Asked when the program has ended with 0: the pid of a process that it started and left to us, whose end and
   * code count then. Needs this process to be a subreaper.
   */
  follow?: (() => Promise<number>) | undefined;
}

export interface CommandResult {
  /** 128 + n after signal n. */
  code: number;
  stdout: Buffer;
  stderr: Buffer;
}

const pipeBytes = 64 << 10;
/** After the exit: how long a silent pipe that somebody still holds is listened to, and any pipe at most. */
const silenceMs = 30;
const drainMs = 1000;
/** How long a program whose children were killed has to reap them and end. */
const reapMs = 250;

/**
 * Runs a program without input and collects its output. Answers at the program's exit and a bounded drain:
 * children that it left behind with its pipes do not hold it up.
 *
 * Throws DEADLINE or CANCELLED after the program was killed, and RUNTIME_FAILED where it cannot be run.
 */
export async function runCommand(request: CommandRequest): Promise<CommandResult> {
  if (request.signal?.aborted)
    throw new SlipwayError('CANCELLED', `${request.path} was not run: the call was cancelled`);
  const { pid, stdout, stderr } = start(request);
  let killed: 'DEADLINE' | 'CANCELLED' | undefined;
  let killing: Promise<void> | undefined;
  // Nothing to signal once a pid is reaped: it may be somebody else's.
  let killRunning: (() => void) | undefined = () => killGroup(pid, 'SIGKILL');
  const kill = (why: 'DEADLINE' | 'CANCELLED'): void => {
    if (killed !== undefined) return;
    killed = why;
    if (!request.onKill) {
      killRunning?.();
      return;
    }
    killing = request.onKill();
    // Awaited below; until then nobody else would hear of a failure.
    killing
      .catch(() => undefined)
      .then(() => sleep(reapMs))
      .then(() => killRunning?.())
      .catch(() => undefined);
  };
  const onAbort = (): void => kill('CANCELLED');
  request.signal?.addEventListener('abort', onAbort, { once: true });
  // setTimeout's limit is 2^31 - 1 ms.
  const timer = setTimeout(() => kill('DEADLINE'), Math.min(Math.max(0, request.deadline - Date.now()), 0x7fffffff));
  let status: ExitStatus;
  try {
    status = await waitChild(pid);
    killRunning = undefined;
    if (request.follow && status.code === 0) {
      const next = await request.follow();
      killRunning = () => sendSignal(next, 'SIGKILL');
      if (killed !== undefined) killRunning();
      status = await waitChild(next);
    }
  } finally {
    killRunning = undefined;
    clearTimeout(timer);
    request.signal?.removeEventListener('abort', onAbort);
  }
  await killing;
  await drain([stdout, stderr]);
  if (killed !== undefined) {
    const why = killed === 'DEADLINE' ? 'did not end in time' : 'was cancelled';
    throw new SlipwayError(
      killed,
      `${request.path} ${request.args.find((word) => !word.startsWith('-')) ?? ''} ${why}`,
    );
  }
  return { code: exitCode(status), stdout: stdout.bytes(), stderr: stderr.bytes() };
}

function start(request: CommandRequest): { pid: number; stdout: Collector; stderr: Collector } {
  const pipes = [openPipe(pipeBytes), openPipe(pipeBytes)] as const;
  try {
    const pid = posixSpawn({
      path: request.path,
      argv: [request.path, ...request.args],
      env: request.env ?? { PATH: process.env['PATH'] ?? '' },
      fds: { 1: pipes[0].write, 2: pipes[1].write },
      group: 'session',
    });
    const max = request.maxOutput ?? 1 << 20;
    return { pid, stdout: new Collector(pipes[0].read, max), stderr: new Collector(pipes[1].read, max) };
  } catch (cause) {
    for (const pipe of pipes) closeFd(pipe.read);
    throw new SlipwayError('RUNTIME_FAILED', `${request.path} cannot be run: ${(cause as Error).message}`, { cause });
  } finally {
    for (const pipe of pipes) closeFd(pipe.write);
  }
}

function exitCode(status: ExitStatus): number {
  if (status.code !== null) return status.code;
  return 128 + (status.signal === null ? 0 : (constants.signals[status.signal] ?? 0));
}

/** Reads a pipe to its end and keeps its first bytes. */
class Collector {
  readonly #chunks: Buffer[] = [];
  readonly #socket: Socket;
  readonly closed: Promise<void>;
  #kept = 0;
  /** Bytes read, kept or not. */
  seen = 0;

  constructor(fd: number, max: number) {
    this.#socket = new Socket({ fd, readable: true, writable: false });
    this.closed = new Promise((resolve) => this.#socket.once('close', () => resolve()));
    this.#socket.on('error', () => undefined);
    this.#socket.on('data', (chunk: Buffer) => {
      this.seen += chunk.length;
      const room = max - this.#kept;
      if (room <= 0) return;
      const kept = chunk.subarray(0, room);
      this.#chunks.push(kept);
      this.#kept += kept.length;
    });
  }

  bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  stop(): void {
    this.#socket.destroy();
  }
}

async function drain(collectors: readonly Collector[]): Promise<void> {
  const closed = Promise.all(collectors.map((collector) => collector.closed)).then(() => true);
  const seen = (): number => collectors.reduce((sum, collector) => sum + collector.seen, 0);
  const end = performance.now() + drainMs;
  const timers = new AbortController();
  const silence = (): Promise<boolean> => sleep(silenceMs, false, { signal: timers.signal }).catch(() => true);
  for (let before = -1; before !== seen() && performance.now() < end; ) {
    before = seen();
    if (await Promise.race([closed, silence()])) break;
    // Where the event loop was busy, data that is there already gets its turn before the count.
    await turn();
    await turn();
  }
  timers.abort();
  for (const collector of collectors) collector.stop();
}
