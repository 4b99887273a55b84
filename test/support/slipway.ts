import { type ChildProcess, execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestNode } from '@slipway/testbed';

const program = fileURLToPath(new URL('../../../packages/cli/bin/slipway', import.meta.url));
/** A command that hangs must not hang its test. */
const longestMs = 120_000;

/** Runs `slipway` against a node and answers what it printed as JSON. Rejects with its stderr, and `stdout`. */
export function slipway<T = unknown>(node: TestNode, ...words: string[]): Promise<T> {
  return startSlipway<T>(node, ...words).done;
}

/** The same with the command's process, which is node itself: bin/slipway executes it. */
export function startSlipway<T = unknown>(
  node: TestNode,
  ...words: string[]
): { child: ChildProcess; done: Promise<T> } {
  const args = [...words, '-o', 'json', '--config', join(node.place.directory, 'config.toml')];
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('SLIPWAY_')));
  let [resolve, reject]: [(value: T) => void, (error: Error) => void] = [() => undefined, () => undefined];
  const done = new Promise<T>((...settle) => ([resolve, reject] = settle));
  const child = execFile(program, args, { env, timeout: longestMs }, (error, stdout, stderr) => {
    const said = `slipway ${words.join(' ')}: ${stderr || error?.message}`;
    if (error) reject(Object.assign(new Error(said, { cause: error }), { stdout }));
    else resolve(JSON.parse(stdout) as T);
  });
  return { child, done };
}

/** A row of `slipway executors ls`. */
export interface ExecutorRow {
  executor: string;
  handler: string;
  process: string;
  state: string;
  pid: number;
  instance: string;
  path: string;
  version: string;
  containers: number;
  inFlight: number;
  streams: number;
  healthy: boolean;
  reason: string;
}

export async function executors(node: TestNode): Promise<ExecutorRow[]> {
  return (await slipway<{ instances: ExecutorRow[] }>(node, 'executors', 'ls')).instances;
}
