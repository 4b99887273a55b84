import { mkdirSync, readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerRecord } from '@slipway/contracts';
import { closeFd, ConsoleSocket, openPipe, openTerminal, setWindowSize } from '@slipway/linux';
import type { CommandStreams, TerminalSize } from '@slipway/streaming';
import { noDeadline } from '@slipway/time';
import { writeExecProcess } from '../container/exec-process.js';
import type { ExecScope } from '../container/exec-scope.js';
import { execFailed } from '../container/exec-sync.js';
import type { ExecutorContext } from '../context.js';
import { killedError, startProgram } from '../runtime/program.js';
import { feed } from './input.js';
import { Output } from './output.js';

/** Clients tell their size right after they open their streams: a command that asks immediately should see it. */
const firstSizeMs = 30;
/** More than a terminal holds between its two sides. */
const terminalBytes = 128 << 10;

/**
 * Runs a command on a new terminal of the container, whose master the runtime hands to us (`--console-socket`): there is
 * no second terminal and no copying in between. The runtime detaches and the command becomes our child.
 */
export async function execTerminal(
  context: ExecutorContext,
  record: ContainerRecord,
  command: readonly string[],
  scope: ExecScope,
  { stdin, stdout, resize, signal }: CommandStreams,
): Promise<number> {
  const { runtime } = context;
  const sizes = resize[Symbol.asyncIterator]();
  let next = sizes.next();
  const first = await Promise.race([next, sleep(firstSizeMs, undefined)]);
  if (first) next = sizes.next();
  const size = first?.done === false ? first.value : undefined;
  const { processFile, pidFile, innerPidFile, cgroupFlag: cgroup } = scope;
  const oomScoreAdj = writeExecProcess(record.bundle, command, processFile, { size });
  mkdirSync(dirname(scope.consoleSocket), { recursive: true, mode: 0o700 });
  const console = new ConsoleSocket(scope.consoleSocket);
  const words = openPipe(4096);
  const request = { command, pidFile, innerPidFile, processFile, cgroup };
  const args = runtime.execArguments(record.id, request, console.path);
  // The runtime's output is the reason of a failure; the command itself has its terminal.
  const said = new Output(new Socket({ fd: words.read, readable: true, writable: false }), {
    capacity: 4096,
    hold: () => true,
  });
  let writeEnd: number | undefined = words.write;
  const closeWords = (): void => {
    if (writeEnd !== undefined) closeFd(writeEnd);
    writeEnd = undefined;
  };
  let terminal: Terminal | undefined;
  try {
    const program = startProgram({
      path: runtime.path,
      ...runtime.launch,
      args,
      oomScoreAdj,
      fds: { 1: words.write, 2: words.write },
      deadline: noDeadline,
      signal,
      onKill: () => scope.kill(),
      begins: scope.begins,
      follow: () => {
        terminal = new Terminal(console.receive(), size);
        terminal.join(stdin, stdout);
        terminal.follow(sizes, next).catch(() => undefined);
        return Promise.resolve(Number(readFileSync(pidFile, 'utf8')));
      },
    });
    closeWords();
    const { code, killed } = await program.ended;
    if (killed !== undefined) throw killedError(killed, { path: runtime.path, args, begins: scope.begins });
    if (!terminal) {
      await said.settle();
      await runtime.reapFailedExec();
      throw execFailed(record, runtime.kind, code, said.held || (await lastWords(console)));
    }
    await terminal.output?.finish();
    return code;
  } catch (error) {
    // Ends a command that was started and could not be followed.
    if (!signal.aborted && scope.started()) await scope.kill();
    throw error;
  } finally {
    closeWords();
    console.close();
    terminal?.close();
    said.stop();
  }
}

/** The master of a command's terminal. */
class Terminal {
  readonly #fd: number;
  readonly #socket: Socket;
  output: Output | undefined;

  constructor(fd: number, size: TerminalSize | undefined) {
    this.#fd = fd;
    // For a runtime that does not know `consoleSize`.
    if (size) setWindowSize(fd, size);
    this.#socket = openTerminal(fd);
  }

  join(stdin: CommandStreams['stdin'], stdout: CommandStreams['stdout']): void {
    this.output = new Output(this.#socket, { capacity: terminalBytes, destination: stdout });
    // A terminal has no half-close: as with other runtimes, the end of stdin is nothing to the command.
    feed(stdin, this.#socket, { end: false });
  }

  async follow(
    sizes: AsyncIterator<TerminalSize, void>,
    first: Promise<IteratorResult<TerminalSize, void>>,
  ): Promise<void> {
    for (let now = await first; !now.done; now = await sizes.next()) {
      // A descriptor that is closed may be another file's by now.
      if (this.#socket.destroyed) return;
      setWindowSize(this.#fd, now.value);
    }
  }

  /** The runtime's output before it ended. */
  async lastWords(): Promise<string> {
    const output = new Output(this.#socket, { capacity: terminalBytes, hold: () => true });
    await output.settle();
    return output.held;
  }

  close(): void {
    this.#socket.destroy();
  }
}

/** crun and runsc find out late that there is no such command, and tell it to the new terminal. */
async function lastWords(console: ConsoleSocket): Promise<string> {
  let terminal: Terminal;
  try {
    terminal = new Terminal(console.receive(), undefined);
  } catch {
    return '';
  }
  try {
    return await terminal.lastWords();
  } finally {
    terminal.close();
  }
}
