import type { Settings } from '@slipway/config';
import type { Logger } from '@slipway/telemetry';
import { releaseCgroups } from './cgroups.js';
import { releaseHostNetwork } from './network.js';
import { hasNoPods } from './remains.js';

/**
 * A node without pods leaves nothing on the host that its next start makes again: neither the bridge nor rules, nor the
 * cgroup of its pods. With pods all of it is theirs.
 */
export async function releaseHost(settings: Settings, log: Logger): Promise<void> {
  if (!hasNoPods(settings)) return;
  try {
    const reason = await releaseHostNetwork(settings);
    if (reason) log.info({ reason }, 'the network of the pods stays');
    await releaseCgroups(settings);
  } catch (error) {
    // The next start, or slipway reset, finds it.
    log.warn({ err: error }, 'what the node made on the host cannot be removed now');
  }
}
