import { oomKilled } from '@slipway/cgroups';
import { type ContainerExit, oomMarked } from '@slipway/conmon';
import type { ContainerRecord } from '@slipway/contracts';
import type { ContainerFacts } from '../container/facts.js';
import type { ExecutorContext } from '../context.js';

type Parts = Pick<ExecutorContext, 'cgroups' | 'paths'>;
type Outcome = Pick<ContainerRecord, 'exitCode' | 'reason' | 'message'>;

/** As containerd answers for a task whose end it did not see. */
const unknownExitCode = 255;

/** How a container ended, in the words that kubelets show. A kill for want of memory comes before the code. */
export function exitOutcome(parts: Parts, id: string, exit: ContainerExit, facts: ContainerFacts | undefined): Outcome {
  const reason = outOfMemory(parts, id, facts) ? 'OOMKilled' : exit.code === 0 ? 'Completed' : 'Error';
  return { exitCode: exit.code, reason, message: '' };
}

/** The same for a container whose conmon was gone before it. */
export function unknownOutcome(parts: Parts, id: string, facts: ContainerFacts | undefined): Outcome {
  return {
    exitCode: unknownExitCode,
    reason: outOfMemory(parts, id, facts) ? 'OOMKilled' : 'Unknown',
    message: 'the container ended and conmon, which knows its exit code, was gone',
  };
}

function outOfMemory(parts: Parts, id: string, facts: ContainerFacts | undefined): boolean {
  if (oomMarked(parts.paths.container(id).persist)) return true;
  return facts !== undefined && facts.cgroupsPath !== '' && oomKilled(parts.cgroups, facts.cgroupsPath);
}
