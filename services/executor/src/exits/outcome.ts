import { type ContainerExit, oomMarked } from '@slipway/conmon';
import type { ContainerRecord } from '@slipway/contracts';
import { findFacts } from '../container/facts.js';
import type { ExecutorContext } from '../context.js';
import { endOomKills } from './oom-kills.js';

type Parts = Pick<ExecutorContext, 'cgroups' | 'paths' | 'runtime' | 'settings' | 'records'>;
type Outcome = Pick<ContainerRecord, 'exitCode' | 'reason' | 'message'>;

/** As containerd answers for a task whose end it did not see. */
const unknownExitCode = 255;
/** Reason of a gVisor container whose sandbox ended under it: see docs/gvisor.md. */
const sandboxLost = 137;

/**
 * How a container ended, in the words that kubelets show. A container that failed after the kernel had killed in it for want of
 * memory is OOMKilled, whichever of its processes was killed; one that ended well is Completed, and its message tells
 * of what was killed beside its init.
 */
export async function exitOutcome(parts: Parts, record: ContainerRecord, exit: ContainerExit): Promise<Outcome> {
  const { code } = exit;
  const kills = await killsOf(parts, record, code);
  if (code === 0) return { exitCode: code, reason: 'Completed', message: kills > 0 ? killed(kills) : '' };
  return { exitCode: code, reason: kills > 0 ? 'OOMKilled' : 'Error', message: '' };
}

/** The same for a container whose conmon was gone before it; `ended` where it was ended because of that. */
export async function unknownOutcome(parts: Parts, record: ContainerRecord, ended: boolean): Promise<Outcome> {
  return {
    exitCode: unknownExitCode,
    reason: (await killsOf(parts, record, unknownExitCode)) > 0 ? 'OOMKilled' : 'Unknown',
    message: ended
      ? "conmon, which holds the container's output, was killed, and the container was ended because of that"
      : 'the container ended and conmon, which knows its exit code, was gone',
  };
}

function killed(kills: number): string {
  return `the kernel killed ${kills === 1 ? 'a process' : `${kills} processes`} of the container for want of memory; its first process went on`;
}

async function killsOf(parts: Parts, record: ContainerRecord, code: number): Promise<number> {
  const own = await killsIn(parts, record, code);
  if (own > 0 || parts.runtime.capabilities.hostProcesses || code !== sandboxLost) return own;
  // The kernel kills the whole sandbox, and every container with it.
  return await killsIn(parts, { id: record.sandboxId, sandboxId: record.sandboxId, bundle: '' }, code);
}

async function killsIn(
  parts: Parts,
  container: Pick<ContainerRecord, 'id' | 'sandboxId' | 'bundle'>,
  code: number,
): Promise<number> {
  const { id, bundle } = container;
  const facts = await findFacts(parts.paths, id, bundle);
  const counted = await endOomKills(parts, container, facts, code);
  if (counted !== undefined && parts.cgroups.mode === 'v2') return counted;
  // v1 does not count what was killed in a cgroup below, such as that of a command.
  return Math.max(counted ?? 0, oomMarked(parts.paths.container(id).persist) ? 1 : 0);
}
