import { existsSync, readdirSync, renameSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { removeTree } from '@slipway/linux';

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
export async function setAppendOnlyAside(directory: string): Promise<string | undefined> {
  const from = join(directory, APPEND_ONLY);
  if (!existsSync(from)) return undefined;
  const to = join(directory, `${BAD}${Date.now()}`);
  renameSync(from, to);
  const aside = readdirSync(directory).filter((name) => name.startsWith(BAD));
  // Redis, or who took it over, made what is in them.
  for (const name of aside.toSorted().slice(0, -KEPT)) await removeTree(join(directory, name));
  return to;
}

/**
 * Why Redis cannot append to files in a directory now, for people; undefined where it can. Blocks that a file system keeps
 * for root are none of its own.
 */
export function whyNotWritable(directory: string): string | undefined {
  const probe = join(directory, '.probe');
  try {
    // Redis may have made a link of this name: it is removed, and not followed.
    rmSync(probe, { force: true });
    writeFileSync(probe, Buffer.alloc(PROBE), { mode: 0o600, flag: 'wx' });
    const { bavail, bsize } = statfsSync(directory);
    return bavail * bsize < PROBE ? 'no space left but what the file system keeps for root' : undefined;
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
