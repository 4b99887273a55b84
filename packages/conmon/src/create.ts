import { mkdirSync, readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { SlipwayError } from '@slipway/errors';
import { closeFd, killGroup, openPipe, spawnAsStarted, waitChild } from '@slipway/linux';
import { type Deadline, DeadlineTimer } from '@slipway/time';
import { type ConmonRequest, conmonArguments } from './arguments.js';
import { attachSocketPath } from './attach-socket.js';
import { runtimeHint, runtimeMessage } from './runtime-message.js';

export interface ConmonContainer {
  /** The container's init on the host; it waits for the runtime's `start`. */
  pid: number;
  conmonPid: number;
}

export interface CreateOptions {
  /** Milliseconds since the epoch; then conmon and the runtime are killed. */
  deadline: Deadline;
  signal?: AbortSignal | undefined;
  /** Environment of conmon and the runtime; default only PATH. */
  env?: Record<string, string> | undefined;
  /**
   * Moves conmon to its final cgroup, by its pid. It is called once conmon has forked away from the process that was
   * started, while the runtime works. The creation waits until it has ended.
   */
  place?: ((conmonPid: number) => Promise<void>) | undefined;
}

/** Enough for a runtime's error with its causes. In bytes. */
const maxText = 64 << 10;
const pipeBytes = 64 << 10;
const syncFd = 3;

/**
 * Starts conmon, which runs the runtime's `create` and stays as the container's parent. Answers when
 * the init process waits for `start`.
 *
 * conmon forks: the process that is started here ends early, and news come over the sync pipe
 * (`_OCI_SYNCPIPE`) as one line of JSON, {"pid": N} or {"pid": -1, "message": …}.
 *
 * Throws RUNTIME_FAILED with the runtime's own message, DEADLINE or CANCELLED. After an error conmon
 * is gone, but the runtime may keep a half-made container: the caller deletes it.
 */
export async function createContainer(request: ConmonRequest, options: CreateOptions): Promise<ConmonContainer> {
  attachSocketPath(request.socketDir, request.id);
  options.signal?.throwIfAborted();
  const own = [request.exitDir, request.persistDir, request.socketDir, dirname(request.pidFile)];
  for (const directory of own) mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (request.logPath !== '') mkdirSync(dirname(request.logPath), { recursive: true });

  const object = `container ${request.id}`;
  const { pid: child, left, stderr, answer } = start(request, options.env ?? {}, object);
  const placed = left.then(async () => await options.place?.(readPid(request.conmonPidFile)));
  // Awaited below, where there is a container.
  placed.catch(() => undefined);
  let timer: DeadlineTimer | undefined;
  let onAbort: (() => void) | undefined;
  try {
    const { pid, message } = await new Promise<SyncAnswer>((resolve, reject) => {
      timer = new DeadlineTimer(options.deadline, () =>
        reject(new SlipwayError('DEADLINE', 'the OCI runtime did not create the container in time', { object })),
      );
      onAbort = () => reject(new SlipwayError('CANCELLED', 'the creation was cancelled', { object }));
      options.signal?.addEventListener('abort', onAbort, { once: true });
      answer.first
        .then(async (first) => {
          if (first.pid > 0) await placed;
          return first;
        })
        .then(resolve, reject);
    });
    if (!(pid > 0)) {
      const text = runtimeMessage(message) || runtimeMessage(stderr.text) || 'conmon ended without saying why';
      throw new SlipwayError('RUNTIME_FAILED', text, { object, hint: runtimeHint(text) });
    }
    return { pid, conmonPid: readPid(request.conmonPidFile) };
  } catch (error) {
    // The process that was started, and the conmon that it left behind with the runtime: both lead groups of their own.
    for (const group of [child, readPid(request.conmonPidFile)]) if (group > 1) killGroup(group, 'SIGKILL');
    throw error;
  } finally {
    timer?.[Symbol.dispose]();
    if (onAbort) options.signal?.removeEventListener('abort', onAbort);
    stderr.socket.destroy();
    answer.socket.destroy();
  }
}

interface Started {
  pid: number;
  /** Resolves when the process that was started has ended: conmon goes on without it, and its pid file is written. */
  left: Promise<void>;
  stderr: { socket: Socket; readonly text: string };
  answer: { socket: Socket; first: Promise<SyncAnswer> };
}

function start(request: ConmonRequest, env: Record<string, string>, object: string): Started {
  const pipes = { stderr: openPipe(pipeBytes), sync: openPipe(pipeBytes) };
  let pid: number;
  try {
    // conmon lowers its own oom_score_adj, and gives the runtime the one with which it was started.
    pid = spawnAsStarted({
      path: request.conmon,
      argv: [request.conmon, ...conmonArguments(request)],
      env: { PATH: process.env['PATH'] ?? '', ...env, _OCI_SYNCPIPE: String(syncFd) },
      fds: { 2: pipes.stderr.write, [syncFd]: pipes.sync.write },
      // Some versions write their `oom` file into the working directory.
      cwd: request.persistDir,
      group: 'session',
    });
  } catch (cause) {
    for (const pipe of Object.values(pipes)) closeFd(pipe.read);
    const message = `${request.conmon} cannot be run: ${(cause as Error).message}`;
    throw new SlipwayError('RUNTIME_FAILED', message, { object, cause });
  } finally {
    for (const pipe of Object.values(pipes)) closeFd(pipe.write);
  }
  // The started process ends once it has forked, and has to be reaped.
  const left = waitChild(pid, { unref: true }).then(
    () => undefined,
    () => undefined,
  );
  const answer = new Socket({ fd: pipes.sync.read, readable: true, writable: false });
  return { pid, left, stderr: collect(pipes.stderr.read), answer: { socket: answer, first: readAnswer(answer) } };
}

function collect(fd: number): Started['stderr'] {
  const socket = new Socket({ fd, readable: true, writable: false });
  const collected = { socket, text: '' };
  socket.on('error', () => undefined);
  socket.setEncoding('utf8').on('data', (text: string) => {
    if (collected.text.length < maxText) collected.text += text;
  });
  return collected;
}

interface SyncAnswer {
  pid: number;
  message: string;
}

/** The pipe's first line; an end without one means that conmon died. */
function readAnswer(pipe: Readable): Promise<SyncAnswer> {
  return new Promise((resolve) => {
    let text = '';
    let done = false;
    const settle = (answer: SyncAnswer): void => {
      done = true;
      resolve(answer);
    };
    pipe.setEncoding('utf8').on('data', (chunk: string) => {
      if (text.length < maxText) text += chunk;
      if (done || !text.includes('\n')) return;
      settle(parseAnswer(text));
    });
    const onEnd = (): void => {
      if (!done) settle(parseAnswer(text));
    };
    pipe.once('end', onEnd).once('error', onEnd).once('close', onEnd);
  });
}

function parseAnswer(text: string): SyncAnswer {
  try {
    // `data` is what newer API versions call the pid.
    const answer = JSON.parse(text.split('\n')[0] ?? '') as { pid?: number; data?: number; message?: string };
    return { pid: answer.pid ?? answer.data ?? -1, message: answer.message ?? '' };
  } catch {
    return { pid: -1, message: text };
  }
}

/** 0 while there is none. */
function readPid(file: string): number {
  try {
    return Number(readFileSync(file, 'utf8').trim());
  } catch {
    return 0;
  }
}
