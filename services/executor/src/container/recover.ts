import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { hasCode, removeMountedTree } from '@slipway/linux';
import { type FirstSeen, Limit, nowNanos } from '@slipway/time';
import type { ExecutorContext } from '../context.js';
import { inOwnTime } from '../own-time.js';
import { sandboxPaths } from '../sandbox/paths.js';
import { type ContainerFacts, findFacts } from './facts.js';
import { killContainer } from './kill.js';
import { isLive } from './phases.js';
import { takeDown } from './take-down.js';

/** For one container. */
const endMs = 30_000;
/** Milliseconds after which a directory that says nothing of itself is not being made any more. */
const abandonedMs = 120_000;

/**
 * Ends and removes containers of this handler that no record knows. Where a copy of the record is left anywhere it is
 * restored instead (see packages/records/src/beside.ts), and the container goes on. It looks at the directories of
 * containers, and the runtime's own state.
 */
export async function recoverContainers(context: ExecutorContext, ages: FirstSeen): Promise<void> {
  const there = [...new Set([...(await namesIn(context.paths.containers)), ...(await runtimeIds(context))])];
  // After the directories: what was made since then has a record in the lists.
  const containers = new Set((await context.records.containers.list()).map(({ id }) => id));
  const sandboxes = new Set((await context.records.sandboxes.list()).map(({ id }) => id));
  for (const id of there) {
    if (containers.has(id) || sandboxes.has(id) || !(await isLost(context, ages, id))) continue;
    using limit = new Limit({ ms: endMs });
    try {
      await context.records.withLock(`container:${id}`, () => endLost(context, id), { signal: limit.signal });
    } catch (error) {
      context.log.error({ err: error, container: id }, 'a container that no record knows cannot be ended now');
    }
  }
}

/** Ends the live containers of a sandbox that is taken down because its record is lost; their records stay. */
export async function endContainersOf(context: ExecutorContext, sandboxId: string): Promise<void> {
  for (const { id, sandboxId: owner } of await context.records.containers.list()) {
    if (owner !== sandboxId) continue;
    await inOwnTime(endMs, context.log, async (call) => {
      const work = async (): Promise<void> => {
        const record = await context.exits.settle(id, { locked: true });
        if (!record || !isLive(record)) return;
        await killContainer(context, record, call);
        await context.exits.wait(id, { ...call, locked: true });
      };
      await context.records.withLock(`container:${id}`, work, { signal: call.signal });
    });
  }
}

async function endLost(context: ExecutorContext, id: string): Promise<void> {
  if ((await context.records.containers.find(id)) || (await context.records.sandboxes.find(id))) return;
  // The call that removed it held its lock until now.
  if (!existsSync(context.paths.container(id).directory) && !(await runtimeIds(context)).includes(id)) return;
  const bundle = join(context.settings.root, 'bundles', id);
  const { sandboxId = '' } = (await findFacts(context.paths, id, bundle)) ?? {};
  await inOwnTime(endMs, context.log, async (call) => {
    await takeDown(context, { id, bundle }, call);
    // Nobody will ask the builder to remove it.
    const work = (): Promise<void> => removeMountedTree(bundle, { signal: call.signal });
    await context.records.withLock(`bundle:${id}`, work, { signal: call.signal });
  });
  context.publish('container', { id, sandboxId, phase: 'LOST', at: nowNanos() });
  context.log.error({ container: id, sandbox: sandboxId }, 'a container that no record knows was ended and removed');
}

/** Whether it is this handler's to end: others look after theirs, sandboxes after their infra containers. */
async function isLost(context: ExecutorContext, ages: FirstSeen, id: string): Promise<boolean> {
  if (existsSync(sandboxPaths(context.settings, id).directory)) return false;
  const facts: ContainerFacts | undefined = await findFacts(context.paths, id, '');
  if (facts?.handler !== undefined) return facts.handler === context.handler;
  if ((await runtimeIds(context)).includes(id)) return true;
  return ages.age(`container ${id}`) > abandonedMs;
}

/** Containers of the runtime, where only this node uses its state directory. */
async function runtimeIds(context: ExecutorContext): Promise<string[]> {
  const { root } = context.runtime;
  return relative(context.settings.state, root).startsWith('..') ? [] : await namesIn(root);
}

/** The ids in a directory. Trials of executors have other names, and look after themselves. */
async function namesIn(directory: string): Promise<string[]> {
  try {
    return (await readdir(directory)).filter((name) => /^[0-9a-f]{64}$/.test(name));
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}
