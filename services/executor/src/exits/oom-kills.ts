import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { oomKills, relativeCgroup, shareOfKills, type Uncounted } from '@slipway/cgroups';
import { oomMarked, readExit } from '@slipway/conmon';
import type { ContainerRecord } from '@slipway/contracts';
import { hasCode } from '@slipway/linux';
import { type ContainerFacts, findFacts, wholeCgroup } from '../container/facts.js';
import type { ExecutorContext } from '../context.js';

/**
 * How many processes of a container the kernel has killed for want of memory.
 *
 * systemd removes a scope as soon as its last process has ended, often before anybody has read its memory.events. What
 * was counted there was counted in the pod's slice, too, and stays there. So with the systemd driver on cgroup v2 there
 * is a directory for each pod that holds the count of the slice before its first container (`base`) and that of each
 * container that has ended, by its id: what the slice has counted besides these, and besides containers that live, is
 * that of the one that ended. It outlives the executor and goes with the sandbox.
 */
type Parts = Pick<ExecutorContext, 'cgroups' | 'paths' | 'settings'> & {
  records: { containers: Pick<ExecutorContext['records']['containers'], 'list'> };
};
type Known = Pick<ContainerRecord, 'id' | 'sandboxId' | 'bundle'>;

const baseName = 'base';
/** Readings of a pod in which the kernel kills meanwhile. */
const maxReadings = 5;

/** To be called before a container is created: the count of its pod begins with the first one. */
export async function beginOomKills(parts: Parts, { sandboxId }: Known, facts: ContainerFacts): Promise<void> {
  const directory = parts.paths.oomKills(sandboxId);
  if (!inSlices(parts) || facts.cgroupsPath === '' || existsSync(join(directory, baseName))) return;
  const counted = oomKills(parts.cgroups, podOf(facts)) ?? 0;
  const { known } = await others(parts, { id: '', sandboxId });
  write(directory, baseName, counted - known);
}

/**
 * Answers the count of a container that has ended or is about to be removed, and keeps it. Undefined where it cannot be
 * known: conmon's mark may tell then that there was one.
 */
export async function endOomKills(
  parts: Parts,
  container: Known,
  facts: ContainerFacts | undefined,
  exitCode?: number,
): Promise<number | undefined> {
  if (!facts || facts.cgroupsPath === '') return undefined;
  const { id, sandboxId } = container;
  const directory = parts.paths.oomKills(sandboxId);
  const before = read(directory, id);
  if (before !== undefined) return before;
  const kills = oomKills(parts.cgroups, wholeCgroup(facts)) ?? (await fromSlice(parts, container, facts, exitCode));
  if (kills !== undefined && inSlices(parts) && read(directory, baseName) !== undefined) write(directory, id, kills);
  return kills;
}

async function fromSlice(
  parts: Parts,
  { id, sandboxId }: Known,
  facts: ContainerFacts,
  exitCode: number | undefined,
): Promise<number | undefined> {
  const base = inSlices(parts) ? read(parts.paths.oomKills(sandboxId), baseName) : undefined;
  if (base === undefined) return undefined;
  const marked = oomMarked(parts.paths.container(id).persist);
  for (let left = maxReadings; ; left--) {
    const first = await others(parts, { id, sandboxId });
    const counted = oomKills(parts.cgroups, podOf(facts));
    if (counted === undefined) return undefined;
    const { known, uncounted } = await others(parts, { id, sandboxId });
    if (known !== first.known && left > 0) continue;
    const share = shareOfKills(counted - base - known, { id, marked, exitCode }, uncounted);
    return Math.max(share, marked ? 1 : 0);
  }
}

/** The other containers of a pod: the sum of what is known of them, and those that ended and of which nothing is. */
async function others(
  parts: Parts,
  { id, sandboxId }: Pick<Known, 'id' | 'sandboxId'>,
): Promise<{ known: number; uncounted: Uncounted[] }> {
  const { cgroups, paths, records } = parts;
  const counts = readAll(paths.oomKills(sandboxId));
  const containers = (await records.containers.list()).filter((record) => record.sandboxId === sandboxId);
  // The infra container has no record of its own.
  const all = [...containers, { id: sandboxId, bundle: '' }].filter((one) => one.id !== id && !counts.has(one.id));
  const uncounted: Uncounted[] = [];
  let known = [...counts.values()].reduce((sum, count) => sum + count, 0);
  for (const one of all) {
    const facts = await findFacts(paths, one.id, one.bundle);
    if (!facts || facts.cgroupsPath === '') continue;
    const own = oomKills(cgroups, wholeCgroup(facts));
    if (own !== undefined) known += own;
    else {
      const exit = await readExit(paths.exits, one.id);
      uncounted.push({ id: one.id, marked: oomMarked(paths.container(one.id).persist), exitCode: exit?.code });
    }
  }
  return { known, uncounted };
}

/** Elsewhere a container's cgroup stays until it is removed, and v1's slices do not count what is below them. */
function inSlices({ cgroups, settings }: Parts): boolean {
  return cgroups.mode === 'v2' && settings.cgroup.driver === 'systemd';
}

function podOf(facts: ContainerFacts): string {
  return posix.dirname(relativeCgroup(wholeCgroup(facts)));
}

function write(directory: string, name: string, count: number): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, name);
  writeFileSync(`${path}.${process.pid}`, String(count));
  renameSync(`${path}.${process.pid}`, path);
}

function read(directory: string, name: string): number | undefined {
  try {
    const count = Number.parseInt(readFileSync(join(directory, name), 'utf8'), 10);
    return Number.isInteger(count) ? count : undefined;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** The counts of containers that have ended, by their ids. */
function readAll(directory: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of existsSync(directory) ? readdirSync(directory) : []) {
    const count = name === baseName || name.includes('.') ? undefined : read(directory, name);
    if (count !== undefined) counts.set(name, count);
  }
  return counts;
}
