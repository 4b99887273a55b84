import { SlipwayError } from '@slipway/errors';
import { type Deadline, deadlineIn } from '@slipway/time';
import { deadlineOf, deleteAll, executionConf, invocation, networkFailed } from './attachment.js';
import { type CachedAttachment, cachedFor, removeEntry, writeEntry } from './plugin/cache.js';
import { detach } from './detach.js';
import { invokePlugin } from './plugin/invoke.js';
import type { NetworkList } from './list/network-list.js';
import { PluginError } from './plugin/plugin-error.js';
import { toAttachment } from './plugin/result.js';
import { capabilityArgs, effectivePlugins } from './list/runtime-config.js';
import type { Attachment, AttachOptions, PodArgs } from './types.js';
import type { JsonObject } from './list/plugin-conf.js';

/**
 * Attaches a sandbox to a network: ADD of each plugin in order, each given the previous one's result.
 *
 * The intent is on disk before the first plugin runs, so that {@link detach} can undo whatever a
 * crash leaves behind; what an earlier try left for the same interface is undone first, since a
 * second ADD without a DEL is not allowed (CNI spec 1.0 section 2). When a plugin fails, all of them
 * get DEL in reverse; if that fails as well the intent stays for a later {@link detach}.
 *
 * The caller makes sure that no two calls for one sandbox run concurrently.
 *
 * @throws SlipwayError NETWORK_FAILED with the plugin's own words and a {@link PluginError} as its cause
 *   (inside an AggregateError when undoing failed too); CANCELLED when the signal fired (also undone);
 *   INVALID_REQUEST for a parameter that no plugin would take.
 */
export async function attach(list: NetworkList, options: AttachOptions): Promise<Attachment> {
  const { cacheDir } = options;
  const entry = intent(list, options);
  const deadline = deadlineOf(options);
  const earlier = await cachedFor(cacheDir, entry.containerId, entry.ifname);
  if (earlier.attachments.length + earlier.damaged.length > 0) {
    const { signal, run, native } = options;
    await detach(cacheDir, entry.containerId, { ifname: entry.ifname, signal, run, native, deadline, fallback: list });
  }
  await writeEntry(cacheDir, entry);
  try {
    const result = await addAll(entry, { ...options, deadline });
    await writeEntry(cacheDir, { ...entry, state: 'attached', result });
    return toAttachment(result);
  } catch (error) {
    const undoTimeout = options.undoTimeout ?? 10_000;
    // Neither the caller's deadline nor its signal: both may be the very reason for the undoing.
    const undoErrors = await deleteAll(entry, { run: options.run, native: options.native }, () =>
      deadlineIn(undoTimeout),
    );
    if (undoErrors.length === 0) await removeEntry(cacheDir, entry);
    throw networkFailed(entry, error, undoErrors);
  }
}

async function addAll(entry: CachedAttachment, options: AttachOptions & { deadline: Deadline }): Promise<JsonObject> {
  let result: JsonObject | undefined;
  for (const plugin of entry.list.plugins) {
    result = await invokePlugin(plugin, executionConf(entry, plugin, result), invocation(entry, 'ADD', options));
    if (result === undefined) throw new PluginError(plugin.type, 'ADD', { message: 'printed no result' });
    // Older plugins leave the version out where it is the configuration's.
    result.cniVersion ??= entry.list.cniVersion;
  }
  if (result === undefined) throw new SlipwayError('INVALID_CONFIG', `network ${entry.list.name} has no plugins`);
  return result;
}

function intent(list: NetworkList, options: AttachOptions): CachedAttachment {
  const { containerId, netns, ifname = 'eth0' } = options;
  // Both rules: CNI spec 1.0 section 2, "Parameters". They also keep the cache's file names inside its directory.
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(containerId)) throw invalid(`container id ${containerId} is not valid`);
  if (ifname === '.' || ifname === '..' || !/^[^/:\s\0]{1,15}$/.test(ifname)) {
    throw invalid(`interface name ${ifname} is not valid`);
  }
  const capabilities = capabilityArgs(options);
  return {
    state: 'intent',
    containerId,
    netns,
    ifname,
    args: pluginArgs(containerId, options.pod),
    capabilityArgs: capabilities,
    binDirs: [...list.binDirs],
    list: {
      name: list.name,
      cniVersion: list.cniVersion,
      disableCheck: list.disableCheck,
      plugins: effectivePlugins(list, capabilities),
    },
  };
}

/** Bytes of CNI_ARGS; Kubernetes' names have some hundred. */
const maxArgs = 4096;

/** CNI_ARGS with the keys that plugins for Kubernetes read. */
function pluginArgs(containerId: string, pod: PodArgs | undefined): string {
  const args: [string, string][] = [['IgnoreUnknown', '1']];
  if (pod !== undefined) {
    args.push(
      ['K8S_POD_NAMESPACE', pod.namespace],
      ['K8S_POD_NAME', pod.name],
      ['K8S_POD_INFRA_CONTAINER_ID', containerId],
      ['K8S_POD_UID', pod.uid],
    );
  }
  // A separator inside a value would let a pod's name set another key.
  const bad = args.find(([, value]) => /[;=\0]/.test(value));
  if (bad !== undefined) throw invalid(`${bad[0]} ${bad[1]} contains a character that CNI_ARGS cannot hold`);
  const text = args.map(([key, value]) => `${key}=${value}`).join(';');
  if (Buffer.byteLength(text) > maxArgs)
    throw invalid(`the pod's name, namespace and uid have more than ${maxArgs} bytes`);
  return text;
}

function invalid(problem: string): SlipwayError {
  return new SlipwayError('INVALID_REQUEST', problem, { object: 'network' });
}
