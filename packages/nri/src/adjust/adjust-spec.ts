import { SlipwayError } from '@slipway/errors';
import {
  cpuWeight,
  integer,
  type OciDevice,
  type OciNamespaceType,
  type OciSpec,
  swapFile,
  swapMax,
  weightFile,
} from '@slipway/oci-spec';
import type { ContainerAdjustment, LinuxDevice, LinuxResources, LinuxSeccomp, Mount } from '../gen/api.js';
import { applyKeyed } from './keyed.js';
import { kinds, mapOf, pairs } from './kinds.js';

const hookKinds = ['prestart', 'createRuntime', 'createContainer', 'startContainer', 'poststart', 'poststop'] as const;
const namespaceTypes = new Set<string>(['pid', 'network', 'ipc', 'uts', 'mount', 'user', 'cgroup']);

/**
 * A config.json with what NRI plugins agreed on, but for CDI devices, which need the host. Pure: the spec that is
 * given stays as it is.
 * @throws SlipwayError NRI_REFUSED where the outcome would be no spec
 */
export function adjustSpec(spec: OciSpec, adjust: ContainerAdjustment): OciSpec {
  const { process, linux } = spec;
  const own = adjust.linux;
  const annotations = applyKeyed(pairs(adjust.annotations), pairs(spec.annotations), kinds.annotations);
  const hooks = { ...spec.hooks };
  for (const kind of hookKinds) {
    const added = (adjust.hooks?.[kind] ?? []).map(({ path, args, env, timeout }) => ({
      path,
      ...(args.length > 0 ? { args } : {}),
      ...(env.length > 0 ? { env } : {}),
      ...(timeout ? { timeout: Number(timeout.value) } : {}),
    }));
    if (added.length > 0) hooks[kind] = [...(hooks[kind] ?? []), ...added];
  }
  const rlimits = applyKeyed(
    adjust.rlimits.map(({ type, hard, soft }) => ({ type, hard: integer(hard), soft: integer(soft) })),
    process.rlimits ?? [],
    { keyOf: ({ type }) => type, viewKeyOf: ({ type }) => type, toView: (item) => item },
  );
  const sysctl = mapOf(applyKeyed(pairs(own?.sysctl), pairs(linux.sysctl), kinds.sysctl));
  return {
    ...spec,
    process: {
      ...process,
      args: adjust.args.length > 0 ? adjust.args : process.args,
      env: applyKeyed(adjust.env, process.env, kinds.env),
      ...(rlimits.length > 0 ? { rlimits } : {}),
      ...(own?.oomScoreAdj ? { oomScoreAdj: Number(own.oomScoreAdj.value) } : {}),
    },
    mounts: applyKeyed(adjust.mounts, spec.mounts, {
      keyOf: ({ destination }) => destination,
      viewKeyOf: ({ destination }) => destination,
      toView: toMount,
    }),
    ...(annotations.length > 0 ? { annotations: mapOf(annotations) } : {}),
    ...(Object.keys(hooks).length > 0 ? { hooks } : {}),
    linux: {
      ...linux,
      ...withDevices(spec, own?.devices ?? []),
      namespaces: withNamespaces(spec, own?.namespaces ?? []),
      cgroupsPath: own?.cgroupsPath || linux.cgroupsPath,
      ...(Object.keys(sysctl).length > 0 ? { sysctl } : {}),
      ...(own?.seccompPolicy ? { seccomp: toSeccomp(own.seccompPolicy) } : {}),
      resources: withResources(withDevices(spec, own?.devices ?? []).resources, own?.resources),
    },
  };
}

function toMount({ destination, type, source, options }: Mount): OciSpec['mounts'][number] {
  if (!destination.startsWith('/')) throw refused(`mount ${JSON.stringify(destination)} is not absolute`);
  return { destination, type: type || 'bind', source, options };
}

function withNamespaces(
  { linux }: OciSpec,
  wanted: readonly { type: string; path: string }[],
): OciSpec['linux']['namespaces'] {
  return applyKeyed(wanted, linux.namespaces, {
    keyOf: ({ type }) => type,
    viewKeyOf: ({ type }) => type,
    toView: ({ type, path }) => {
      if (!namespaceTypes.has(type)) throw refused(`namespace ${JSON.stringify(type)} is none that there is`);
      return { type: type as OciNamespaceType, ...(path ? { path } : {}) };
    },
  });
}

/** Devices and the rules of their cgroup: a device that is of no use without one gets one. */
function withDevices(
  { linux }: OciSpec,
  wanted: readonly LinuxDevice[],
): Pick<OciSpec['linux'], 'devices' | 'resources'> {
  const devices = applyKeyed(wanted, linux.devices ?? [], {
    keyOf: ({ path }) => path,
    viewKeyOf: ({ path }) => path,
    toView: toDevice,
  });
  const rules = wanted
    .filter(({ path }) => !path.startsWith('-'))
    .map(toDevice)
    .filter(({ type }) => type !== 'p')
    .map(
      ({ type, major, minor }) =>
        ({ allow: true, type: type === 'b' ? 'b' : 'c', major, minor, access: 'rwm' }) as const,
    );
  return {
    ...(devices.length > 0 ? { devices } : {}),
    resources: { ...linux.resources, devices: [...linux.resources.devices, ...rules] },
  };
}

function toDevice({ path, type, major, minor, fileMode, uid, gid }: LinuxDevice): OciDevice {
  if (!path.startsWith('/')) throw refused(`device ${JSON.stringify(path)} is not absolute`);
  if (!/^[bcup]$/.test(type)) throw refused(`device ${path}: ${JSON.stringify(type)} is none of b, c, u and p`);
  return {
    path,
    type: type as OciDevice['type'],
    ...(type === 'p' ? {} : { major: Number(major), minor: Number(minor) }),
    ...(fileMode ? { fileMode: fileMode.value & 0o7777 } : {}),
    ...(uid ? { uid: uid.value } : {}),
    ...(gid ? { gid: gid.value } : {}),
  };
}

function withResources(
  now: OciSpec['linux']['resources'],
  wanted: LinuxResources | undefined,
): OciSpec['linux']['resources'] {
  if (!wanted) return now;
  const { cpu, memory, pids, hugepageLimits, unified } = wanted;
  const limit = memory?.limit?.value;
  // As for the CRI's own limit: without a swap limit of its own a container gets no swap beyond it.
  const together = memory?.swap?.value ?? limit;
  // On cgroup v2 a limited container has the file for swap in place of the limit on both.
  const onV2 = now.unified?.[swapFile] !== undefined;
  const swap = onV2 ? undefined : together;
  const pages = new Map((now.hugepageLimits ?? []).map((page) => [page.pageSize, page]));
  for (const { pageSize, limit: bytes } of hugepageLimits) pages.set(pageSize, { pageSize, limit: integer(bytes) });
  // A container on cgroup v2 has a weight in place of its shares, or beside them.
  const weight = cpu?.shares && now.unified?.[weightFile] ? { [weightFile]: String(cpuWeight(cpu.shares.value)) } : {};
  const swapLimit =
    onV2 && together ? { [swapFile]: swapAlone(limit ?? BigInt(now.memory?.limit ?? 0), together) } : {};
  const values = {
    cpu: {
      ...now.cpu,
      ...(cpu?.shares && (!weight[weightFile] || now.cpu?.shares) ? { shares: integer(cpu.shares.value) } : {}),
      ...(cpu?.quota ? { quota: integer(cpu.quota.value) } : {}),
      ...(cpu?.period ? { period: integer(cpu.period.value) } : {}),
      ...(cpu?.cpus ? { cpus: cpu.cpus } : {}),
      ...(cpu?.mems ? { mems: cpu.mems } : {}),
    },
    memory: {
      ...now.memory,
      ...(limit ? { limit: integer(limit) } : {}),
      ...(swap ? { swap: integer(swap) } : {}),
      ...(memory?.reservation ? { reservation: integer(memory.reservation.value) } : {}),
    },
    unified: mapOf(applyKeyed(pairs(unified), pairs({ ...now.unified, ...weight, ...swapLimit }), kinds.unified)),
  };
  return {
    ...now,
    ...Object.fromEntries(Object.entries(values).filter(([, value]) => Object.keys(value).length > 0)),
    ...(pids ? { pids: { limit: integer(pids.limit) } } : {}),
    ...(pages.size > 0 ? { hugepageLimits: [...pages.values()] } : {}),
  };
}

function swapAlone(memory: bigint, together: bigint): string {
  const value = swapMax(memory, together);
  if (value === undefined) throw refused(`${together} bytes for memory and swap together, with ${memory} for memory`);
  return value;
}

function toSeccomp(policy: LinuxSeccomp): NonNullable<OciSpec['linux']['seccomp']> {
  return {
    defaultAction: policy.defaultAction,
    ...(policy.defaultErrno ? { defaultErrnoRet: policy.defaultErrno.value } : {}),
    architectures: policy.architectures,
    flags: policy.flags,
    ...(policy.listenerPath ? { listenerPath: policy.listenerPath } : {}),
    ...(policy.listenerMetadata ? { listenerMetadata: policy.listenerMetadata } : {}),
    syscalls: policy.syscalls.map(({ names, action, errnoRet, args }) => ({
      names,
      action,
      ...(errnoRet ? { errnoRet: errnoRet.value } : {}),
      args: args.map(({ index, value, valueTwo, op }) => ({
        index,
        value: integer(value),
        valueTwo: integer(valueTwo),
        op,
      })),
    })),
  };
}

function refused(message: string): SlipwayError {
  return new SlipwayError('NRI_REFUSED', `an adjustment cannot be applied: ${message}`, {
    hint: "see which NRI plugins are connected, and correct the one at fault: the gateway's log names them",
  });
}
