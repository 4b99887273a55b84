import { existsSync, mkdirSync } from 'node:fs';
import { containerCgroup } from '@slipway/cgroups';
import {
  ContainerPhase,
  type ContainerRecord,
  type CreateContainerCall,
  type CreateContainerResult,
} from '@slipway/contracts';
import { SlipwayError } from '@slipway/errors';
import { parseStat } from '@slipway/linux';
import { nowNanos } from '@slipway/time';
import type { Call, ExecutorContext } from '../context.js';
import { beginOomKills } from '../exits/oom-kills.js';
import { limitGvisorSandbox } from '../gvisor/limits.js';
import { inOwnTime } from '../own-time.js';
import { readBundleFacts, saveFacts } from './facts.js';
import { requireContainer } from './require-container.js';
import { checkLogPath } from './log-path.js';
import { giveOutputs } from './output-owner.js';
import { moveContainer, phaseName } from './phases.js';
import { takeDown } from './take-down.js';

/** For taking down what a failed creation made, in milliseconds. */
const undoMs = 30_000;

/**
 * Creates a container from its bundle and moves its record from INTENT to CREATED. Leftovers of a try that died
 * half-way left is taken down first. A container that was created already is the answer.
 */
export async function createContainer(
  context: ExecutorContext,
  request: CreateContainerCall,
  call: Call,
): Promise<CreateContainerResult> {
  const built = request.container;
  if (!built?.id || !built.bundle) {
    throw new SlipwayError('INVALID_REQUEST', 'the container of the request needs an id and a bundle');
  }
  context.moves.hasten();
  return await context.records.withLock(
    `container:${built.id}`,
    async (_lost, current) => ({ container: await createLocked(context, current, built, call) }),
    { signal: call.signal, read: () => requireContainer(context, built.id) },
  );
}

async function createLocked(
  context: ExecutorContext,
  current: ContainerRecord,
  built: ContainerRecord,
  call: Call,
): Promise<ContainerRecord> {
  const { id } = built;
  if (current.phase !== ContainerPhase.CONTAINER_INTENT) return current;
  const record: ContainerRecord = { ...current, ...fromBuilder(built) };
  const paths = context.paths.container(id);
  const facts = { ...(await readBundleFacts(record.bundle)), sandboxId: record.sandboxId, handler: context.handler };
  if (existsSync(paths.directory)) {
    // Its end is no end of what is created next.
    context.exits.forget(id);
    await takeDown(context, record, call);
  }
  mkdirSync(paths.directory, { recursive: true, mode: 0o700 });
  await saveFacts(context.paths, id, facts);
  await beginOomKills(context, record, facts);
  try {
    checkLogPath(record.logPath);
    const { pid, conmonPid } = await context.holder(record).create(record, facts, call);
    await saveFacts(context.paths, id, { ...facts, cgroup: containerCgroup(context.cgroups, facts.cgroupsPath, pid) });
    const { hostProcesses } = context.runtime.capabilities;
    // Processes of a runtime's own kernel have a user namespace that is none of the pod's.
    if (hostProcesses) giveOutputs(pid, record.user);
    // A pid that is gone again is found by the watcher like any other exit.
    const startTicks = parseStat(pid)?.startTicks ?? 0n;
    if (!hostProcesses) await limitGvisorSandbox(context, record.sandboxId, record);
    const { record: moved } = await moveContainer(context, id, [ContainerPhase.CONTAINER_INTENT], (now) => ({
      ...fromBuilder(built),
      phase: ContainerPhase.CONTAINER_PHASE_CREATED,
      createdAt: now.createdAt || nowNanos(),
      pid,
      startTicks,
    }));
    if (moved?.phase !== ContainerPhase.CONTAINER_PHASE_CREATED) {
      const phase = moved ? phaseName(moved.phase) : 'gone';
      throw new SlipwayError('CONTAINER_STATE', `the record is ${phase} after the creation`, {
        object: `container ${id}`,
      });
    }
    context.exits.watchProcess(moved, conmonPid);
    call.log.info({ container: id, pid }, 'container created');
    return moved;
  } catch (error) {
    await undo(context, record, call);
    throw error;
  }
}

/** Facts that the builder determined about the container; the rest of the record is as it was reserved. */
function fromBuilder(built: ContainerRecord): Partial<ContainerRecord> {
  const { bundle, mounts, user, stopSignal, logPath, imageId, imageRef, layers } = built;
  return { bundle, mounts, user, stopSignal, logPath, imageId, imageRef, layers };
}

/** Leaves nothing of a failed creation. The caller's deadline may be what failed it: this one has its own. */
async function undo(context: ExecutorContext, record: ContainerRecord, call: Call): Promise<void> {
  try {
    await inOwnTime(undoMs, call.log, (own) => takeDown(context, record, own));
  } catch (error) {
    call.log.warn({ container: record.id, err: error }, 'could not take down a container whose creation failed');
  }
}
