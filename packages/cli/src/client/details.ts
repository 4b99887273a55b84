import type { ContainerStatus, LinuxContainerResources, PodSandboxStatus } from '@slipway/cri';
import { containerState, podState } from './states.js';
import { age, bytes, iso } from './units.js';

/** A line of a description: its name, and its values, one below the other. */
export type Detail = [label: string, ...values: string[]];

/** The parts of a verbose answer's `info` that are shown to people. */
export interface VerboseInfo {
  sandboxID?: string;
  pid?: number;
  runtimeType?: string;
  bundle?: string;
  cgroupParent?: string;
  reason?: string;
  config?: { command?: string[]; args?: string[] };
}

/** The details of a container for a person. */
export function containerDetails(status: ContainerStatus, info: VerboseInfo, pod: string): Detail[] {
  const { metadata, state, exitCode, reason, message, resources, mounts } = status;
  const ended = status.finishedAt > 0n;
  return present([
    ['container', `${pod}/${metadata?.name ?? ''}`],
    ['id', status.id],
    ['state', `${containerState(state)}${ended ? `, exit ${exitCode}${reason ? ` (${reason})` : ''}` : ''}`],
    ['message', message],
    ['attempt', String(metadata?.attempt ?? 0)],
    ['created', time(status.createdAt)],
    ['started', time(status.startedAt)],
    ['finished', time(status.finishedAt)],
    ['image', status.image?.image ?? '', status.imageId],
    ['handler', info.runtimeType ?? ''],
    ['pid', info.pid ? String(info.pid) : ''],
    ['command', [...(info.config?.command ?? []), ...(info.config?.args ?? [])].map(quoted).join(' ')],
    ['user', user(status)],
    ['limits', ...(resources?.linux ? limits(resources.linux) : [])],
    [
      'mounts',
      ...mounts.map(
        ({ hostPath, containerPath, readonly, image }) =>
          `${image?.image ? `image ${image.image}` : hostPath} -> ${containerPath}${readonly ? ' (read-only)' : ''}`,
      ),
    ],
    ['log', status.logPath],
    ['bundle', info.bundle ?? ''],
    ['labels', ...pairs(status.labels)],
    ['annotations', ...pairs(status.annotations)],
  ]);
}

export function podDetails(status: PodSandboxStatus, info: VerboseInfo, containers: readonly string[]): Detail[] {
  const { metadata, network } = status;
  return present([
    ['pod', `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`],
    ['id', status.id],
    ['uid', metadata?.uid ?? ''],
    ['state', `${podState(status.state)}${info.reason ? ` (${info.reason})` : ''}`],
    ['attempt', String(metadata?.attempt ?? 0)],
    ['created', time(status.createdAt)],
    ['addresses', ...[network?.ip ?? '', ...(network?.additionalIps ?? []).map(({ ip }) => ip)]],
    ['handler', status.runtimeHandler || (info.runtimeType ?? '')],
    ['cgroup', info.cgroupParent ?? ''],
    ['containers', ...containers],
    ['labels', ...pairs(status.labels)],
    ['annotations', ...pairs(status.annotations)],
  ]);
}

/** Labels in a column, and what belongs to one below each other. */
export function describe(details: readonly Detail[]): string {
  const width = Math.max(...details.map(([label]) => label.length));
  return details
    .flatMap(([label, ...values]) => values.map((value, at) => `${(at === 0 ? label : '').padEnd(width)}  ${value}`))
    .join('\n');
}

function present(details: Detail[]): Detail[] {
  return details
    .map(([label, ...values]): Detail => [label, ...values.filter((value) => value !== '')])
    .filter(({ length }) => length > 1);
}

function time(nanoseconds: bigint): string {
  return nanoseconds === 0n ? '' : `${iso(nanoseconds)} (${age(nanoseconds)} ago)`;
}

function user({ user: who }: ContainerStatus): string {
  const linux = who?.linux;
  if (!linux) return '';
  const groups = linux.supplementalGroups.map(String).join(' ');
  return `${linux.uid}:${linux.gid}${groups ? `, groups ${groups}` : ''}`;
}

function limits({ cpuQuota, cpuPeriod, cpuShares, cpusetCpus, memoryLimitInBytes }: LinuxContainerResources): string[] {
  return [
    cpuQuota > 0n && cpuPeriod > 0n ? `${(Number(cpuQuota) / Number(cpuPeriod)).toFixed(2)} cores` : '',
    cpuShares > 0n ? `cpu shares ${cpuShares}` : '',
    cpusetCpus ? `cpus ${cpusetCpus}` : '',
    memoryLimitInBytes > 0n ? `memory ${bytes(memoryLimitInBytes)}` : '',
  ];
}

function pairs(map: Record<string, string>): string[] {
  return Object.entries(map).map(([key, value]) => `${key}=${value}`);
}

/** As a shell would take it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
