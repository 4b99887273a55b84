import { oomKilled } from '@slipway/cgroups';
import { type ContainerExit, oomMarked } from '@slipway/conmon';
import type { ContainerRecord } from '@slipway/contracts';
import { findFacts, wholeCgroup } from '../container/facts.js';
import type { ExecutorContext } from '../context.js';

type Parts = Pick<ExecutorContext, 'cgroups' | 'paths' | 'runtime'>;
type Outcome = Pick<ContainerRecord, 'exitCode' | 'reason' | 'message'>;

/** As containerd answers for a task whose end it did not see. */
const unknownExitCode = 255;
/** Of a gVisor container whose sandbox ended under it: see docs/gvisor.md. */
const sandboxLost = 137;

/** How a container ended, in the words that kubelets show. A kill for want of memory comes before the code. */
export async function exitOutcome(parts: Parts, record: ContainerRecord, exit: ContainerExit): Promise<Outcome> {
  const oom = await outOfMemory(parts, record, exit.code);
  return { exitCode: exit.code, reason: oom ? 'OOMKilled' : exit.code === 0 ? 'Completed' : 'Error', message: '' };
}

/** The same for a container whose conmon was gone before it; `ended` where it was ended because of that. */
export async function unknownOutcome(parts: Parts, record: ContainerRecord, ended: boolean): Promise<Outcome> {
  return {
    exitCode: unknownExitCode,
    reason: (await outOfMemory(parts, record, unknownExitCode)) ? 'OOMKilled' : 'Unknown',
    message: ended
      ? "conmon, which holds the container's output, was killed, and the container was ended because of that"
      : 'the container ended and conmon, which knows its exit code, was gone',
  };
}

async function outOfMemory(parts: Parts, { id, sandboxId, bundle }: ContainerRecord, code: number): Promise<boolean> {
  if (await wasKilled(parts, id, bundle)) return true;
  // What the kernel kills of gVisor is the sandbox, and every container with it.
  return parts.runtime.kind === 'runsc' && code === sandboxLost && (await wasKilled(parts, sandboxId, ''));
}

async function wasKilled({ cgroups, paths }: Parts, id: string, bundle: string): Promise<boolean> {
  if (oomMarked(paths.container(id).persist)) return true;
  const facts = await findFacts(paths, id, bundle);
  const cgroup = facts ? wholeCgroup(facts) : '';
  return cgroup !== '' && oomKilled(cgroups, cgroup);
}
