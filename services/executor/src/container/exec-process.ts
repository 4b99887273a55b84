import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Writes the process that an exec runs, in the form of the runtime's `--process`: the container's own, with its user,
 * groups, capabilities and environment, but for the command. crun and runsc without it run a command as root.
 */
export function writeExecProcess(bundle: string, command: readonly string[], file: string): void {
  const config = JSON.parse(readFileSync(join(bundle, 'config.json'), 'utf8')) as { process?: object };
  const process = { ...config.process, args: command, terminal: false };
  writeFileSync(file, JSON.stringify(process), { mode: 0o600 });
}
