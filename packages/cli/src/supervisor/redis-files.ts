import { existsSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** As Redis 7 and newer name it when nothing else is configured. */
const APPEND_ONLY = 'appendonlydir';
const BAD = `${APPEND_ONLY}.bad-`;
/** Files that were set aside and are kept for a person to look at. */
const KEPT = 2;
/** Bytes that Redis must be able to write; it begins with a few hundred. */
const PROBE = 64 << 10;

/**
 * Puts the append-only files away that Redis cannot load, so that it starts with none: the records come back from
 * <root>/records. Answers where they are; undefined where there are none.
 */
export function setAppendOnlyAside(directory: string): string | undefined {
  const from = join(directory, APPEND_ONLY);
  if (!existsSync(from)) return undefined;
  const to = join(directory, `${BAD}${Date.now()}`);
  renameSync(from, to);
  const aside = readdirSync(directory).filter((name) => name.startsWith(BAD));
  for (const name of aside.toSorted().slice(0, -KEPT)) rmSync(join(directory, name), { recursive: true, force: true });
  return to;
}

/** Why Redis cannot append to files in a directory now, for people; undefined where it can. */
export function whyNotWritable(directory: string): string | undefined {
  const probe = join(directory, '.probe');
  try {
    writeFileSync(probe, Buffer.alloc(PROBE), { mode: 0o600 });
    return undefined;
  } catch (error) {
    return (error as Error).message;
  } finally {
    try {
      rmSync(probe, { force: true });
    } catch {
      // A read-only file system has none.
    }
  }
}
