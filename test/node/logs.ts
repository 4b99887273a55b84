import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Runs whose consoles and journals are kept. */
const keptRuns = 10;

/**
 * Makes the directory of consoles, journals and what critest printed, and removes from it all but the newest runs'
 * files. Answers its path.
 */
export function logDirectory(cache: string): string {
  const directory = join(cache, 'logs');
  mkdirSync(directory, { recursive: true });
  const runs = new Map<string, number>();
  const files = readdirSync(directory).filter((name) => /\.(console|journal|log)$/.test(name));
  for (const name of files) {
    const changed = statSync(join(directory, name), { throwIfNoEntry: false })?.mtimeMs ?? 0;
    runs.set(runOf(name), Math.max(runs.get(runOf(name)) ?? 0, changed));
  }
  const newest = [...runs].toSorted(([, one], [, other]) => other - one).slice(0, keptRuns - 1);
  const kept = new Set(newest.map(([run]) => run));
  for (const name of files) if (!kept.has(runOf(name))) rmSync(join(directory, name), { force: true });
  return directory;
}

/** `trixie-8320.journal` and `trixie-8320-critest-systemd-runc.log` are of the run `trixie-8320`. */
function runOf(name: string): string {
  return /^\w+-\d+/.exec(name)?.[0] ?? name;
}
