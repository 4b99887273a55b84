import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readSeal } from './seal.js';

/** The newest format among the records on disk below `root`, tombstones left out; 1 where there are none. Throws what read(2) does. */
export async function newestRecordFormat(root: string): Promise<number> {
  let newest = 1;
  for (const entry of await readdir(join(root, 'records'), { recursive: true, withFileTypes: true }).catch(
    noDirectory,
  )) {
    if (!entry.isFile() || entry.name.startsWith('.') || /\.(?:bad|tmp)$/.test(entry.name)) continue;
    newest = Math.max(newest, await formatOf(join(entry.parentPath ?? entry.path, entry.name)));
  }
  return newest;
}

async function formatOf(file: string): Promise<number> {
  try {
    return readSeal(await readFile(file)).format;
  } catch (error) {
    // It was removed meanwhile, or is damaged: its other copy is in force then.
    if ((error as NodeJS.ErrnoException).code === undefined || (error as NodeJS.ErrnoException).code === 'ENOENT')
      return 1;
    throw error;
  }
}

function noDirectory(error: unknown): never[] {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
  throw error;
}
