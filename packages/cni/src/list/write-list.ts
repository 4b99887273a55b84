import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseList } from './load.js';

/**
 * Writes a CNI list into a directory atomically, unless it is there already. Returns whether it was
 * written.
 * @throws INVALID_CONFIG for what is no CNI list: nothing is written then
 */
export async function writeList(confDir: string, name: string, text: string): Promise<boolean> {
  const file = join(confDir, name);
  parseList(text, [], file);
  const before = await readFile(file, 'utf8').catch(() => undefined);
  if (before === text) return false;
  await mkdir(confDir, { recursive: true, mode: 0o755 });
  // Not a name that is taken for a list: others look into this directory too.
  const temporary = join(confDir, `.${name}.${randomBytes(4).toString('hex')}`);
  try {
    const handle = await open(temporary, 'wx', 0o644);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  return true;
}
