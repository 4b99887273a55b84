import type { ContainerStats, CpuUsage, PodSandboxStats } from '@slipway/cri';

/** Usage of a pod or container. A figure that the node does not report is undefined. */
export interface Usage {
  id: string;
  name: string;
  /** Cores, between two samples. */
  cpu: number | undefined;
  /** Working set, bytes. */
  memory: number | undefined;
  /** Writable layer, bytes; of containers. */
  disk?: number | undefined;
}

export interface PodUsage extends Usage {
  namespace: string;
  /** Bytes a second that the pod receives and sends, between two samples. */
  receives: number | undefined;
  sends: number | undefined;
  processes: number | undefined;
  containers: Usage[];
}

/** Usage between two samples of all pods' stats; a pod that is only in the second one has no rates yet. */
export function usageBetween(before: readonly PodSandboxStats[], now: readonly PodSandboxStats[]): PodUsage[] {
  const earlier = new Map(before.map((stats) => [stats.attributes?.id, stats]));
  return now.map((stats) => podUsage(earlier.get(stats.attributes?.id), stats));
}

function podUsage(before: PodSandboxStats | undefined, { attributes, linux }: PodSandboxStats): PodUsage {
  const { network, memory, process, cpu } = linux ?? {};
  const earlier = before?.linux;
  const own = new Map((earlier?.containers ?? []).map((stats) => [stats.attributes?.id, stats]));
  const rate = (key: 'rxBytes' | 'txBytes'): number | undefined =>
    perSecond(
      counter(earlier?.network?.timestamp, earlier?.network?.defaultInterface?.[key]?.value),
      counter(network?.timestamp, network?.defaultInterface?.[key]?.value),
    );
  return {
    id: attributes?.id ?? '',
    namespace: attributes?.metadata?.namespace ?? '',
    name: attributes?.metadata?.name ?? '',
    cpu: cores(earlier?.cpu, cpu),
    memory: number(memory?.workingSetBytes?.value),
    receives: rate('rxBytes'),
    sends: rate('txBytes'),
    processes: number(process?.processCount?.value),
    containers: (linux?.containers ?? []).map((stats) => containerUsage(own.get(stats.attributes?.id), stats)),
  };
}

function containerUsage(before: ContainerStats | undefined, { attributes, ...stats }: ContainerStats): Usage {
  return {
    id: attributes?.id ?? '',
    name: attributes?.metadata?.name ?? '',
    cpu: cores(before?.cpu, stats.cpu),
    memory: number(stats.memory?.workingSetBytes?.value),
    disk: number(stats.writableLayer?.usedBytes?.value),
  };
}

interface Counter {
  /** Nanoseconds since the epoch. */
  at: bigint;
  value: bigint;
}

function counter(at: bigint | undefined, value: bigint | undefined): Counter | undefined {
  return at === undefined || value === undefined ? undefined : { at, value };
}

function cores(before: CpuUsage | undefined, now: CpuUsage | undefined): number | undefined {
  const rate = perSecond(
    counter(before?.timestamp, before?.usageCoreNanoSeconds?.value),
    counter(now?.timestamp, now?.usageCoreNanoSeconds?.value),
  );
  return rate === undefined ? undefined : rate / 1e9;
}

/** A node serves a sample for a second: two that are the same one have no rate. */
function perSecond(before: Counter | undefined, now: Counter | undefined): number | undefined {
  if (!before || !now || now.at <= before.at) return undefined;
  return Math.max(0, Number(now.value - before.value) / (Number(now.at - before.at) / 1e9));
}

function number(value: bigint | undefined): number | undefined {
  return value === undefined ? undefined : Number(value);
}
