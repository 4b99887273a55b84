import { Socket } from 'node:net';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { closeFd, openPipe } from '@slipway/linux';
import { killedError, type ProgramRequest, type RunningProgram, startProgram } from './program.js';

export interface CommandRequest extends Omit<ProgramRequest, 'fds'> {
  /** Bytes kept of each stream; what is over is read and dropped. Default 1 MiB. */
  maxOutput?: number | undefined;
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

/**
 * Runs a program without input and collects its output. Answers at the program's exit and a bounded drain:
 * children that it left behind with its pipes do not hold it up.
 *
 * Throws DEADLINE or CANCELLED after the program was killed, and RUNTIME_FAILED where it cannot be run.
 */
export async function runCommand(request: CommandRequest): Promise<CommandResult> {
  const { program, stdout, stderr } = start(request);
  const end = await program.ended.catch((error: unknown) => {
    for (const collector of [stdout, stderr]) collector.stop();
    throw error;
  });
  await drain([stdout, stderr]);
  if (end.killed !== undefined) throw killedError(end.killed, request);
  return { code: end.code, stdout: stdout.bytes(), stderr: stderr.bytes() };
}

function start(request: CommandRequest): { program: RunningProgram; stdout: Collector; stderr: Collector } {
  const pipes = [openPipe(pipeBytes), openPipe(pipeBytes)] as const;
  try {
    const program = startProgram({ ...request, fds: { 1: pipes[0].write, 2: pipes[1].write } });
    const max = request.maxOutput ?? 1 << 20;
    return { program, stdout: new Collector(pipes[0].read, max), stderr: new Collector(pipes[1].read, max) };
  } catch (error) {
    for (const pipe of pipes) closeFd(pipe.read);
    throw error;
  } finally {
    for (const pipe of pipes) closeFd(pipe.write);
  }
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
