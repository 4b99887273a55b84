import { cpuShares, type OciResources, type OciSpec, swapFile, swapTogether, weightFile } from '@slipway/oci-spec';
import type { Init } from '@slipway/protobuf';
import type { Container, LinuxResources } from '../gen/api.js';

/** The view of a container's config.json that plugins receive. */
export function containerView(spec: OciSpec): Init<Container> {
  const { process, linux, hooks = {} } = spec;
  return {
    args: process.args,
    env: process.env,
    mounts: spec.mounts.map(({ destination, type, source, options }) => ({ destination, type, source, options })),
    hooks: Object.fromEntries(
      Object.entries(hooks).map(([kind, list]) => [
        kind,
        list.map(({ timeout, ...hook }) => ({
          ...hook,
          timeout: timeout === undefined ? undefined : { value: BigInt(timeout) },
        })),
      ]),
    ),
    rlimits: (process.rlimits ?? []).map(({ type, hard, soft }) => ({ type, hard: BigInt(hard), soft: BigInt(soft) })),
    user: { uid: process.user.uid, gid: process.user.gid, additionalGids: process.user.additionalGids ?? [] },
    linux: {
      namespaces: linux.namespaces.map(({ type, path = '' }) => ({ type, path })),
      devices: (linux.devices ?? []).map(({ path, type, major = 0, minor = 0, fileMode, uid, gid }) => ({
        path,
        type,
        major: BigInt(major),
        minor: BigInt(minor),
        fileMode: wrap(fileMode),
        uid: wrap(uid),
        gid: wrap(gid),
      })),
      resources: resourcesView(linux.resources),
      oomScoreAdj: wrap(process.oomScoreAdj === undefined ? undefined : BigInt(process.oomScoreAdj)),
      cgroupsPath: linux.cgroupsPath,
      sysctl: linux.sysctl ?? {},
    },
  };
}

function resourcesView({ cpu, memory, pids, hugepageLimits = [], unified }: OciResources): Init<LinuxResources> {
  // With crun and the systemd driver the spec has only the weight: `containerResources`.
  const weight = unified?.[weightFile];
  const shares = cpu?.shares ?? (weight !== undefined && /^\d+$/.test(weight) ? cpuShares(BigInt(weight)) : undefined);
  const memoryLimit = memory?.limit === undefined ? undefined : BigInt(memory.limit);
  const swap = memory?.swap ?? swapTogether(memoryLimit, unified?.[swapFile]);
  return {
    cpu:
      cpu !== undefined || shares !== undefined
        ? {
            shares: wide(shares),
            quota: wide(cpu?.quota),
            period: wide(cpu?.period),
            cpus: cpu?.cpus,
            mems: cpu?.mems,
          }
        : undefined,
    memory: memory && { limit: wide(memory.limit), reservation: wide(memory.reservation), swap: wide(swap) },
    pids: pids && { limit: BigInt(pids.limit) },
    hugepageLimits: hugepageLimits.map(({ pageSize, limit }) => ({ pageSize, limit: BigInt(limit) })),
    unified: unified ?? {},
  };
}

function wrap<T>(value: T | undefined): { value: T } | undefined {
  return value === undefined ? undefined : { value };
}

function wide(value: number | bigint | undefined): { value: bigint } | undefined {
  return value === undefined ? undefined : { value: BigInt(value) };
}
