import { statfs } from 'node:fs/promises';
import { SlipwayError } from '@slipway/errors';
import { type Deadline, deadlineIn } from '@slipway/time';
import type { CachedAttachment } from './plugin/cache.js';
import { type Invocation, invokePlugin } from './plugin/invoke.js';
import { PluginError } from './plugin/plugin-error.js';
import { toVersion } from './plugin/result.js';
import { runtimeConfig } from './list/runtime-config.js';
import type { RunOptions } from './types.js';
import type { JsonObject, PluginConf } from './list/plugin-conf.js';

const defaultTimeout = 120_000;
/** f_type of a bound and of an unbound /proc/<pid>/ns/net (statfs(2); linux/magic.h). */
const namespaceFileSystems = [0x6e736673, 0x9fa0];

export function deadlineOf(options: RunOptions): Deadline {
  return options.deadline ?? deadlineIn(defaultTimeout);
}

/** The configuration of one plugin's call (CNI spec 1.0 section 3, "Deriving execution configuration"). */
export function executionConf(entry: CachedAttachment, plugin: PluginConf, prevResult?: JsonObject): JsonObject {
  const { name, cniVersion } = entry.list;
  const runtime = runtimeConfig(plugin, entry.capabilityArgs);
  return {
    ...plugin,
    cniVersion,
    name,
    ...(runtime && { runtimeConfig: runtime }),
    ...(prevResult && { prevResult: toVersion(prevResult, cniVersion) }),
  };
}

export function invocation(
  entry: CachedAttachment,
  command: Invocation['command'],
  options: RunOptions & { deadline: Deadline },
): Invocation {
  const { containerId, netns, ifname, args, binDirs } = entry;
  const { deadline, signal, run, native } = options;
  return { command, containerId, netns, ifname, args, binDirs, deadline, signal, run, native };
}

/**
 * DEL of every plugin, last one first, going on past failures: each undone piece is one less to leak.
 *
 * @param deadlineFor the deadline of the next call, given how many are left, itself included.
 * @returns what went wrong; empty when all succeeded.
 */
export async function deleteAll(
  entry: CachedAttachment,
  options: Omit<RunOptions, 'deadline'>,
  deadlineFor: (left: number) => Deadline,
): Promise<unknown[]> {
  const errors: unknown[] = [];
  const gone = entry.netns !== '' && !(await isNamespace(entry.netns));
  const current = gone ? { ...entry, netns: '' } : entry;
  // Conf versions before 0.4.0 know no prevResult on DEL (CNI spec 0.4.0, "DEL").
  const prevResult = entry.list.cniVersion.startsWith('0.3.') ? undefined : entry.result;
  const plugins = [...entry.list.plugins].reverse();
  for (const [index, plugin] of plugins.entries()) {
    const deadline = deadlineFor(plugins.length - index);
    try {
      const call = invocation(current, 'DEL', { ...options, deadline });
      await invokePlugin(plugin, executionConf(entry, plugin, prevResult), call);
    } catch (error) {
      errors.push(error);
      if (options.signal?.aborted) break;
    }
  }
  return errors;
}

/** Whether `path` still is a namespace: unpinning leaves an ordinary empty file behind, or nothing. */
async function isNamespace(path: string): Promise<boolean> {
  try {
    return namespaceFileSystems.includes((await statfs(path)).type);
  } catch {
    return false;
  }
}

/** The operator's error for a failed plugin: the pod, the list, the plugin and its own message. */
export function networkFailed(entry: CachedAttachment, error: unknown, further: unknown[] = []): SlipwayError {
  const object = `sandbox ${entry.containerId}`;
  const cause = further.length === 0 ? error : new AggregateError([error, ...further], 'undoing left errors too');
  if (error instanceof SlipwayError && error.code === 'CANCELLED') {
    return new SlipwayError('CANCELLED', `network ${entry.list.name}: ${error.message}`, { object, cause });
  }
  const text = error instanceof Error ? error.message : String(error);
  const undo = further.length === 0 ? '' : `; undoing it failed too: ${further.map(brief).join('; ')}`;
  const missing = error instanceof PluginError && error.cniCode === 0 ? { hint: hintFor(error) } : {};
  return new SlipwayError('NETWORK_FAILED', `network ${entry.list.name}: ${text}${undo}`, {
    object,
    cause,
    ...missing,
  });
}

function hintFor(error: PluginError): string | undefined {
  if (error.cniMessage.startsWith('not found in')) return 'install the plugin into one of the named directories';
  if (error.cniMessage.includes('and was killed')) return 'run the plugin by hand to see what it waits for';
  return undefined;
}

function brief(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
