import { readdirSync, statSync } from 'node:fs';
import { hasCode } from '@slipway/linux';
import { CgroupFiles } from './files.js';

/** Processes in a cgroup and in those below it; undefined when there is no such directory. */
export function countProcesses(files: CgroupFiles): number | undefined {
  const text = files.text('cgroup.procs');
  if (text === undefined) return undefined;
  let count = lines(text);
  for (const child of childrenOf(files.directory)) {
    count += countProcesses(new CgroupFiles(`${files.directory}/${child}`)) ?? 0;
  }
  return count;
}

function lines(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count++;
  return count;
}

function childrenOf(directory: string): string[] {
  try {
    // A directory has a link for each one in it, and two of its own: most cgroups need no listing.
    if (statSync(directory).nlink === 2) return [];
    const entries = readdirSync(directory, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENODEV')) return [];
    throw error;
  }
}
