import { chmodSync, lchownSync, lstatSync } from 'node:fs';
import { join } from 'node:path';
import type { DirectoryName } from '@slipway/capabilities';
import type { Settings } from '@slipway/config';
import type { Logger } from '@slipway/telemetry';
import { makeDirectory } from './server-user.js';

const names = [
  'records',
  'sandboxRecords',
  'containerRecords',
  'imageRecords',
  'besideRecords',
  'besideSandboxes',
  'besideContainers',
] as const satisfies readonly DirectoryName[];

/**
 * Makes the directories of records before any process that has records runs, so that the gateway, which is not root, may
 * write there; see `directoryRights`. It may also empty <root>/reserve, the room that is kept for them. Where that cannot be
 * done, as on a read-only file system, what is there already is used.
 */
export function makeRecordDirectories(settings: Pick<Settings, 'root' | 'state'>, log: Logger): void {
  for (const name of names) {
    try {
      const directory = makeDirectory(name, settings);
      if (name === 'records') shareReserve(join(settings.root, 'reserve'), lstatSync(directory).gid);
    } catch (error) {
      log.warn({ err: error, directory: name }, 'a directory of records cannot be made');
    }
  }
}

/** The reserve of an older version is root's alone. */
function shareReserve(file: string, gid: number): void {
  const stats = lstatSync(file, { throwIfNoEntry: false });
  if (!stats?.isFile() || stats.gid === gid) return;
  lchownSync(file, 0, gid);
  chmodSync(file, 0o660);
}
