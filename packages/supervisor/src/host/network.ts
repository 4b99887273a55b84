import { readdirSync } from 'node:fs';
import { removeBridge, removeForwarding, removeMasquerade, removeStaticChains } from '@slipway/cni';
import type { Settings } from '@slipway/config';

/** For each of the host's tools. Milliseconds. */
const toolMs = 20_000;

/**
 * Removes what the node's own network has made on the host: the bridge, and the rules for its subnet. A bridge that has
 * ports is left with them: pods are on it. The forwarding sysctls stay as well, because others may rely on them.
 * @returns why something was left; empty when nothing was
 * @throws NETWORK_FAILED with the tool's own words
 */
export async function releaseHostNetwork({ network }: Pick<Settings, 'network'>): Promise<string> {
  const { own, masquerade } = network;
  const ports = bridgePorts(own.bridge);
  if (ports.length > 0) return `the bridge ${own.bridge} has ports, and stays: ${ports.join(', ')}`;
  const options = { id: own.name, timeout: toolMs };
  if (masquerade) {
    await removeMasquerade({ ...options, subnet: own.subnet });
    await removeForwarding({ ...options, subnets: [own.subnet] });
  }
  await removeBridge(own.bridge, { timeout: toolMs });
  return '';
}

/** Removes the chains that portmap leaves for good, where no pod of any runtime publishes a port. */
export async function releaseHostPorts(): Promise<string> {
  const clean = await removeStaticChains({ timeout: toolMs });
  return clean ? '' : 'the chains CNI-HOSTPORT-* stay: a port is published by them';
}

function bridgePorts(bridge: string): string[] {
  try {
    return readdirSync(`/sys/class/net/${bridge}/brif`);
  } catch {
    // There is no such bridge.
    return [];
  }
}
