import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { type LoadedSettings, settingsInForce } from '@slipway/config';
import { SlipwayError } from '@slipway/errors';
import { handOverFormat } from '../hand-over.js';
import { commandOf } from './installation.js';

/** A program that does not answer within this time is not made the node's supervisor. Milliseconds. */
const checkMs = 60_000;

/** The question to a version before it takes over a node. */
export interface CheckRequest {
  /** Dotted path and value of what is set, and where. Defaults are left out: each version has its own. */
  settings: { path: string; value: unknown; from: string }[];
  root: string;
  handOverFormat: number;
}

export interface CheckAnswer {
  version: string;
  /** Why it cannot take over, one sentence each. */
  problems: string[];
}

/**
 * Asks the version that is installed in `tree` whether it can take this node over, in a process of its own, so that what
 * does not even start changes nothing.
 * @throws UPGRADE_REFUSED naming each problem
 */
export async function checkTree(tree: string, loaded: LoadedSettings): Promise<CheckAnswer> {
  const request: CheckRequest = {
    settings: Object.entries(settingsInForce(loaded)).flatMap(([path, { value }]) => {
      const source = loaded.sources.get(path);
      return !source || source.kind === 'default' || source.kind === 'derived'
        ? []
        : [{ path, value, from: source.name }];
    }),
    root: loaded.settings.root,
    handOverFormat,
  };
  const answer = readAnswer(tree, await ask(tree, JSON.stringify(request)));
  if (answer.problems.length === 0) return answer;
  throw new SlipwayError('UPGRADE_REFUSED', `version ${answer.version}: ${answer.problems.join('; ')}`, {
    object: tree,
  });
}

function readAnswer(tree: string, text: string): CheckAnswer {
  try {
    const { version, problems } = JSON.parse(text) as Partial<CheckAnswer>;
    if (typeof version === 'string' && Array.isArray(problems)) return { version, problems };
  } catch {
    // Said below.
  }
  throw refused(tree, `it does not say whether it can take over: ${text.slice(-400)}`);
}

async function ask(tree: string, request: string): Promise<string> {
  const command = commandOf(tree);
  try {
    accessSync(command, constants.X_OK);
  } catch (cause) {
    throw refused(tree, `there is no ${command}`, cause);
  }
  // Its settings come with the request: a file that it cannot read is not to end it.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('SLIPWAY_')));
  const child = spawn(command, ['upgrade', '--check', '--config', '/dev/null'], {
    env,
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: checkMs,
    killSignal: 'SIGKILL',
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (data: Buffer) => (out += data.toString()));
  child.stderr.on('data', (data: Buffer) => (err += data.toString()));
  child.stdin.on('error', () => undefined);
  child.stdin.end(request);
  const end = await new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(code === 0 ? '' : (signal ?? `exit ${code}`)));
  });
  if (end !== '') throw refused(tree, `it cannot be asked (${end}): ${err.trim().slice(-400)}`);
  return out;
}

function refused(tree: string, why: string, cause?: unknown): SlipwayError {
  return new SlipwayError('UPGRADE_REFUSED', why, { object: tree, cause });
}
