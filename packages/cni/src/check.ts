import { SlipwayError } from '@slipway/errors';
import { deadlineOf, executionConf, invocation, networkFailed } from './attachment.js';
import { cachedFor } from './plugin/cache.js';
import { invokePlugin } from './plugin/invoke.js';
import type { CheckOptions } from './types.js';

/**
 * Asks the plugins whether a container's attachments are still as ADD made them (CNI spec 1.0, CHECK).
 * Lists before 0.4.0 and lists with `disableCheck` cannot be asked and pass.
 *
 * @throws SlipwayError NETWORK_FAILED when there is no finished attachment or a plugin objects.
 */
export async function check(cacheDir: string, containerId: string, options: CheckOptions = {}): Promise<void> {
  const deadline = deadlineOf(options);
  const { attachments: entries } = await cachedFor(cacheDir, containerId, options.ifname);
  if (entries.length === 0) {
    throw new SlipwayError('NETWORK_FAILED', 'has no network attachment', { object: `sandbox ${containerId}` });
  }
  for (const entry of entries) {
    if (entry.state !== 'attached') {
      throw networkFailed(entry, new Error('the attachment was begun but not finished'));
    }
    if (entry.list.disableCheck || entry.list.cniVersion.startsWith('0.3.')) continue;
    for (const plugin of entry.list.plugins) {
      try {
        const conf = executionConf(entry, plugin, entry.result);
        await invokePlugin(plugin, conf, invocation(entry, 'CHECK', { ...options, deadline }));
      } catch (error) {
        throw networkFailed(entry, error);
      }
    }
  }
}
