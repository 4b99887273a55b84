import type { LinuxContainerResources } from '@slipway/cri';
import { capabilitiesOf } from '@slipway/runtime-kinds';
import { cgroupDriver } from './cgroups.js';
import { cpuWeight } from './cpu-weight.js';
import { invalidField } from '../field.js';
import type { HandlerFacts, HostFacts } from '../input.js';
import { integer } from '../json.js';
import { swapFile, swapMax } from './swap-max.js';
import type { OciResources } from '../types.js';

const prefix = 'linux.resources';
/** The file of cgroup v2 that takes the place of v1's cpu.shares. */
export const weightFile = 'cpu.weight';

export interface ResourcesInput {
  resources?: LinuxContainerResources | undefined;
  handler: Pick<HandlerFacts, 'kind' | 'cgroupMode' | 'cgroupDriver'>;
  host: Pick<HostFacts, 'swapAccounting' | 'hugetlb'>;
  onLess?: ((what: string) => void) | undefined;
}

/** linux.resources without its device rules; 0 and '' mean "not set" throughout (CRI LinuxContainerResources). */
export function containerResources(input: ResourcesInput): Omit<OciResources, 'devices'> {
  const { resources, handler } = input;
  if (!resources) return {};
  const weight = cpuWeightOf(resources, handler);
  const systemd = cgroupDriver(handler.cgroupDriver) === 'systemd';
  const weightOnly = weight && systemd && capabilitiesOf(handler.kind).sharesOverWeight;
  const cpu = {
    ...(resources.cpuShares && !weightOnly ? { shares: shares(resources.cpuShares) } : {}),
    ...cpuTime(resources, handler),
    ...(resources.cpusetCpus ? { cpus: cpuList('cpuset_cpus', resources.cpusetCpus) } : {}),
    ...(resources.cpusetMems ? { mems: cpuList('cpuset_mems', resources.cpusetMems) } : {}),
  };
  const { memory, swap } = memoryLimits(resources, input);
  const hugepages = hugepageLimits(resources, input);
  const unified = unifiedMap(resources, handler.cgroupMode);
  return {
    ...(Object.keys(cpu).length > 0 ? { cpu } : {}),
    ...(memory ? { memory } : {}),
    ...(hugepages.length > 0 ? { hugepageLimits: hugepages } : {}),
    ...(weight || swap || unified ? { unified: { ...weight, ...swap, ...unified } } : {}),
  };
}

/**
 * A quota of -1, none, is what kubelets send for exclusive CPUs. A new cgroup has none, so it is left out for a runtime
 * that cannot be given it; the executor's update then removes the quota itself.
 */
function cpuTime(
  { cpuQuota, cpuPeriod }: LinuxContainerResources,
  { kind }: ResourcesInput['handler'],
): NonNullable<OciResources['cpu']> {
  const quota = cpuQuota ? orUnlimited('cpu_quota', cpuQuota) : undefined;
  return {
    ...(quota === undefined || (cpuQuota < 0n && !capabilitiesOf(kind).unlimitedQuota) ? {} : { quota }),
    ...(cpuPeriod ? { period: natural('cpu_period', cpuPeriod) } : {}),
  };
}

/**
 * The weight of the shares on cgroup v2, said as a file's value: runtimes before the curve of `cpuWeight` would make
 * another one of the shares. Undefined for a runtime that reads no `unified`.
 */
function cpuWeightOf(
  { cpuShares: shares }: LinuxContainerResources,
  { kind, cgroupMode }: ResourcesInput['handler'],
): Record<string, string> | undefined {
  if (cgroupMode !== 'v2' || !capabilitiesOf(kind).unifiedResources || shares <= 0n) return undefined;
  return { [weightFile]: String(cpuWeight(shares)) };
}

/**
 * `memory`, and on cgroup v2 the limit on swap as its file's value: of `memory.swap` crun (1.14 to 1.29 at least) has
 * systemd make a limit of the scope that is the sum, and no limit on swap therefore.
 */
function memoryLimits(
  resources: LinuxContainerResources,
  input: ResourcesInput,
): { memory?: OciResources['memory']; swap?: Record<string, string> } {
  const limit = resources.memoryLimitInBytes;
  // A container that names no limit on swap gets none: the limit on both together is that on memory.
  const together = resources.memorySwapLimitInBytes || limit;
  if (!limit && !together) return {};
  orUnlimited('memory_limit_in_bytes', limit);
  orUnlimited('memory_swap_limit_in_bytes', together);
  if (limit > 0n && together > 0n && together < limit) {
    throw invalidField(`${prefix}.memory_swap_limit_in_bytes`, 'memory and swap together are less than memory');
  }
  if (!input.host.swapAccounting) {
    if (resources.memorySwapLimitInBytes) {
      input.onLess?.('the kernel does not account swap: memory_swap_limit_in_bytes is left out');
    }
    return limit ? { memory: { limit: integer(limit) } } : {};
  }
  const { cgroupMode, kind } = input.handler;
  if (cgroupMode !== 'v2' || !capabilitiesOf(kind).unifiedResources) {
    return { memory: { ...(limit ? { limit: integer(limit) } : {}), swap: integer(together) } };
  }
  const swap = swapMax(limit, together);
  if (swap === undefined) {
    const needs = 'cgroup v2 limits swap by itself: it needs memory_limit_in_bytes to be subtracted';
    throw invalidField(`${prefix}.memory_swap_limit_in_bytes`, needs);
  }
  return { ...(limit ? { memory: { limit: integer(limit) } } : {}), swap: { [swapFile]: swap } };
}

const pageSize = /^\d{1,6}[KMG]B$/;

function hugepageLimits(
  { hugepageLimits: limits }: LinuxContainerResources,
  input: ResourcesInput,
): NonNullable<OciResources['hugepageLimits']> {
  const wanted = limits.map(({ pageSize: size, limit }, index) => {
    const field = `${prefix}.hugepage_limits[${index}]`;
    if (!pageSize.test(size))
      throw invalidField(`${field}.page_size`, `${JSON.stringify(size)} is no size such as 2MB`);
    if (limit < 0n) throw invalidField(`${field}.limit`, 'it is negative');
    return { pageSize: size, limit: integer(limit) };
  });
  if (input.host.hugetlb) return wanted;
  // Kubelets send a limit of 0 for every size, which a host without the controller keeps anyway.
  if (limits.some(({ limit }) => limit > 0n)) {
    input.onLess?.('there is no hugetlb cgroup controller: hugepage_limits are left out');
  }
  return [];
}

function unifiedMap({ unified }: LinuxContainerResources, mode: string): Record<string, string> | undefined {
  const keys = Object.keys(unified);
  if (keys.length === 0) return undefined;
  if (mode !== 'v2') throw invalidField(`${prefix}.unified`, `it needs cgroup v2; this host has ${mode || 'v1'}`);
  for (const key of keys) {
    if (key === '' || key.includes('/') || key.includes('\0')) {
      throw invalidField(`${prefix}.unified`, `${JSON.stringify(key)} is no cgroup file's name`);
    }
  }
  return { ...unified };
}

function natural(name: string, value: bigint): number | bigint {
  if (value < 0n) throw invalidField(`${prefix}.${name}`, 'it is negative');
  return integer(value);
}

/** Within what the kernel keeps (kernel/sched, MIN_SHARES and MAX_SHARES): runc refuses a value that the kernel changed. */
function shares(value: bigint): number | bigint {
  natural('cpu_shares', value);
  return Number(value < 2n ? 2n : value > 262_144n ? 262_144n : value);
}

function orUnlimited(name: string, value: bigint): number | bigint {
  if (value < -1n) throw invalidField(`${prefix}.${name}`, 'it is less than -1, which means no limit');
  return integer(value);
}

function cpuList(name: string, text: string): string {
  if (!/^[0-9,\- ]+$/.test(text))
    throw invalidField(`${prefix}.${name}`, `${JSON.stringify(text)} is no list such as 0-2,5`);
  return text;
}

/**
 * process.oomScoreAdj, not below what this host lets us set: without CAP_SYS_RESOURCE
 * a process cannot go lower than it is, and runtimes fail on trying.
 */
export function oomScoreAdj(
  wanted: bigint,
  minimum: number,
  onLess?: (what: string) => void,
  field = `${prefix}.oom_score_adj`,
): number {
  if (wanted < -1000n || wanted > 1000n) throw invalidField(field, `${wanted} is not within -1000 and 1000`);
  const score = Math.max(Number(wanted), minimum);
  if (score !== Number(wanted))
    onLess?.(`this host lets no oom_score_adj be below ${minimum}: lower ones are raised to it`);
  return score;
}
