import { readFileSync } from 'node:fs';
import { killCgroup, removeCgroup } from '@slipway/cgroups';
import { removeAttachDirectory, removeExit } from '@slipway/conmon';
import type { ContainerRecord } from '@slipway/contracts';
import { SlipwayError } from '@slipway/errors';
import { hasCode, isAlive, parseStat, reapChild, removeTree, signal as sendSignal, watchExit } from '@slipway/linux';
import { Limit } from '@slipway/time';
import type { Call, ExecutorContext } from '../context.js';
import { endOomKills } from '../exits/oom-kills.js';
import { conmonPid, isConmonOf } from './conmon-process.js';
import { findFacts, wholeCgroup } from './facts.js';

/** conmon ends by itself when its container has; one that does not is in the way. */
const conmonMs = 15_000;

type Known = Pick<ContainerRecord, 'id' | 'bundle'>;

/**
 * Leaves nothing of a container, in whatever state it is: processes, the runtime's state, cgroups, conmon,
 * its files. The record stays. Nothing there is success, so that it can be repeated.
 */
export async function takeDown(context: ExecutorContext, container: Known, call: Call): Promise<void> {
  const { id } = container;
  const paths = context.paths.container(id);
  const facts = await findFacts(context.paths, id, container.bundle);
  // A container that was never seen to end, because its creation failed, counts in its pod as well.
  if (facts?.sandboxId) await endOomKills(context, { ...container, sandboxId: facts.sandboxId }, facts);
  await context.runtime.delete(id, { ...call, force: true, ended: hasEnded(paths.pidFile) });
  const cgroup = facts ? wholeCgroup(facts) : '';
  if (cgroup !== '') {
    // A shared pid namespace keeps what the init left behind.
    if (!(await killCgroup(context.cgroups, cgroup, { signal: call.signal }))) {
      throw new SlipwayError('RUNTIME_FAILED', `processes in ${cgroup} do not end on SIGKILL`, {
        object: `container ${id}`,
      });
    }
    await removeCgroup(context.cgroups, cgroup, { signal: call.signal });
  }
  await endConmon(paths.conmonPidFile, id);
  await context.conmons.release();
  await removeAttachDirectory(context.paths.attach, id);
  await removeTree(paths.directory, { signal: call.signal });
  await removeExit(context.paths.exits, id);
}

/** Whether the init of a created container has ended, by its pid alone: another process with that pid counts as the init. */
function hasEnded(pidFile: string): boolean {
  try {
    const pid = Number(readFileSync(pidFile, 'utf8'));
    return pid > 0 && !isAlive(pid);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}

async function endConmon(pidFile: string, id: string): Promise<void> {
  const pid = (await conmonPid(pidFile)) ?? 0;
  if (!(pid > 1)) return;
  if (await isConmonOf(pid, id)) {
    if (!(await endsWithin(pid, conmonMs))) {
      if (await isConmonOf(pid, id)) sendSignal(pid, 'SIGKILL');
      if (!(await endsWithin(pid, conmonMs))) {
        throw new SlipwayError('RUNTIME_FAILED', `its conmon, pid ${pid}, does not end on SIGKILL`, {
          object: `container ${id}`,
        });
      }
    }
  }
  const stat = parseStat(pid);
  if (stat?.state !== 'Z' || stat.comm !== 'conmon' || stat.ppid !== process.pid) return;
  // Its parent has ended: as the subreaper this process is its parent now.
  reapChild(pid);
}

async function endsWithin(pid: number, ms: number): Promise<boolean> {
  using limit = new Limit({ ms });
  try {
    await watchExit(pid, { signal: limit.signal });
    return true;
  } catch (error) {
    if (limit.expired) return false;
    throw error;
  }
}
