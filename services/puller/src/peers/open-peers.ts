import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Settings } from '@slipway/config';
import type { ServiceParts } from '@slipway/service';
import { connectBus } from '@slipway/stage';
import { Peers } from './peers.js';

/**
 * Joins the other nodes where the settings say so. Sharing is a help, not a need: a puller that cannot join them goes
 * on without them, and logs that.
 */
export async function openPeers(service: ServiceParts): Promise<Peers | undefined> {
  const { settings, log, metrics } = service;
  if (!settings.peers.share) return undefined;
  let peers: Peers;
  try {
    const { url } = settings.nats;
    const bus = await connectBus({ url, node: settings.node, role: 'peer', nkeyFile: keyFile(settings), noEcho: true });
    const { keepBytes, bytesPerSecond, private: sharesPrivate } = settings.peers;
    peers = await Peers.open({ bus, root: settings.root, keepBytes, bytesPerSecond, sharesPrivate, log });
  } catch (error) {
    log.error({ err: error }, 'layers are not shared with other nodes');
    return undefined;
  }
  const { counts } = peers;
  const count = (name: string, help: string, read: () => number): void =>
    metrics.family(name, help, 'counter', () => [{ value: read() }]);
  count('peers_received_bytes_total', 'Bytes of layers that came from other nodes.', () => counts.fromPeers);
  count('peers_registry_bytes_total', 'Bytes of layers that came from registries.', () => counts.fromRegistry);
  count('peers_sent_bytes_total', 'Bytes of layers that other nodes got from here.', () => counts.toPeers);
  count('peers_failures_total', 'Layers that a node offered and that did not come whole.', () => counts.failures);
  log.info({ keepBytes: settings.peers.keepBytes }, 'layers are shared with other nodes');
  return peers;
}

/** The peer's key beside the puller's own; without one, whatever the puller itself has. */
function keyFile({ nats, state }: Settings): string | undefined {
  const own = nats.nkeyFile ? dirname(nats.nkeyFile) : join(state, 'keys');
  const file = join(own, 'peer.nk');
  if (existsSync(file)) return file;
  return nats.nkeyFile || undefined;
}
