import { closeSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type PluginOutput, type PluginRequest, spawnPlugin } from '@slipway/cni';
import { closeFd, killGroup, openPipe, posixSpawn, waitChild } from '@slipway/linux';
import { DeadlineTimer } from '@slipway/time';

/** Bytes that any pipe holds, also past the user's share of pipe buffers (pipe(7)): they can be written before the plugin runs. */
const maxStdin = 4096;
const pipeBytes = 64 << 10;
/** No CNI result is near this size. In bytes. */
const maxOutput = 1 << 20;
/** How long output may still come after the exit, in ms: a daemon can hold the pipe for ever. */
const drainMs = 500;

/**
 * Runs a CNI plugin by posix_spawn, whose cost does not grow with this process as that of Node's own spawn does. As
 * there the plugin has a process group of its own, which dies at the deadline.
 */
export async function runPlugin(request: PluginRequest): Promise<PluginOutput> {
  const { path, env, stdin, deadline, signal } = request;
  if (signal?.aborted) return { exitCode: -1, stdout: '', stderr: '', killed: 'cancelled' };
  if (Buffer.byteLength(stdin) > maxStdin) return await spawnPlugin(request);
  const { pid, output } = start(path, env, stdin);
  let killed: PluginOutput['killed'];
  let ended = false;
  const kill = (why: NonNullable<PluginOutput['killed']>): void => {
    // A pid that was reaped may be another's.
    if (ended) return;
    killed ??= why;
    killGroup(pid, 'SIGKILL');
  };
  const [stdout, stderr] = output.map((fd) => collect(fd, () => kill('output'))) as [Collected, Collected];
  const cancel = (): void => kill('cancelled');
  signal?.addEventListener('abort', cancel, { once: true });
  const timer = new DeadlineTimer(deadline, () => kill('deadline'));
  try {
    const { code } = await waitChild(pid);
    ended = true;
    await Promise.race([Promise.all([stdout.closed, stderr.closed]), sleep(drainMs, undefined, { ref: false })]);
    return { exitCode: code ?? -1, stdout: stdout.text(), stderr: stderr.text(), killed };
  } finally {
    ended = true;
    timer[Symbol.dispose]();
    signal?.removeEventListener('abort', cancel);
    stdout.stop();
    stderr.stop();
  }
}

function start(path: string, env: Record<string, string>, stdin: string): { pid: number; output: [number, number] } {
  const pipes = { in: openPipe(maxStdin), out: openPipe(pipeBytes), err: openPipe(pipeBytes) };
  try {
    // Before the plugin lives: a reader that ended would be a signal to this process.
    writeSync(pipes.in.write, stdin);
    const fds = { 0: pipes.in.read, 1: pipes.out.write, 2: pipes.err.write };
    const pid = posixSpawn({ path, argv: [path], env, fds, group: 'group' });
    return { pid, output: [pipes.out.read, pipes.err.read] };
  } catch (error) {
    closeFd(pipes.out.read);
    closeFd(pipes.err.read);
    throw error;
  } finally {
    closeSync(pipes.in.write);
    for (const fd of [pipes.in.read, pipes.out.write, pipes.err.write]) closeFd(fd);
  }
}

interface Collected {
  closed: Promise<void>;
  text(): string;
  stop(): void;
}

function collect(fd: number, onTooMuch: () => void): Collected {
  const socket = new Socket({ fd, readable: true, writable: false });
  const chunks: Buffer[] = [];
  let size = 0;
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > maxOutput) onTooMuch();
    else chunks.push(chunk);
  });
  return {
    closed: new Promise((resolve) => socket.once('close', () => resolve())),
    text: () => Buffer.concat(chunks).toString('utf8'),
    stop: () => socket.destroy(),
  };
}
