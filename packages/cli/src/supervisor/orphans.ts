import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@slipway/telemetry';

/**
 * Ends servers that a killed supervisor left behind: those whose command line has one of
 * `marks`, paths of this state directory. Services end by themselves when their channel closes.
 */
export async function endOrphans(marks: readonly string[], log: Logger): Promise<void> {
  const orphans = findProcesses(marks);
  for (const pid of orphans) {
    log.info({ pid }, 'ending a server that an earlier supervisor left');
    signal(pid, 'SIGTERM');
  }
  for (let waited = 0; waited < 5000 && findProcesses(marks).length > 0; waited += 20) await sleep(20);
  for (const pid of findProcesses(marks)) signal(pid, 'SIGKILL');
}

function findProcesses(marks: readonly string[]): number[] {
  const found: number[] = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    try {
      const words = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0');
      // Once it runs, Redis shows `redis-server unixsocket:<path>` as one word.
      const ours = words.some((word) => marks.some((mark) => word === mark || word.endsWith(` unixsocket:${mark}`)));
      const program = words[0]?.split(' ')[0]?.split('/').pop() ?? '';
      if (ours && ['nats-server', 'redis-server'].includes(program)) found.push(Number(name));
    } catch {
      // It ended while we looked.
    }
  }
  return found;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
