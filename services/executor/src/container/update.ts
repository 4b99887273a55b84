import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { type Cgroups, limitCgroup, relativeCgroup } from '@slipway/cgroups';
import type { ContainerRecord, UpdateContainerCall, UpdateContainerResult } from '@slipway/contracts';
import { LinuxContainerResources } from '@slipway/cri';
import { SlipwayError } from '@slipway/errors';
import { stringifyExact } from '@slipway/json';
import { containerResources, mergeResources } from '@slipway/oci-spec';
import type { Call, ExecutorContext } from '../context.js';
import { limitGvisorSandbox } from '../gvisor/limits.js';
import { type ContainerFacts, findFacts, ownCgroup, wholeCgroup } from './facts.js';
import { requireContainer } from './require-container.js';
import { isLive, phaseName } from './phases.js';

/**
 * Changes the limits of a container that was created or runs, by the runtime's `update`, and keeps them in its record.
 * Fields that the request leaves at their zero value stay as they are. Throws CONTAINER_NOT_FOUND, CONTAINER_STATE,
 * INVALID_REQUEST, RUNTIME_FAILED.
 */
export async function updateContainer(
  context: ExecutorContext,
  request: UpdateContainerCall,
  call: Call,
): Promise<UpdateContainerResult> {
  const work = async (): Promise<void> => await updateLocked(context, request, call);
  await context.records.withLock(`container:${request.id}`, work, { signal: call.signal });
  return {};
}

async function updateLocked(context: ExecutorContext, request: UpdateContainerCall, call: Call): Promise<void> {
  const { id } = request;
  const record = await requireContainer(context, id);
  if (!isLive(record)) {
    throw new SlipwayError('CONTAINER_STATE', `it is ${phaseName(record.phase)}: it has no limits any more`, {
      object: `container ${id}`,
    });
  }
  const changes = LinuxContainerResources.create(request.resources);
  const merged = mergeResources(record.resources, changes);
  // Containers without processes on the host are limited together: docs/gvisor.md.
  if (context.runtime.capabilities.hostProcesses) await updateRuntime(context, record, merged, call);
  else await limitGvisorSandbox(context, record.sandboxId, { id, resources: merged });
  await context.records.containers.transition(id, (current): ContainerRecord => ({ ...current, resources: merged }));
}

async function updateRuntime(
  context: ExecutorContext,
  { id, bundle }: ContainerRecord,
  resources: LinuxContainerResources,
  call: Call,
): Promise<void> {
  const { cgroups, paths, runtime } = context;
  const facts = await findFacts(paths, id, bundle);
  const limits = containerResources({
    resources,
    handler: { kind: runtime.kind, cgroupMode: cgroups.mode, cgroupDriver: context.settings.cgroup.driver },
    host: controllersOf(cgroups, facts && wholeCgroup(facts)),
    onLess: (what) => call.log.info({ container: id }, what),
  });
  const file = join(paths.container(id).directory, 'resources.json');
  writeFileSync(file, stringifyExact(limits));
  try {
    await runtime.update(id, file, call);
  } finally {
    rmSync(file, { force: true });
  }
  // Limits that the runtime cannot write: see containerResources.
  if (resources.cpuQuota < 0n && limits.cpu?.quota === undefined && facts) {
    await removeQuota(context, facts, resources.cpuPeriod, call);
  }
}

async function removeQuota(
  { cgroups, settings, units }: ExecutorContext,
  facts: ContainerFacts,
  cpuPeriod: bigint,
  call: Call,
): Promise<void> {
  const whole = wholeCgroup(facts);
  // systemd would give the scope its old quota again at the next occasion.
  if (settings.cgroup.driver === 'systemd') {
    await units.setProperties(posix.basename(relativeCgroup(whole)), ['CPUQuota='], call);
  }
  for (const cgroup of new Set([whole, ownCgroup(facts)])) limitCgroup(cgroups, cgroup, { cpuQuota: -1n, cpuPeriod });
}

/** Limits that the kernel has here, by the container's own files. */
function controllersOf(cgroups: Cgroups, cgroupsPath = ''): { swapAccounting: boolean; hugetlb: boolean } {
  const v2 = cgroups.mode === 'v2';
  const has = (controller: string, file: string): boolean => {
    const directory = cgroupsPath === '' ? undefined : cgroups.directory(controller, cgroupsPath);
    return directory !== undefined && existsSync(join(directory, file));
  };
  return {
    swapAccounting: has('memory', v2 ? 'memory.swap.max' : 'memory.memsw.limit_in_bytes'),
    hugetlb: v2 ? has('hugetlb', 'hugetlb.2MB.max') : cgroups.controller('hugetlb') !== undefined,
  };
}
