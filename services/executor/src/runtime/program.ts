import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { SlipwayError } from '@slipway/errors';
import { type ExitStatus, killGroup, signal as sendSignal, spawnAsStarted, waitChild } from '@slipway/linux';
import { type Deadline, noDeadline, timeLeft } from '@slipway/time';

export interface ProgramRequest {
  /** Absolute path of the program, which is also its argv[0] and its name in errors. */
  path: string;
  /** The file to execute in its place, see ReadOnlyProgram. */
  file?: string | undefined;
  args: readonly string[];
  /** Default: only PATH. */
  env?: Record<string, string> | undefined;
  /** See spawnAsStarted. */
  oomScoreAdj?: number | undefined;
  /** The program's descriptors, by ours, which stay the caller's; see posixSpawn. */
  fds: Readonly<Record<number, number>>;
  /** Milliseconds since the epoch, or Infinity; then the program's whole session is killed. */
  deadline: Deadline;
  signal?: AbortSignal | undefined;
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
  /** Ends a program that has not begun its work by then, for example a runtime that waits for a file of a container. */
  begins?: { ms: number; has: () => boolean } | undefined;
}

/** Why a program was killed. */
export type Killed = 'DEADLINE' | 'CANCELLED' | 'STUCK';

export interface RunningProgram {
  /** How it ended: 128 + n after signal n. Throws what `onKill` and `follow` throw, after the end. */
  readonly ended: Promise<{ code: number; killed?: Killed | undefined }>;
}

/** Pids of ours that somebody waits for. */
const awaited = new Set<number>();

/** Whether a child of this process is a program that is seen to here, and not one that a program left behind. */
export function isAwaited(pid: number): boolean {
  return awaited.has(pid);
}

/** Programs that may have left a process to us which is not awaited yet. */
const following = new Set<number>();

/** Whether a child that nobody waits for may be one whose code somebody is about to ask for. */
export function followsPending(): boolean {
  return following.size > 0;
}

/** How long a program whose children were killed has to reap them and end. */
const reapMs = 250;
/** setTimeout's limit. */
const maxTimerMs = 0x7fffffff;

/** Starts a program in a session of its own and sees to its end. Throws RUNTIME_FAILED where it cannot be run, CANCELLED. */
export function startProgram(request: ProgramRequest): RunningProgram {
  if (request.signal?.aborted)
    throw new SlipwayError('CANCELLED', `${request.path} was not run: the call was cancelled`);
  let pid: number;
  try {
    const { fds, oomScoreAdj } = request;
    const argv = [request.path, ...request.args];
    const env = request.env ?? { PATH: process.env['PATH'] ?? '' };
    pid = spawnAsStarted({ path: request.file ?? request.path, argv, env, fds, group: 'session' }, oomScoreAdj);
  } catch (cause) {
    throw new SlipwayError('RUNTIME_FAILED', `${request.path} cannot be run: ${(cause as Error).message}`, { cause });
  }
  return { ended: supervise(pid, request) };
}

async function supervise(pid: number, request: ProgramRequest): Promise<Awaited<RunningProgram['ended']>> {
  let killed: Killed | undefined;
  let killing: Promise<void> | undefined;
  // Nothing to signal once a pid is reaped: it may be somebody else's.
  let killRunning: (() => void) | undefined = () => killGroup(pid, 'SIGKILL');
  const kill = (why: Killed): void => {
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
  const ms = Math.min(timeLeft(request.deadline), maxTimerMs);
  const timer = request.deadline === noDeadline ? undefined : setTimeout(() => kill('DEADLINE'), ms);
  const { begins } = request;
  const beginning = begins && setTimeout(() => void (begins.has() || kill('STUCK')), begins.ms);
  let status: ExitStatus;
  if (request.follow) following.add(pid);
  try {
    status = await awaitChild(pid);
    killRunning = undefined;
    clearTimeout(beginning);
    if (request.follow && status.code === 0) {
      const next = await request.follow();
      killRunning = () => sendSignal(next, 'SIGKILL');
      if (killed !== undefined) killRunning();
      const ended = awaitChild(next);
      following.delete(pid);
      status = await ended;
    }
  } finally {
    following.delete(pid);
    killRunning = undefined;
    clearTimeout(timer);
    clearTimeout(beginning);
    request.signal?.removeEventListener('abort', onAbort);
  }
  await killing;
  return { code: exitCode(status), killed };
}

async function awaitChild(pid: number): Promise<ExitStatus> {
  awaited.add(pid);
  try {
    return await waitChild(pid);
  } finally {
    awaited.delete(pid);
  }
}

/** The error of a program that did not end by itself. */
export function killedError(
  killed: Killed,
  { path, args, begins }: Pick<ProgramRequest, 'path' | 'args' | 'begins'>,
): SlipwayError {
  const call = `${path} ${args.find((word) => !word.startsWith('-')) ?? ''}`;
  if (killed === 'STUCK') {
    return new SlipwayError('RUNTIME_FAILED', `${call} did not start the command within ${begins?.ms ?? 0} ms`, {
      hint: 'the runtime waited for something in the container, for example a FIFO in the place of a file that it reads',
    });
  }
  return new SlipwayError(killed, `${call} ${killed === 'DEADLINE' ? 'did not end in time' : 'was cancelled'}`);
}

function exitCode(status: ExitStatus): number {
  if (status.code !== null) return status.code;
  return 128 + (status.signal === null ? 0 : (constants.signals[status.signal] ?? 0));
}
