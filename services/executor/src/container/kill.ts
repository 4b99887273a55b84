import { killCgroup, thawCgroup } from '@slipway/cgroups';
import type { ContainerRecord } from '@slipway/contracts';
import { isAlive, signal as sendSignal } from '@slipway/linux';
import type { ExecutorContext } from '../context.js';
import type { Limits } from '../runtime/runtime.js';
import { findFacts, ownCgroup, wholeCgroup } from './facts.js';

const SIGKILL = 9;

/** Sends a signal, by number, to a container's init. Answers false when it has ended. */
export async function signalContainer(
  context: ExecutorContext,
  record: ContainerRecord,
  signal: number,
  limits: Limits,
): Promise<boolean> {
  // The pid of a container without processes on the host is its sandbox's.
  const { runtime } = context;
  if (!runtime.capabilities.hostProcesses) return await runtime.kill(record.id, signal, limits);
  return isAlive(record.pid, record.startTicks) && sendSignal(record.pid, signal);
}

/** Sends SIGKILL to a container, paused or not; where it shares a pid namespace, to every process of it. */
export async function killContainer(context: ExecutorContext, record: ContainerRecord, limits: Limits): Promise<void> {
  await signalContainer(context, record, SIGKILL, limits);
  const facts = await findFacts(context.paths, record.id, record.bundle);
  const cgroup = facts ? ownCgroup(facts) : '';
  if (cgroup !== '') thawCgroup(context.cgroups, cgroup);
  await killLeftovers(context, record);
}

/** Ends what outlives the init of a container that shares the pod's or the host's pid namespace. */
export async function killLeftovers(context: ExecutorContext, record: ContainerRecord): Promise<void> {
  if (!context.runtime.capabilities.hostProcesses) return;
  const facts = await findFacts(context.paths, record.id, record.bundle);
  if (!facts || facts.ownPidNamespace || wholeCgroup(facts) === '') return;
  if (!(await killCgroup(context.cgroups, wholeCgroup(facts)))) {
    context.log.warn({ container: record.id }, 'processes of the container do not end on SIGKILL');
  }
}
