import { ContainerPhase } from '@slipway/contracts';
import { killGroup } from '@slipway/linux';
import type { ExecutorContext } from '../context.js';
import { conmonPid, isConmonOf } from './conmon-process.js';

/** Milliseconds between two looks at a creation that holds the lock. */
const lookMs = 1000;

/**
 * Kills the creations of a container, also those of other instances, for as long as its removal waits for their lock: a
 * runtime that hangs would hold it until its own deadline. Returns the function that ends this.
 */
export function endCreations(context: ExecutorContext, id: string): () => void {
  let over = false;
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    endCreation(context, id)
      .catch((error: unknown) => context.log.warn({ container: id, err: error }, 'a creation could not be ended'))
      .finally(() => {
        if (!over) timer = setTimeout(look, lookMs);
      });
  };
  look();
  return () => {
    over = true;
    clearTimeout(timer);
  };
}

async function endCreation(context: ExecutorContext, id: string): Promise<void> {
  const pid = await conmonPid(context.paths.container(id).conmonPidFile);
  if (pid === undefined || !(await isConmonOf(pid, id))) return;
  const record = await context.records.containers.get(id);
  if (record?.phase !== ContainerPhase.CONTAINER_INTENT) return;
  // The runtime is in conmon's group. The creation itself, which fails now, deletes what the runtime created.
  killGroup(pid, 'SIGKILL');
}
