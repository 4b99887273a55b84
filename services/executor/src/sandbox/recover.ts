import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cached } from '@slipway/cni';
import { SandboxPhase, type SandboxRecord } from '@slipway/contracts';
import { hasCode, listMounts, removeMountedTree } from '@slipway/linux';
import { FirstSeen, Limit, nowNanos } from '@slipway/time';
import { endContainersOf, recoverContainers } from '../container/recover.js';
import { inOwnTime } from '../own-time.js';
import type { SandboxContext } from './context.js';
import { infraIsGone } from './infra-exit.js';
import { isSandboxId, sandboxesDirectory, sandboxPaths } from './paths.js';
import { moveSandbox } from './phases.js';
import { recoverConmons, recoverUnits } from './recover-units.js';
import { clearSandbox } from './take-down.js';

/** A sandbox that nobody has worked on for so long, since this process saw it first, will not be finished. */
const abandonedMs = 120_000;
const periodMs = 60_000;
/** For one object. */
const mendMs = 30_000;

export interface Recovery {
  close(): void;
}

/** How long this process has known of reservations and directories. */
export interface RecoverOptions {
  ages: FirstSeen;
  abandonedMs?: number;
}

/** Compares records and node immediately, from time to time, and whenever Redis was lost; see {@link recoverSandboxes}. */
export function keepRecovering(context: SandboxContext): Recovery {
  const ages = new FirstSeen();
  let busy = false;
  let again = false;
  const sweep = async (): Promise<void> => {
    again = busy;
    if (busy) return;
    busy = true;
    try {
      // Containers first: their sandboxes are taken down after them.
      await recoverContainers(context, ages);
      await recoverSandboxes(context, { ages });
      ages.endRound();
      await recoverUnits(context);
      await recoverConmons(context);
    } catch (error) {
      context.log.warn({ err: error }, 'sandboxes cannot be compared with the node now');
    } finally {
      busy = false;
    }
    if (again) await sweep();
  };
  const timer = setInterval(() => void sweep().catch(() => undefined), periodMs);
  timer.unref();
  void sweep().catch(() => undefined);
  const unsubscribe = context.records.onCompared(() => void sweep().catch(() => undefined));
  return {
    close: () => {
      unsubscribe();
      clearInterval(timer);
    },
  };
}

/**
 * Mends what records and node say differently, for the sandboxes of this handler. A READY sandbox whose
 * namespaces or infra container are gone becomes NOT_READY, and its addresses are given back; one that was reserved and left half
 * made is taken down with its record; what no record knows is taken down. Each is looked at again
 * under its lock, so that several executors can do this concurrently.
 */
export async function recoverSandboxes(
  context: SandboxContext,
  options: RecoverOptions = { ages: new FirstSeen() },
): Promise<void> {
  // Before the records: what was made since then has a record in the list.
  const directories = await sandboxDirectories(context);
  const attachments = await attachedSandboxes(context);
  const records = await context.records.sandboxes.list();
  const known = new Set(records.map((record) => record.id));
  const attached = new Set(attachments);
  const pins = new Set(listMounts().map((mount) => mount.target));

  for (const record of records) {
    if (record.handler !== context.handler) continue;
    if (isBroken(record, pins)) await mend(context, record.id, () => breakSandbox(context, record.id));
    else if (isOldIntent(record, options)) await mend(context, record.id, () => abandon(context, record.id, options));
    if (attached.has(record.id) && hasLostAll(record, pins))
      await mend(context, record.id, () => detach(context, record));
  }
  for (const id of new Set([...directories, ...attachments])) {
    if (!known.has(id)) await mend(context, id, () => clearOrphan(context, id, options));
  }
}

/** An object that cannot be mended must not hold up the others. */
async function mend(context: SandboxContext, id: string, work: () => Promise<void>): Promise<void> {
  using limit = new Limit({ ms: mendMs });
  try {
    await context.records.withLock(`sandbox:${id}`, work, { signal: limit.signal });
  } catch (error) {
    context.log.error({ err: error, sandbox: id }, 'sandbox cannot be mended now');
  }
}

/** Why a READY sandbox is none any more; empty when nothing is wrong. */
function breakage(record: SandboxRecord, pins: ReadonlySet<string>): string {
  const lost = Object.entries(record.namespaces).filter(([, path]) => !pins.has(path));
  if (lost.length > 0) return `its ${lost.map(([kind]) => kind).join(', ')} namespace is gone: the node was restarted`;
  return infraIsGone(record) ? 'its infra container is gone' : '';
}

function isBroken(record: SandboxRecord, pins: ReadonlySet<string>): boolean {
  return record.phase === SandboxPhase.SANDBOX_READY && breakage(record, pins) !== '';
}

async function breakSandbox(context: SandboxContext, id: string): Promise<void> {
  const record = await context.records.sandboxes.get(id);
  const reason = record && breakage(record, new Set(listMounts().map((mount) => mount.target)));
  if (!reason) return;
  const change = { phase: SandboxPhase.SANDBOX_NOT_READY, reason };
  const { moved } = await moveSandbox(context, id, SandboxPhase.SANDBOX_READY, change);
  if (moved) context.log.warn({ sandbox: id, reason }, 'sandbox is not ready any more');
}

/** Whether the node was restarted under a sandbox: a kubelet may look at it much later, or never. */
function hasLostAll({ phase, namespaces }: SandboxRecord, pins: ReadonlySet<string>): boolean {
  const paths = Object.values(namespaces);
  const ended = phase === SandboxPhase.SANDBOX_NOT_READY || phase === SandboxPhase.SANDBOX_READY;
  return ended && paths.length > 0 && !paths.some((path) => pins.has(path));
}

/** Gives the addresses of a sandbox back whose namespaces are gone; its record stays for the kubelet to remove. */
async function detach(context: SandboxContext, { id }: SandboxRecord): Promise<void> {
  const record = await context.records.sandboxes.get(id);
  if (record?.phase !== SandboxPhase.SANDBOX_NOT_READY) return;
  if (!hasLostAll(record, new Set(listMounts().map((mount) => mount.target)))) return;
  await inOwnTime(mendMs, context.log, (call) => context.network.detach(id, call));
  context.log.info({ sandbox: id }, 'the addresses of a sandbox of before the restart are free again');
}

function isOldIntent(record: SandboxRecord, { ages, abandonedMs: limit = abandonedMs }: RecoverOptions): boolean {
  return record.phase === SandboxPhase.SANDBOX_INTENT && ages.age(intentKey(record)) >= limit;
}

/** A later try with the same id is another reservation. */
function intentKey({ id, createdAt }: SandboxRecord): string {
  return `intent ${id} ${createdAt}`;
}

/** Undoes a reservation whose maker died, so that the pod's next try starts from the beginning. */
async function abandon(context: SandboxContext, id: string, options: RecoverOptions): Promise<void> {
  const record = await context.records.sandboxes.get(id);
  if (!record || !isOldIntent(record, options)) return;
  if (record.operation && (await context.records.operations.isRunning(record.operation))) return;
  await inOwnTime(mendMs, context.log, (call) => clearSandbox(context, id, call, record));
  await context.records.sandboxes.delete(id);
  context.log.warn({ sandbox: id }, 'a sandbox that was left half made was taken down');
}

async function clearOrphan(context: SandboxContext, id: string, options: RecoverOptions): Promise<void> {
  // A record that was lost is restored where a copy of it is left, and the sandbox goes on.
  if (await context.records.sandboxes.find(id)) return;
  // The call that removed it held its lock until now.
  const there = existsSync(sandboxPaths(context.settings, id).directory);
  if (!there && !(await attachedSandboxes(context)).includes(id)) return;
  if (!(await isOurs(context, id, options))) return;
  await endContainersOf(context, id);
  await inOwnTime(mendMs, context.log, async (call) => {
    await clearSandbox(context, id, call);
    // The bundle of its infra container: nobody will ask the builder to remove it.
    const work = (): Promise<void> => removeMountedTree(join(context.settings.root, 'bundles', id));
    await context.records.withLock(`bundle:${id}`, work, { signal: call.signal });
  });
  context.publish('sandbox', { id, sandboxId: id, phase: 'LOST', at: nowNanos() });
  context.log.error({ sandbox: id }, 'a sandbox that no record knows was ended and removed');
}

/** A directory belongs to the handler that it names; without one, an attachment may be undone by any handler. */
async function isOurs(context: SandboxContext, id: string, { ages }: RecoverOptions): Promise<boolean> {
  const paths = sandboxPaths(context.settings, id);
  try {
    return (await readFile(paths.handler, 'utf8')) === context.handler;
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
  // A directory without a name is one that is just being made, or was when its maker died.
  return !existsSync(paths.directory) || ages.age(`directory ${id}`) > abandonedMs;
}

async function sandboxDirectories(context: SandboxContext): Promise<string[]> {
  try {
    return (await readdir(sandboxesDirectory(context.settings))).filter(isSandboxId);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}

async function attachedSandboxes(context: SandboxContext): Promise<string[]> {
  const { attachments, damaged } = await cached(context.network.cacheDir);
  for (const { file, reason } of damaged) context.log.warn({ file, reason }, 'a network attachment cannot be read');
  return attachments.map((attachment) => attachment.containerId).filter(isSandboxId);
}
