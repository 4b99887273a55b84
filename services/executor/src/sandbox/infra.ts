import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { containerCgroup } from '@slipway/cgroups';
import { ContainerRecord, type InfraContainer } from '@slipway/contracts';
import { SlipwayError } from '@slipway/errors';
import { bindMount, parseStat, unmount } from '@slipway/linux';
import { closeSync, openSync, unlinkSync } from 'node:fs';
import { readBundleFacts, saveFacts } from '../container/facts.js';
import { takeDown } from '../container/take-down.js';
import type { Call } from '../context.js';
import type { SandboxContext } from './context.js';
import type { SandboxPaths } from './paths.js';

/** An infra container is held like any other, under its sandbox's id and without a log. */
function asContainer(context: SandboxContext, id: string, bundle: string): ContainerRecord {
  return ContainerRecord.create({ id, sandboxId: id, handler: context.handler, bundle });
}

/** Creates a sandbox's infra container, whose init then waits for {@link startInfra}. */
export async function createInfra(
  context: SandboxContext,
  id: string,
  bundle: string,
  call: Call,
): Promise<InfraContainer> {
  context.moves.hasten();
  const record = asContainer(context, id, bundle);
  const facts = { ...(await readBundleFacts(bundle)), sandboxId: id, handler: context.handler };
  await mkdir(context.paths.container(id).directory, { recursive: true, mode: 0o700 });
  await saveFacts(context.paths, id, facts);
  const { pid } = await context.holder(record).create(record, facts, call);
  await saveFacts(context.paths, id, { ...facts, cgroup: containerCgroup(context.cgroups, facts.cgroupsPath, pid) });
  const startTicks = parseStat(pid)?.startTicks;
  if (startTicks === undefined) throw new SlipwayError('RUNTIME_FAILED', 'the infra container ended immediately');
  return { bundle, pid, startTicks };
}

export async function startInfra(context: SandboxContext, id: string, bundle: string, call: Call): Promise<void> {
  await context.holder(asContainer(context, id, bundle)).start(asContainer(context, id, bundle), call);
}

/** Ends and removes a sandbox's infra container, in whatever state it is; none is success. */
export async function removeInfra(
  context: SandboxContext,
  id: string,
  infra: InfraContainer | undefined,
  call: Call,
): Promise<void> {
  // Most sandboxes have none: no process is run to learn that.
  if (!infra && !existsSync(context.paths.container(id).directory)) return;
  await takeDown(context, { id, bundle: infra?.bundle ?? '' }, call);
}

/**
 * Pins the pid namespace of the infra container, so that its path never names another process's.
 * Whoever joins it after the infra container's end fails (ENOMEM, pid_namespaces(7)).
 */
export function pinPidNamespace(paths: SandboxPaths, pid: number): string {
  closeSync(openSync(paths.pidNamespace, 'w', 0o444));
  bindMount(`/proc/${pid}/ns/pid`, paths.pidNamespace);
  return paths.pidNamespace;
}

export function unpinPidNamespace(paths: SandboxPaths): void {
  if (!existsSync(paths.pidNamespace)) return;
  unmount(paths.pidNamespace, { detach: true, missingOk: true });
  unlinkSync(paths.pidNamespace);
}
