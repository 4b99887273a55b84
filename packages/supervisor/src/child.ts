import { type ChildProcess, spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import {
  closeFd,
  type FilteredSpawner,
  hasCode,
  openPipe,
  setInherited,
  signal,
  socketPair,
  waitChild,
} from '@slipway/linux';
import type { ServiceMessage, SupervisorMessage } from '@slipway/service';
import { MessageLines } from './message-lines.js';

/** Where the descriptors begin that a child gets besides its standard ones and its channel. */
const firstSocket = 4;
const channelFd = 3;
/** Bytes of a pipe that takes the output of a child. */
const outputBytes = 65_536;

export interface SpawnParts {
  command: string;
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  /** It speaks with the supervisor, as packages/service does. */
  channel: boolean;
  /** Its output is read here. Else it writes to the supervisor's own stderr. */
  output: boolean;
  /** Listening sockets, which it has from descriptor 4 on. */
  sockets: readonly number[];
}

/** State by which the next supervisor in this process goes on with a child: see hand-over.ts. */
export interface ChildRemains {
  pid: number;
  /** The supervisor's end of the channel, what was read of a message that has not ended, and the next number of a command. */
  channel?: { fd: number; rest: string; next: number };
  /** The pipes that hold its output. */
  output: number[];
}

/**
 * A child process of the supervisor: one that it has started, or one that the supervisor before it in the same process
 * (the same pid) had. Its channel is a socket whose descriptor is known here, so that it can be kept over execve(2);
 * the child takes it for the IPC channel that Node makes for a child (a line of JSON for each message).
 */
export class Child {
  /** A signal's name, `exit <code>`, or why it could not be started. */
  readonly ended: Promise<string>;
  running = true;
  readonly #channel: { fd: number; socket: Socket; lines: MessageLines } | undefined;
  readonly #output: { fd: number; socket: Socket }[];

  private constructor(
    readonly pid: number | undefined,
    ended: Promise<string>,
    channel: { fd: number; rest: string } | undefined,
    output: readonly number[],
  ) {
    this.#output = output.map((fd) => ({ fd, socket: open(fd, false) }));
    // Children of the child may hold its end for longer than the child lives.
    for (const { socket } of this.#output) socket.unref();
    if (channel) {
      this.#channel = { fd: channel.fd, socket: open(channel.fd, true), lines: new MessageLines(channel.rest) };
    }
    this.ended = ended.finally(() => {
      this.running = false;
      this.#channel?.socket.destroy();
    });
  }

  /**
   * As `start`, for a program of another make: it has no channel and no sockets, and begins under a filter of system calls.
   * @param command absolute
   */
  static async startFiltered(
    { command, args, env, output }: Pick<SpawnParts, 'command' | 'args' | 'env' | 'output'>,
    spawner: FilteredSpawner,
  ): Promise<Child> {
    const pipes = output ? [openPipe(outputBytes), openPipe(outputBytes)] : [];
    const [out = 1, err = 2] = pipes.map(({ write }) => write);
    let pid: number;
    try {
      const words = Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
      pid = await spawner.spawn({
        path: command,
        argv: [command, ...args],
        env: Object.fromEntries(words) as Record<string, string>,
        fds: { 1: out, 2: err },
        group: 'session',
      });
    } catch (error) {
      for (const { read } of pipes) closeFd(read);
      return new Child(undefined, Promise.resolve(String(error)), undefined, []);
    } finally {
      for (const { write } of pipes) closeFd(write);
    }
    const reads = pipes.map(({ read }) => read);
    return new Child(pid, endOf(pid), undefined, reads);
  }

  static start({ command, args, env, channel, output, sockets }: SpawnParts): Child {
    const pair = channel ? socketPair() : undefined;
    const pipes = output ? [openPipe(outputBytes), openPipe(outputBytes)] : [];
    const [out, err] = output ? pipes.map(({ write }) => write) : (['inherit', 'inherit'] as const);
    let child: ChildProcess;
    try {
      child = spawn(command, args, {
        stdio: ['ignore', out ?? 'inherit', err ?? 'inherit', pair?.[1] ?? 'ignore', ...sockets],
        detached: true,
        env: { ...env, ...(pair ? { NODE_CHANNEL_FD: String(channelFd) } : {}) },
      });
    } finally {
      if (pair) closeFd(pair[1]);
      for (const { write } of pipes) closeFd(write);
    }
    const ended = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, name) => resolve(name ?? `exit ${code}`));
    });
    return new Child(
      child.pid,
      ended,
      pair && { fd: pair[0], rest: '' },
      pipes.map(({ read }) => read),
    );
  }

  /** Goes on with a child that the supervisor before in this process had. */
  static adopt({ pid, channel, output }: ChildRemains): Child {
    for (const fd of [...(channel ? [channel.fd] : []), ...output]) setInherited(fd, false);
    return new Child(pid, endOf(pid), channel, output);
  }

  /** The number in the environment of a child under which it finds a socket. */
  static socketFd(index: number): number {
    return firstSocket + index;
  }

  get speaks(): boolean {
    return this.#channel !== undefined;
  }

  /** Calls back with each message of the child. */
  listen(message: (message: ServiceMessage) => void): void {
    const { socket, lines } = this.#channel ?? {};
    socket?.on('data', (bytes: Buffer) => {
      for (const one of lines?.take(bytes) ?? []) message(one as ServiceMessage);
    });
  }

  /** Sends a message; `failed` is called when it cannot arrive. */
  send(message: SupervisorMessage, failed: (error: Error) => void): void {
    const socket = this.#channel?.socket;
    if (!socket || socket.destroyed) return failed(new Error('the channel is closed'));
    socket.write(`${JSON.stringify(message)}\n`, (error) => {
      if (error) failed(error);
    });
  }

  /** Calls back with each line of its output. */
  lines(line: (text: string) => void): void {
    for (const { socket } of this.#output) createInterface({ input: socket }).on('line', line);
  }

  /** A child that has ended is success. */
  kill(name: NodeJS.Signals): void {
    if (this.pid !== undefined && this.running) signal(this.pid, name);
  }

  /**
   * Stops reading, and returns the state that the next supervisor in this process needs. `next`: the next number of a command.
   * line of output that has not ended what was read so far is lost.
   */
  handOver(next: number): ChildRemains {
    const { pid } = this;
    if (pid === undefined) throw new Error('it does not run');
    const output = this.#output.map(({ fd, socket }) => {
      socket.pause();
      return fd;
    });
    if (!this.#channel) return { pid, output };
    const { fd, socket, lines } = this.#channel;
    socket.pause();
    return { pid, output, channel: { fd, rest: lines.rest, next } };
  }

  /** Reads on, where the hand-over failed. */
  resume(): void {
    for (const { socket } of this.#output) socket.resume();
    this.#channel?.socket.resume();
  }
}

/** How a child ended that Node did not start. */
function endOf(pid: number): Promise<string> {
  return waitChild(pid).then(
    ({ code, signal: name }) => name ?? `exit ${code}`,
    // The launcher is a shell, and reaps what ends while it runs.
    (error: unknown) => (hasCode(error, 'ECHILD') ? 'an unknown status' : String(error)),
  );
}

/** A descriptor as a stream that owns it. */
function open(fd: number, writable: boolean): Socket {
  const socket = new Socket({ fd, readable: true, writable });
  // Its end is the child's, which is noticed by its exit.
  socket.on('error', () => undefined);
  return socket;
}
