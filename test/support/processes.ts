import { readdirSync, readFileSync } from 'node:fs';
import { type NodeProcess, type TestNode } from '@slipway/testbed';
import { until } from './retry.js';

export type Running = NodeProcess & { pid: number };

/** The processes of a node whose names begin so: `puller`, `executor.crun`, `redis`. */
export function processesOf(node: TestNode, name: string): Running[] {
  const found = node.processes().filter((one) => isCalled(one.name, name));
  if (found.length === 0)
    throw new Error(
      `no process ${name}: ${node
        .processes()
        .map((one) => one.name)
        .join(' ')}`,
    );
  return found.map((one) => {
    if (!one.pid) throw new Error(`${one.name} does not run`);
    return { ...one, pid: one.pid };
  });
}

/** Signals the first process of a name; answers its pid. Throws when none runs: pid 0 would be this process's own group. */
export function signalProcess(node: TestNode, name: string, signal: NodeJS.Signals): number {
  const [{ pid }] = processesOf(node, name) as [Running];
  process.kill(pid, signal);
  return pid;
}

/** Signals a process that may have ended since it was looked up; answers whether it was there. */
export function signalIfThere(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

/** Whether a process is the one, or one of the instances, of a name. */
export function isCalled(process: string, name: string): boolean {
  return process === name || process.startsWith(`${name}-`);
}

/** The command line of a process, its words ended by NUL; undefined for a process that has ended since it was seen. */
export function commandLine(pid: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

/**
 * Whether a process is there and no zombie. The first thread of a killed process may be one while others still end, which
 * hold its sockets until then.
 */
export function isRunning(pid: number): boolean {
  try {
    if (!/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))) return true;
    return readdirSync(`/proc/${pid}/task`).length > 1;
  } catch {
    return false;
  }
}

/**
 * Ends processes of a node and holds their supervisor still while `meanwhile` runs, so
 * that none of them comes back before. Answers when all of the node is ready again.
 */
export async function whileDown<T>(
  node: TestNode,
  names: string[],
  signal: NodeJS.Signals,
  meanwhile: () => Promise<T>,
): Promise<T> {
  const pids = names.flatMap((name) => processesOf(node, name).map(({ pid }) => pid));
  node.up.kill('SIGSTOP');
  try {
    for (const pid of pids) signalIfThere(pid, signal);
    await until(`${names.join(', ')} ended`, () => !pids.some(isRunning), 30_000);
    return await meanwhile();
  } finally {
    node.up.kill('SIGCONT');
    await replaced(node, pids);
  }
}

/** Waits until none of these processes is one of the node's any more, and all of the node is ready. */
export async function replaced(node: TestNode, pids: readonly number[]): Promise<void> {
  await until(
    'the supervisor noticed',
    () => !node.processes().some(({ pid }) => pid !== undefined && pids.includes(pid)),
  );
  await node.ready();
}
