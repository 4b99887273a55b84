import { text } from 'node:stream/consumers';
import { SlipwayError } from '@slipway/errors';
import type { CliCommand } from '../grammar/cli-command.js';

export interface CredentialOptions {
  username?: string;
  passwordStdin?: boolean;
}

export interface Credentials {
  username: string;
  password: string;
}

/** A password is never an argument: those stand in the process list. */
export function addCredentialOptions(command: CliCommand): CliCommand {
  return command
    .option('-u, --username <name>', "the registry's user; the node's own credentials count where it is left out")
    .option('--password-stdin', 'read the password, or a token, from standard input');
}

/** The credentials of the call; undefined where none were given. */
export async function givenCredentials(options: CredentialOptions): Promise<Credentials | undefined> {
  const { username, passwordStdin } = options;
  if (username === undefined && !passwordStdin) return undefined;
  if (username === undefined || !passwordStdin) {
    throw new SlipwayError('INVALID_REQUEST', '--username and --password-stdin belong together');
  }
  const password = (await text(process.stdin)).replace(/\r?\n$/, '');
  return { username, password };
}
