import { once } from 'node:events';
import type { ContainerRecord } from '@slipway/contracts';
import { parseStat, watchExit } from '@slipway/linux';
import { Limit } from '@slipway/time';
import { conmonPid, isConmonOf } from '../container/conmon-process.js';

export interface ConmonOf {
  /** Its pid file. */
  file: string;
  /** Its pid, where it was just started; else that of the file is used, if it still is a conmon's. */
  pid: number | undefined;
}

/**
 * Waits for the end of a container's init or of its conmon, and answers which of them ended first. Where nobody knows
 * of a conmon only the init is watched. Rejects when the signal is aborted.
 */
export async function firstToEnd(
  record: ContainerRecord,
  conmon: ConmonOf,
  signal: AbortSignal,
): Promise<'init' | 'conmon'> {
  const over = new AbortController();
  using limit = new Limit({ signals: [signal, over.signal] });
  const options = { signal: limit.signal, unref: true };
  const init = watchExit(record.pid, { ...options, startTicks: record.startTicks }).then(() => 'init' as const);
  const holder = conmonEnd(record.id, conmon, options).then(() => 'conmon' as const);
  try {
    return await Promise.race([init, holder]);
  } finally {
    over.abort();
    await Promise.allSettled([init, holder]);
  }
}

async function conmonEnd(
  id: string,
  { file, pid: started }: ConmonOf,
  options: { signal: AbortSignal; unref: boolean },
): Promise<void> {
  // 0: the pid file could not be read.
  if (started) return await watchExit(started, { ...options, startTicks: parseStat(started)?.startTicks });
  const pid = await conmonPid(file);
  options.signal.throwIfAborted();
  if (pid === undefined) {
    await once(options.signal, 'abort');
    throw options.signal.reason;
  }
  const startTicks = parseStat(pid)?.startTicks;
  if (await isConmonOf(pid, id)) await watchExit(pid, { ...options, startTicks });
}

/** Waits for the end of a container's init that was killed, `ms` milliseconds at most. */
export async function endOf(record: ContainerRecord, ms: number, signal: AbortSignal): Promise<void> {
  using limit = new Limit({ ms, signals: [signal] });
  await watchExit(record.pid, { startTicks: record.startTicks, signal: limit.signal, unref: true });
}
