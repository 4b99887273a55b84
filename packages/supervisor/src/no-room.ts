import {
  chownSync,
  closeSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';

/** Whether a file system has no room, or takes no change at all. */
export function isNoRoom(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '');
}

/**
 * Writes a small file, of mode 0600 or, for a `group` that reads it, 0640, beside its place and renames it. Where there
 * is no room for a second one, an existing one is written over: its blocks are its own already, and a text that is there
 * already needs none.
 * @throws the file system's error where that cannot be done either
 */
export function replaceFile(path: string, text: string, group = 0): void {
  const temporary = `${path}.new`;
  try {
    writeFileSync(temporary, text, { mode: group === 0 ? 0o600 : 0o640 });
    if (group !== 0) chownSync(temporary, 0, group);
    renameSync(temporary, path);
  } catch (error) {
    if (!isNoRoom(error)) throw error;
    removeQuietly(temporary);
    if (!writeOver(path, text)) throw error;
  }
}

function writeOver(path: string, text: string): boolean {
  try {
    if (readFileSync(path, 'utf8') === text) return true;
    const file = openSync(path, 'r+');
    try {
      const written = writeSync(file, text, 0);
      if (written < Buffer.byteLength(text)) return false;
      ftruncateSync(file, written);
      return true;
    } finally {
      closeSync(file);
    }
  } catch {
    return false;
  }
}

function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // A read-only file system holds none.
  }
}
