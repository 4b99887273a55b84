import { existsSync, mkdirSync } from 'node:fs';
import {
  type CreateSandboxRequest,
  type CreateSandboxResponse,
  SandboxPhase,
  type SandboxRecord,
} from '@slipway/contracts';
import type { PodSandboxConfig } from '@slipway/cri';
import { SlipwayError } from '@slipway/errors';
import { deadlineIn, Limit } from '@slipway/time';
import { inOwnTime } from '../own-time.js';
import { readBundleFacts } from '../container/facts.js';
import { beginOomKills } from '../exits/oom-kills.js';
import { makeCgroupParent, removeCgroupParent } from './cgroup.js';
import type { SandboxCall, SandboxContext } from './context.js';
import { makeDirectory, mountShm, type Owner, removeDirectory, unmountFiles, unmountShm, writeFiles } from './files.js';
import { createInfra, pinPidNamespace, removeInfra, startInfra, unpinPidNamespace } from './infra.js';
import { type NamespacePlan, namespacePlan, pinNamespaces } from './namespaces.js';
import { isSandboxId, type SandboxPaths, sandboxPaths } from './paths.js';
import { moveSandbox, sandboxPhaseName } from './phases.js';
import { clearSandbox } from './take-down.js';
import { settleAll, Steps } from './undo.js';

/** Undoing has its own time: the call's may be what ran out. */
const undoMs = 30_000;

/**
 * Creates a sandbox on this node and moves its record from INTENT to READY. Leftovers of a try that
 * died half-way left is cleared first. A failure leaves nothing, and its error names the
 * step. A sandbox that is READY already is the answer.
 */
export async function createSandbox(
  context: SandboxContext,
  request: CreateSandboxRequest,
  call: SandboxCall,
): Promise<CreateSandboxResponse> {
  const id = request.sandbox?.id ?? '';
  if (!isSandboxId(id)) throw new SlipwayError('INVALID_REQUEST', `${JSON.stringify(id)} is no id of a sandbox`);
  return await context.records.withLock(
    `sandbox:${id}`,
    async (lost, reserved) => {
      // Whoever lost the lock must not go on beside the one who has it now.
      using limit = new Limit({ signals: [call.signal, lost] });
      const held = { ...call, signal: limit.signal };
      return { sandbox: await createLocked(context, id, reserved, request, held) };
    },
    { signal: call.signal, read: () => context.records.sandboxes.get(id) },
  );
}

async function createLocked(
  context: SandboxContext,
  id: string,
  reserved: SandboxRecord | undefined,
  { infraBundle, hold }: CreateSandboxRequest,
  call: SandboxCall,
): Promise<SandboxRecord> {
  const object = `sandbox ${id}`;
  if (!reserved) throw new SlipwayError('SANDBOX_NOT_FOUND', 'it was not reserved, or is removed', { object });
  if (reserved.phase === SandboxPhase.SANDBOX_READY) return reserved;
  if (reserved.phase !== SandboxPhase.SANDBOX_INTENT) {
    throw new SlipwayError('SANDBOX_NOT_READY', `it is ${sandboxPhaseName(reserved.phase)} already`, { object });
  }
  // A held sandbox is complete; any other may be incomplete.
  if (reserved.held) return hold ? reserved : await makeReady(context, id, { held: false }, call);
  if (!reserved.config) throw new SlipwayError('INVALID_REQUEST', 'it has no config', { object });
  if (existsSync(sandboxPaths(context.settings, id).directory)) await clearSandbox(context, id, call);

  const steps = new Steps(call, object);
  try {
    const made = await make({ context, call, steps, id, config: reserved.config, infraBundle });
    if (!hold) return await makeReady(context, id, made, call);
    const held = await context.records.sandboxes.transition(id, (now) =>
      now.phase === SandboxPhase.SANDBOX_INTENT ? { ...now, ...made, held: true } : undefined,
    );
    if (held) return held;
    throw new SlipwayError('SANDBOX_NOT_FOUND', 'it was removed while it was made', { object });
  } catch (error) {
    await steps.undo(context.log);
    throw error;
  }
}

/** Moves the record to READY: from here on everybody sees the sandbox. */
async function makeReady(
  context: SandboxContext,
  id: string,
  made: Partial<SandboxRecord>,
  call: SandboxCall,
): Promise<SandboxRecord> {
  const { moved, record } = await moveSandbox(context, id, SandboxPhase.SANDBOX_INTENT, {
    ...made,
    phase: SandboxPhase.SANDBOX_READY,
    reason: '',
  });
  if (!moved || !record) {
    throw new SlipwayError('SANDBOX_NOT_FOUND', 'it was removed while it was made', { object: `sandbox ${id}` });
  }
  call.log.info({ sandbox: id, ips: record.ips }, 'sandbox ready');
  return record;
}

interface Making {
  context: SandboxContext;
  call: SandboxCall;
  steps: Steps;
  id: string;
  config: PodSandboxConfig;
  infraBundle: string;
}

type Made = Pick<SandboxRecord, 'ips' | 'namespaces' | 'directory' | 'cgroupParent' | 'infra'>;

/**
 *   directory ─┬─ files, shm ────────────────────────────┐
 *              ├─ cgroup                                  ├─ READY
 *              └─ namespaces ─┬─ network ──┬─ infra start ┘
 *                             └─ infra ────┘
 */
async function make(making: Making): Promise<Made> {
  const { context, steps, id, config } = making;
  const paths = sandboxPaths(context.settings, id);
  const plan = await steps.run('config', () => namespacePlan(config));
  await steps.run(
    'directory',
    () => makeDirectory(paths, context.handler, ownerOf(plan)),
    () => removeDirectory(paths),
  );
  // Nothing waits in it: it is there before the runtime and the network's plugins look for it.
  const cgroupParent = await steps.run(
    'cgroup',
    () => makeCgroupParent(context, id, config),
    () => removeCgroupParent(context, id),
  );
  const [, joined] = await settleAll<[void, Awaited<ReturnType<typeof makeJoined>>]>([
    makeFiles(making, paths, plan),
    makeJoined(making, paths, plan, cgroupParent),
  ]);
  return { ...joined, directory: paths.directory, cgroupParent };
}

/** The root of the pod's user namespace, as the host counts. */
function ownerOf({ user }: NamespacePlan): Owner | undefined {
  return user && { uid: user.uid.hostID, gid: user.gid.hostID };
}

async function makeFiles({ steps, config }: Making, paths: SandboxPaths, plan: NamespacePlan): Promise<void> {
  const owner = ownerOf(plan);
  await steps.run(
    'files',
    () => writeFiles(paths, { hostname: plan.hostname, dns: config.dnsConfig, owner }),
    () => unmountFiles(paths),
  );
  // The host's /dev/shm goes with the host's IPC namespace.
  if (plan.hostIpc) return;
  await steps.run(
    'shm',
    () => mountShm(paths, owner),
    () => unmountShm(paths),
  );
}

/** Namespaces, and what needs them. */
async function makeJoined(
  making: Making,
  paths: SandboxPaths,
  plan: NamespacePlan,
  cgroupParent: string,
): Promise<Pick<Made, 'ips' | 'namespaces' | 'infra'>> {
  const { context, call, steps, id, infraBundle } = making;
  const namespaces = await steps.run(
    'namespaces',
    async () => {
      mkdirSync(paths.namespaces, { recursive: true });
      return await pinNamespaces(context.namespaces, paths.namespaces, plan, call.signal);
    },
    () => context.namespaces.remove({ dir: paths.namespaces }),
  );
  const [ips, infra] = await settleAll<[string[], Made['infra']]>([
    makeNetwork(making, namespaces['net'], cgroupParent),
    makeInfra(making),
  ]);
  if (!infra) return { ips, namespaces, infra };
  // gVisor reads the addresses at its start: the network exists by now.
  await steps.run('infra start', () => startInfra(context, id, infraBundle, call));
  if (!plan.sharedPid) return { ips, namespaces, infra };
  const pid = await steps.run(
    'pid namespace',
    () => pinPidNamespace(paths, infra.pid),
    () => unpinPidNamespace(paths),
  );
  return { ips, namespaces: { ...namespaces, pid }, infra };
}

async function makeNetwork(
  { context, call, steps, id, config }: Making,
  netns: string | undefined,
  cgroupParent: string,
): Promise<string[]> {
  if (netns === undefined) return [];
  return await steps.run(
    'network',
    () => context.network.attach({ sandboxId: id, netns, config, cgroupParent }, call),
    () => context.network.detach(id, { deadline: deadlineIn(undoMs) }),
  );
}

async function makeInfra({ context, call, steps, id, infraBundle }: Making): Promise<Made['infra']> {
  if (infraBundle === '') return undefined;
  return await steps.run(
    'infra',
    async () => {
      const sandbox = { id, sandboxId: id, bundle: infraBundle };
      await beginOomKills(context, sandbox, await readBundleFacts(infraBundle));
      return await createInfra(context, id, infraBundle, call);
    },
    () => inOwnTime(undoMs, context.log, (own) => removeInfra(context, id, undefined, own)),
  );
}
