import { closeSync, readSync } from 'node:fs';
import { processRights } from '@slipway/capabilities';
import { SlipwayError } from '@slipway/errors';
import { confined, openMemoryFile, openPipe, posixSpawn, signal, waitChildSync } from '@slipway/linux';
import { invalid } from '../tar/tar-header.js';
import { windowFault } from './zstd-limits.js';

const pipeSize = 1 << 20;
/** The most bytes that are kept of the program's standard error. */
const maxMessage = 1000;

/**
 * The command line of a decompressor. It reads what anybody may have made and is written in C: it gets a user of its own,
 * no capabilities and no files but the descriptors that it is handed (`processRights`).
 * @param program absolute
 */
export function decompressor(program: string, args: readonly string[]): [string, ...string[]] {
  return confined(processRights.decompressor, [program, ...args]);
}

/**
 * Runs a decompressor from an open blob to a pipe, which `read` reads to its end. All calls block:
 * this is for a thread of its own. The program is gone when this returns or throws.
 * posix_spawn does not copy this process's page tables, as Node's own spawn would for each layer.
 * @throws IMAGE_INVALID when the program finds the data damaged, LIMIT_EXCEEDED when it takes too much memory, INTERNAL when it does not run to its end
 */
export function readThrough(
  program: string,
  args: readonly string[],
  blob: number,
  read: (pipe: number) => void,
): void {
  // A file and not a pipe: nobody reads it until the program has ended, and it never blocks.
  const said = openMemoryFile('decompressor-stderr');
  try {
    const pipe = openPipe(pipeSize);
    let pid: number;
    try {
      const argv = decompressor(program, args);
      pid = posixSpawn({ path: argv[0], argv, fds: { 0: blob, 1: pipe.write, 2: said } });
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

function messageIn(fd: number): string {
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
