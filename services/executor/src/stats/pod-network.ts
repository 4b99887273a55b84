import type { InterfaceCounters } from '@slipway/contracts';
import type { NetworkInterfaceUsage, NetworkUsage } from '@slipway/cri';
import type { NamespaceThread, NetDevCounters } from '@slipway/linux';
import type { Init } from '@slipway/protobuf';
import { nowNanos } from '@slipway/time';

/** The counters of a pod's interfaces, without the loopback. */
export interface PodCounters {
  /** Nanoseconds since the epoch. */
  timestamp: bigint;
  interfaces: NetDevCounters[];
}

/** The interface that CNI makes for the pod's default network. */
const defaultName = 'eth0';

/** Reads many pods' counters by one call of the namespace thread. A pod that is being taken down has none. */
export async function readCounters(
  thread: Pick<NamespaceThread, 'netDevs'>,
  pods: readonly { id: string; netns: string }[],
): Promise<Map<string, PodCounters>> {
  if (pods.length === 0) return new Map();
  const counters = await thread.netDevs(pods.map(({ netns }) => netns));
  const timestamp = nowNanos();
  return new Map(
    pods.flatMap(({ id }, at) => {
      const interfaces = counters[at]?.filter((counter) => counter.interface !== 'lo');
      return interfaces ? [[id, { timestamp, interfaces }] as const] : [];
    }),
  );
}

/**
 * The default interface by itself, and all of them. CRI's comment leaves the default one out of `interfaces`; a kubelet
 * copies the list as it is into the summary's `interfaces`, where cAdvisor puts all and whose readers expect at least
 * one (Kubernetes' node e2e suite, "Summary API").
 */
export function networkUsage({ timestamp, interfaces }: PodCounters): Init<NetworkUsage> {
  const main = interfaces.find((counter) => counter.interface === defaultName) ?? interfaces[0];
  return { timestamp, defaultInterface: main && interfaceUsage(main), interfaces: interfaces.map(interfaceUsage) };
}

function interfaceUsage(counters: NetDevCounters): Init<NetworkInterfaceUsage> {
  return {
    name: counters.interface,
    rxBytes: { value: counters.rxBytes },
    rxErrors: { value: counters.rxErrors },
    txBytes: { value: counters.txBytes },
    txErrors: { value: counters.txErrors },
  };
}

export function interfaceCounters({ interface: name, ...counters }: NetDevCounters): Init<InterfaceCounters> {
  return { name, ...counters };
}
