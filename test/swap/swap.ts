import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { podLeftovers } from '@slipway/testbed';
import { Churn, type ChurnCount } from '../support/churn.js';
import type { Lab } from '../support/lab.js';
import { Pod, podConfig, shell } from '../support/pod.js';
import { type ExecutorRow, executors, slipway } from '../support/slipway.js';
import { openSession } from '../support/streaming.js';

export interface SwapOptions {
  times: number;
  /** Pods that are made, used and removed at once. */
  workers: number;
  /** Executors that are there besides. */
  others?: string[];
  /** Told of each swap that is over. */
  swapped?: (at: number, milliseconds: number) => void;
}

/** A binary of another version, which keeps in a file what it was called for. */
export interface NewerRuntime {
  path: string;
  version: string;
  /** The sub-commands that it was called with, oldest first. */
  calls(): string[];
}

/**
 * Puts one executor of crun after the other in the place of the one before, while pods come and go. Rejects at the first
 * call that fails, and at anything that is lost: an exit, a line, a stream, a container.
 */
export async function runSwaps(lab: Lab, options: SwapOptions): Promise<ChurnCount> {
  const churn = await Churn.start(lab, options.workers);
  let failure: unknown;
  try {
    let name = 'crun';
    for (let at = 1; at <= options.times; at++) {
      const began = performance.now();
      name = await swap(lab, churn, name, at, options.others ?? []);
      churn.check();
      options.swapped?.(at, performance.now() - began);
    }
  } catch (error) {
    failure = error;
  }
  const count = await churn.stop();
  if (failure) throw failure as Error;
  const left = podLeftovers(lab.node);
  if (left.length > 0) throw new Error(`left behind: ${left.join('\n')}`);
  return count;
}

/** Adds an executor with a newer binary, drains the one before and removes it. Answers the name of the new one. */
async function swap(
  { node, cri }: Lab,
  churn: Churn,
  old: string,
  at: number,
  others: readonly string[],
): Promise<string> {
  const runtime = newerRuntime(node.place.directory, at);
  const name = `crun-${at}`;
  await slipway(node, 'executors', 'add', name, '--for', 'crun', '--path', runtime.path);
  const both = byName(await executors(node));
  expect(
    both[name]?.version === runtime.version && both[name].state === 'ready',
    `the new one serves: ${JSON.stringify(both)}`,
  );
  expect(both[old]?.state === 'ready' && both[old].healthy, 'the old one serves still');
  expect((both[name]?.containers ?? 0) > 0, 'the new one watches what the old one has started');

  // A URL that nobody has used yet, and a session: both are the old one's, or the new one's, as the bus would have it.
  const request = { containerId: churn.ticker, cmd: ['cat'], stdin: true, stdout: true, stderr: true };
  const sessions = await Promise.all(Array.from({ length: 6 }, async () => openSession((await cri.exec(request)).url)));
  const unused = await Promise.all(Array.from({ length: 4 }, async () => (await cri.exec(request)).url));
  await slipway(node, 'executors', 'drain', old);
  const drained = byName(await executors(node))[old];
  expect(drained?.state === 'drained' && drained.inFlight === 0, `the old one is drained: ${JSON.stringify(drained)}`);
  sessions.push(...unused.map((url) => openSession(url)));
  for (const [index, { stdin, stdout }] of sessions.entries()) {
    stdin.write(`after the drain ${index}\n`);
    await stdout.has(new RegExp(`after the drain ${index}\n`));
  }

  // What is new is the new one's.
  const pod = await Pod.run(cri, podConfig(node));
  const id = await pod.start(shell(churn.lab.image, 'exit 3'));
  expect((await pod.exited(id)).exitCode === 3, 'a pod of the new one ends as it does');
  await pod.remove();
  for (const call of ['create', 'start', 'delete'])
    expect(runtime.calls().includes(call), `the new one was called to ${call}`);

  const removal = slipway(node, 'executors', 'remove', old);
  for (const { stdin, done } of sessions) {
    stdin.end();
    expect((await done) === 0, 'the session ended well');
  }
  await removal;
  const left = (await executors(node)).map(({ executor }) => executor);
  expect(left.toSorted().join() === [...others, name].toSorted().join(), `the old one is gone: ${left.join()}`);
  return name;
}

/** A stand-in for a newer crun: the same program under another version. */
export function newerRuntime(directory: string, at: number): NewerRuntime {
  const path = join(directory, `crun-${at}`);
  const calls = `${path}.calls`;
  const real = execFileSync('sh', ['-c', 'command -v crun'], { encoding: 'utf8' }).trim();
  const [, number] = /version (\S+)/.exec(execFileSync(real, ['--version'], { encoding: 'utf8' })) ?? [];
  const version = `${number}-next${at}`;
  writeFileSync(
    path,
    `#!/bin/sh
for word; do
  case $word in
  --version) ${real} --version | sed 's/version ${number}/version ${version}/'; exit ;;
  -*) ;;
  *) echo "$word" >>${calls}; break ;;
  esac
done
exec ${real} "$@"
`,
  );
  chmodSync(path, 0o755);
  return { path, version, calls: () => (existsSync(calls) ? readFileSync(calls, 'utf8').trim().split('\n') : []) };
}

function byName(rows: readonly ExecutorRow[]): Record<string, ExecutorRow | undefined> {
  return Object.fromEntries(rows.map((row) => [row.executor, row]));
}

function expect(holds: boolean, what: string): void {
  if (!holds) throw new Error(`not so: ${what}`);
}
