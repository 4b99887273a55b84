import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseExact, stringifyExact } from '@slipway/json';

interface Process {
  env?: string[];
  oomScoreAdj?: number;
}

export interface ExecTerminal {
  /** Its size at the start, where it is known. */
  size?: { rows: number; columns: number } | undefined;
}

/**
 * Writes the process that an exec runs, in the form of the runtime's `--process`: the container's own, with its user,
 * groups, capabilities and environment, but for the command and the terminal. crun and runsc without it run a command
 * as root. Answers the container's oom_score_adj, with which the runtime has to be started: crun does not set that of a
 * command.
 */
export function writeExecProcess(
  bundle: string,
  command: readonly string[],
  file: string,
  terminal?: ExecTerminal,
): number | undefined {
  // Limits (rlimits) of the process are 64 bits long.
  const config = parseExact(readFileSync(join(bundle, 'config.json'), 'utf8')) as { process?: Process };
  const { env = [], ...rest } = config.process ?? {};
  const size = terminal?.size;
  const process = {
    ...rest,
    env: terminal && !env.some((entry) => entry.startsWith('TERM=')) ? [...env, 'TERM=xterm'] : env,
    args: command,
    terminal: terminal !== undefined,
    consoleSize: size && { height: size.rows, width: size.columns },
  };
  writeFileSync(file, stringifyExact(process), { mode: 0o600 });
  return rest.oomScoreAdj;
}
