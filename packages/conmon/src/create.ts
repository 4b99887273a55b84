import { spawn } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { SlipwayError } from '@slipway/errors';
import { killGroup } from '@slipway/linux';
import { type ConmonRequest, conmonArguments } from './arguments.js';
import { attachSocketPath } from './attach-socket.js';
import { runtimeMessage } from './runtime-message.js';

export interface ConmonContainer {
  /** The container's init on the host; it waits for the runtime's `start`. */
  pid: number;
  conmonPid: number;
}

export interface CreateOptions {
  /** Milliseconds since the epoch; then conmon and the runtime are killed. */
  deadline: number;
  signal?: AbortSignal | undefined;
  /** Of conmon and the runtime; default PATH alone. */
  env?: Record<string, string> | undefined;
}

/** Enough for a runtime's error with its causes. In bytes. */
const maxText = 64 << 10;
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
  const directories = [request.exitDir, request.persistDir, request.socketDir, dirname(request.pidFile)];
  if (request.logPath !== '') directories.push(dirname(request.logPath));
  await Promise.all(directories.map((directory) => mkdir(directory, { recursive: true })));

  const object = `container ${request.id}`;
  const child = spawn(request.conmon, conmonArguments(request), {
    detached: true,
    // Some versions write their `oom` file into the working directory.
    cwd: request.persistDir,
    env: { PATH: process.env['PATH'] ?? '', ...options.env, _OCI_SYNCPIPE: String(syncFd) },
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  const stderrPipe = child.stderr as Readable;
  const syncPipe = child.stdio[syncFd] as Readable;
  let stderr = '';
  stderrPipe.setEncoding('utf8').on('data', (text: string) => {
    if (stderr.length < maxText) stderr += text;
  });

  let timer: NodeJS.Timeout | undefined;
  let onAbort: (() => void) | undefined;
  try {
    const answer = await new Promise<SyncAnswer>((resolve, reject) => {
      timer = setTimeout(
        () => reject(new SlipwayError('DEADLINE', 'the OCI runtime did not create the container in time', { object })),
        Math.max(0, options.deadline - Date.now()),
      );
      onAbort = () => reject(new SlipwayError('CANCELLED', 'the creation was cancelled', { object }));
      options.signal?.addEventListener('abort', onAbort, { once: true });
      child.once('error', (cause) =>
        reject(
          new SlipwayError('RUNTIME_FAILED', `${request.conmon} cannot be run: ${cause.message}`, { object, cause }),
        ),
      );
      readAnswer(syncPipe).then(resolve, reject);
    });
    if (!(answer.pid > 0)) {
      const text = runtimeMessage(answer.message) || runtimeMessage(stderr) || 'conmon ended without saying why';
      throw new SlipwayError('RUNTIME_FAILED', text, { object });
    }
    return { pid: answer.pid, conmonPid: await readPid(request.conmonPidFile) };
  } catch (error) {
    await killConmon(child.pid, request.conmonPidFile);
    throw error;
  } finally {
    clearTimeout(timer);
    if (onAbort) options.signal?.removeEventListener('abort', onAbort);
    stderrPipe.destroy();
    syncPipe.destroy();
  }
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

async function readPid(file: string): Promise<number> {
  return Number((await readFile(file, 'utf8')).trim());
}

/** The process that was started, and the conmon that it left behind with the runtime: both lead groups of their own. */
async function killConmon(child: number | undefined, conmonPidFile: string): Promise<void> {
  const conmon = await readPid(conmonPidFile).catch(() => 0);
  for (const group of [child ?? 0, conmon]) if (group > 1) killGroup(group, 'SIGKILL');
}
