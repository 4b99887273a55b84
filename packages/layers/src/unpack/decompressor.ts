import { closeSync, readSync } from 'node:fs';
import { processRights } from '@slipway/capabilities';
import { SlipwayError } from '@slipway/errors';
import {
  confined,
  FilteredSpawner,
  openMemoryFile,
  openPipe,
  signal,
  type SpawnRequest,
  waitChildSync,
} from '@slipway/linux';
import { invalid } from '../tar/tar-header.js';
import { windowFault } from './zstd-limits.js';

const pipeSize = 1 << 20;
/** The most bytes that are kept of the program's standard error. */
const maxMessage = 1000;

/** Starts a program under the decompressors' filter of system calls; answers its pid. */
export type StartFiltered = (request: SpawnRequest) => Promise<number>;

let spawner: FilteredSpawner | undefined;
let startFiltered: StartFiltered = (request) => {
  spawner ??= new FilteredSpawner('decompressor');
  return spawner.spawn(request);
};

/** Starts a program under the decompressors' filter from this thread's spawner. */
export function startFilteredDecompressor(request: SpawnRequest): Promise<number> {
  return startFiltered(request);
}

/** Has another thread start the decompressors of this one: a process has one thread with their filter. */
export function startDecompressorsBy(start: StartFiltered): void {
  startFiltered = start;
}

/**
 * Starts a decompressor. It reads what anybody may have made and is written in C: it gets a user of its own, no capabilities,
 * no files but the descriptors that it is handed, and few system calls (`processRights`).
 * @param program absolute
 * @param fds its standard descriptors: it may not open /dev/null to write
 * @returns its pid; it has to be waited for
 * @throws SyscallError
 */
export async function startDecompressor(
  program: string,
  args: readonly string[],
  fds: Readonly<Record<0 | 1 | 2, number>>,
): Promise<number> {
  const argv = confined(processRights.decompressor, [program, ...args]);
  return await startFiltered({ path: argv[0], argv, fds });
}

/**
 * Runs a decompressor from an open blob to a pipe, which `read` reads to its end. All calls but its start block:
 * this is for a thread of its own. The program is gone when this resolves or rejects.
 * @throws IMAGE_INVALID when the program finds the data damaged, LIMIT_EXCEEDED when it takes too much memory, INTERNAL when it does not run to its end
 */
export async function readThrough(
  program: string,
  args: readonly string[],
  blob: number,
  read: (pipe: number) => void,
): Promise<void> {
  // A file and not a pipe: nobody reads it until the program has ended, and it never blocks.
  const said = openMemoryFile('decompressor-stderr');
  try {
    const pipe = openPipe(pipeSize);
    let pid: number;
    try {
      pid = await startDecompressor(program, args, { 0: blob, 1: pipe.write, 2: said });
    } catch (error) {
      closeSync(pipe.read);
      throw failed(`${program} does not start: ${(error as Error).message}`, error);
    } finally {
      closeSync(pipe.write);
    }
    try {
      read(pipe.read);
    } catch (error) {
      signal(pid, 'SIGKILL');
      waitChildSync(pid);
      throw error;
    } finally {
      closeSync(pipe.read);
    }
    const ended = waitChildSync(pid);
    if (ended.signal !== null) throw failed(`${program} was killed by ${ended.signal}`);
    if (ended.code !== 0) {
      const reason = messageIn(said) || `exit ${ended.code}`;
      const window = windowFault('the layer', reason);
      if (window) throw window;
      throw invalid(`the layer's compressed data is damaged (${program}: ${reason})`);
    }
  } finally {
    closeSync(said);
  }
}

/** What a program wrote to its standard error, a file: its beginning. */
export function messageIn(fd: number): string {
  const buffer = Buffer.alloc(maxMessage);
  return buffer.toString('latin1', 0, readSync(fd, buffer, 0, buffer.length, 0)).trim();
}

/** The machine's fault, not the layer's. */
function failed(message: string, cause?: unknown): SlipwayError {
  return new SlipwayError('INTERNAL', message, {
    hint: 'look for the kernel ending processes for want of memory (dmesg); the pull can be repeated',
    cause,
  });
}
