import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runtimeMessage } from '@slipway/conmon';
import { SlipwayError } from '@slipway/errors';
import { isAlive, parseMountinfo, unmountBelow } from '@slipway/linux';
import { Limit } from '@slipway/time';
import { takeDown } from '../container/take-down.js';
import type { Call } from '../context.js';
import { inOwnTime } from '../own-time.js';
import type { SandboxContext } from '../sandbox/context.js';
import { createInfra, startInfra } from '../sandbox/infra.js';
import { makeTrialBundle, removeTrialFiles, trialInit, trialsDirectory } from './trial-files.js';

export interface TrialResult {
  /** Whether a mount that was asked to be read-only with all below it is. */
  recursiveReadOnly: boolean;
}

/** For taking a trial down. */
const clearMs = 60_000;

/** The handler may work and the node be slow: it is tried again with more time. */
export class TrialTooSlow extends SlipwayError {
  constructor(ms: number, cause?: unknown) {
    super('RUNTIME_FAILED', `a trial container was not created, started, entered and deleted in ${ms} ms`, {
      cause,
      hint: 'it is tried again with more time; see what slows the node down, or raise runtime.trialMs',
    });
  }
}

/** A directory for each process; its pid names the owner. */
export function trialId(handler: string): string {
  return `probe-${process.pid}-${handler}`;
}

/**
 * Runs a container as any other is run: conmon, `create`, `start`, `exec`, `delete`. Its root holds the infra
 * container's init and nothing else. Nothing of it stays. Throws what failed, and TrialTooSlow where it took longer
 * than `ms` milliseconds: pods would wait as long for each of their containers.
 */
export async function runTrial(
  context: SandboxContext,
  options: { recursiveReadOnly: boolean; ms: number },
  call: Call,
): Promise<TrialResult> {
  const { ms } = options;
  const began = performance.now();
  using limit = new Limit({ ms, signals: [call.signal] });
  try {
    const result = await tryContainer(context, options, { ...call, signal: limit.signal });
    if (performance.now() - began > ms) throw new TrialTooSlow(ms);
    return result;
  } catch (error) {
    throw limit.expired ? new TrialTooSlow(ms, error) : error;
  }
}

async function tryContainer(
  context: SandboxContext,
  options: { recursiveReadOnly: boolean },
  call: Call,
): Promise<TrialResult> {
  const id = trialId(context.handler);
  try {
    const bundle = await makeTrialBundle(context, id, options);
    const { pid } = await createInfra(context, id, bundle, call);
    const mounts = parseMountinfo(await readFile(`/proc/${pid}/mountinfo`, 'utf8'));
    await startInfra(context, id, bundle, call);
    await tryExec(context, id, call);
    const mounted = mounts.find((mount) => mount.target === '/mount');
    return { recursiveReadOnly: options.recursiveReadOnly && mounted?.options.includes('ro') === true };
  } finally {
    await inOwnTime(clearMs, call.log, (own) => removeTrial(context, id, own));
  }
}

/** Leaves nothing of a trial, in whatever state it is. */
export async function removeTrial(context: SandboxContext, id: string, call: Call): Promise<void> {
  // A pinned user namespace is mounted in the directory that is to be removed.
  unmountBelow(context.paths.container(id).directory);
  try {
    await takeDown(context, { id, bundle: '' }, call);
  } finally {
    await removeTrialFiles(context, id);
  }
}

/** Takes down what is left of trials: of executors that died in them, and of this one's last. */
export async function clearTrials(context: SandboxContext, call: Call): Promise<void> {
  const places = [context.paths.containers, trialsDirectory(context)];
  const names = await Promise.all(places.map((place) => readdir(place).catch(() => [])));
  for (const id of new Set(names.flat())) {
    const [, pid, handler] = /^probe-(\d+)-(.+)$/.exec(id) ?? [];
    const isOver = Number(pid) === process.pid || !isAlive(Number(pid));
    if (handler === context.handler && isOver) await removeTrial(context, id, call);
  }
}

/** Enters a trial's container. */
export async function tryExec(context: SandboxContext, id: string, call: Call): Promise<void> {
  const pidFile = join(context.paths.container(id).directory, 'exec.pid');
  const result = await context.runtime.exec(id, {
    command: [trialInit, '--version'],
    pidFile,
    maxOutput: 1 << 16,
    ...call,
  });
  if (result.code === 0) return;
  const message = runtimeMessage(result.stderr.toString()) || `ended with code ${result.code}`;
  throw new SlipwayError('RUNTIME_FAILED', `${context.runtime.kind} exec: ${message}`);
}
