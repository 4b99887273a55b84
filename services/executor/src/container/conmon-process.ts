import { readFile } from 'node:fs/promises';
import { hasCode, isAlive } from '@slipway/linux';

/** The pid in a conmon's pid file; undefined where there is no such file: nobody knows of a conmon then. */
export async function conmonPid(pidFile: string): Promise<number | undefined> {
  try {
    return Number(await readFile(pidFile, 'utf8'));
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Whether a process is the conmon of a container. The pid may be another's by now: conmon's command line names its container. */
export async function isConmonOf(pid: number, id: string): Promise<boolean> {
  if (!(pid > 1) || !isAlive(pid)) return false;
  const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
  return words[words.indexOf('--cid') + 1] === id;
}
