import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';

/**
 * Starts a program that the kernel ends with `deathSignal` when this process ends, however it does: a test or a lane
 * that is interrupted leaves no server behind (PR_SET_PDEATHSIG, prctl(2)).
 */
export function spawnBound(
  command: readonly string[],
  options: SpawnOptions,
  deathSignal: 'KILL' | 'TERM' = 'KILL',
): ChildProcess {
  return spawn('setpriv', ['--pdeathsig', deathSignal, '--', ...command], options);
}

/**
 * Sends a process a signal and waits for its end; after `withinMs` it is killed, and the call rejects when the signal was
 * one that ought to end it in order.
 */
export async function endChild(child: ChildProcess, signal: NodeJS.Signals, withinMs: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  let killed = false;
  const timer = setTimeout(() => {
    killed = true;
    child.kill('SIGKILL');
  }, withinMs);
  try {
    child.kill(signal);
    await exited;
  } finally {
    clearTimeout(timer);
  }
  if (killed) throw new Error(`${child.spawnargs.join(' ')}: did not end within ${withinMs} ms of ${signal}`);
}
