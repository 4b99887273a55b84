import { watch } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '@slipway/linux';

export interface ContainerExit {
  /** 0–255; 128 + n after signal n. */
  code: number;
  /** Nanoseconds since the epoch. */
  at: bigint;
}

/** conmon's report about a container's end, or undefined while it has not ended. */
export async function readExit(exitDir: string, id: string): Promise<ContainerExit | undefined> {
  const path = join(exitDir, id);
  try {
    const [text, facts] = await Promise.all([readFile(path, 'utf8'), stat(path, { bigint: true })]);
    const code = Number.parseInt(text, 10);
    return { code: Number.isInteger(code) ? code : 255, at: facts.mtimeNs };
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Removes a container's exit file; none is success. */
export async function removeExit(exitDir: string, id: string): Promise<void> {
  await rm(join(exitDir, id), { force: true });
}

export interface ExitsWatch {
  close(): void;
}

/**
 * Tells the ids of containers that ended: those whose exit files are there already, then each new one.
 * An id can be reported more than once. conmon renames a finished file into place, so
 * that a name without a dot is a whole file.
 */
export async function watchExits(
  exitDir: string,
  onExit: (id: string) => void,
  onError: (error: Error) => void,
): Promise<ExitsWatch> {
  await mkdir(exitDir, { recursive: true, mode: 0o700 });
  const tell = (name: string): void => {
    if (!name.includes('.')) onExit(name);
  };
  const scan = async (): Promise<void> => {
    for (const name of await readdir(exitDir)) tell(name);
  };
  const watcher = watch(exitDir, (event, name) => {
    // No name: the kernel's queue overflowed, anything may have happened.
    if (name === null) scan().catch(onError);
    else if (event === 'rename') tell(name);
  });
  watcher.on('error', onError);
  await scan();
  return { close: () => watcher.close() };
}
