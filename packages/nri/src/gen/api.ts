// Generated from proto/nri/v1alpha1/api.proto by scripts/generate-proto.mjs; do not edit.
import type { Codec, Init, Reader, Writer } from '@slipway/protobuf';
import { defineCodec, fromLong, fromULong, mapEntries, readEntry, toLong, toULong } from '@slipway/protobuf';

/** Events that a plugin can subscribe to. */
export const Event = {
  UNKNOWN: 0,
  RUN_POD_SANDBOX: 1,
  STOP_POD_SANDBOX: 2,
  REMOVE_POD_SANDBOX: 3,
  CREATE_CONTAINER: 4,
  POST_CREATE_CONTAINER: 5,
  START_CONTAINER: 6,
  POST_START_CONTAINER: 7,
  UPDATE_CONTAINER: 8,
  POST_UPDATE_CONTAINER: 9,
  STOP_CONTAINER: 10,
  REMOVE_CONTAINER: 11,
  UPDATE_POD_SANDBOX: 12,
  POST_UPDATE_POD_SANDBOX: 13,
  VALIDATE_CONTAINER_ADJUSTMENT: 14,
  LAST: 15,
} as const;
export type Event = (typeof Event)[keyof typeof Event];

export const ContainerState = {
  CONTAINER_UNKNOWN: 0,
  CONTAINER_CREATED: 1,
  CONTAINER_PAUSED: 2,
  CONTAINER_RUNNING: 3,
  CONTAINER_STOPPED: 4,
} as const;
export type ContainerState = (typeof ContainerState)[keyof typeof ContainerState];

export const SecurityProfile_ProfileType = {
  RUNTIME_DEFAULT: 0,
  UNCONFINED: 1,
  LOCALHOST: 2,
} as const;
export type SecurityProfile_ProfileType = (typeof SecurityProfile_ProfileType)[keyof typeof SecurityProfile_ProfileType];

export const IOPrioClass = {
  IOPRIO_CLASS_NONE: 0,
  IOPRIO_CLASS_RT: 1,
  IOPRIO_CLASS_BE: 2,
  IOPRIO_CLASS_IDLE: 3,
} as const;
export type IOPrioClass = (typeof IOPrioClass)[keyof typeof IOPrioClass];

export const LinuxSchedulerPolicy = {
  SCHED_NONE: 0,
  SCHED_OTHER: 1,
  SCHED_FIFO: 2,
  SCHED_RR: 3,
  SCHED_BATCH: 4,
  SCHED_ISO: 5,
  SCHED_IDLE: 6,
  SCHED_DEADLINE: 7,
} as const;
export type LinuxSchedulerPolicy = (typeof LinuxSchedulerPolicy)[keyof typeof LinuxSchedulerPolicy];

export const LinuxSchedulerFlag = {
  SCHED_FLAG_RESET_ON_FORK: 0,
  SCHED_FLAG_RECLAIM: 1,
  SCHED_FLAG_DL_OVERRUN: 2,
  SCHED_FLAG_KEEP_POLICY: 3,
  SCHED_FLAG_KEEP_PARAMS: 4,
  SCHED_FLAG_UTIL_CLAMP_MIN: 5,
  SCHED_FLAG_UTIL_CLAMP_MAX: 6,
} as const;
export type LinuxSchedulerFlag = (typeof LinuxSchedulerFlag)[keyof typeof LinuxSchedulerFlag];

export const MpolMode = {
  MPOL_DEFAULT: 0,
  MPOL_PREFERRED: 1,
  MPOL_BIND: 2,
  MPOL_INTERLEAVE: 3,
  MPOL_LOCAL: 4,
  MPOL_PREFERRED_MANY: 5,
  MPOL_WEIGHTED_INTERLEAVE: 6,
} as const;
export type MpolMode = (typeof MpolMode)[keyof typeof MpolMode];

export const MpolFlag = {
  MPOL_F_STATIC_NODES: 0,
  MPOL_F_RELATIVE_NODES: 1,
  MPOL_F_NUMA_BALANCING: 2,
} as const;
export type MpolFlag = (typeof MpolFlag)[keyof typeof MpolFlag];

/** Fields that plugins can own; see FieldOwners. */
export const Field = {
  None: 0,
  Annotations: 1,
  Mounts: 2,
  OciHooks: 3,
  Devices: 4,
  CdiDevices: 5,
  Env: 6,
  Args: 7,
  MemLimit: 8,
  MemReservation: 9,
  MemSwapLimit: 10,
  MemKernelLimit: 11,
  MemTCPLimit: 12,
  MemSwappiness: 13,
  MemDisableOomKiller: 14,
  MemUseHierarchy: 15,
  CPUShares: 16,
  CPUQuota: 17,
  CPUPeriod: 18,
  CPURealtimeRuntime: 19,
  CPURealtimePeriod: 20,
  CPUSetCPUs: 21,
  CPUSetMems: 22,
  PidsLimit: 23,
  HugepageLimits: 24,
  BlockioClass: 25,
  RdtClass: 26,
  CgroupsUnified: 27,
  CgroupsPath: 28,
  OomScoreAdj: 29,
  Rlimits: 30,
  IoPriority: 31,
  SeccompPolicy: 32,
  Namespace: 33,
  Sysctl: 34,
  LinuxNetDevices: 35,
  LinuxSched: 36,
  RdtClosID: 37,
  RdtSchemata: 38,
  RdtEnableMonitoring: 39,
  MemoryPolicy: 40,
} as const;
export type Field = (typeof Field)[keyof typeof Field];

/** `plugin_idx` is two digits: plugins are called in its order. */
export interface RegisterPluginRequest {
  pluginName: string;
  pluginIdx: string;
  NRIVersion: string;
}
export const RegisterPluginRequest: Codec<RegisterPluginRequest> = defineCodec<RegisterPluginRequest>({
  name: 'nri.pkg.api.v1alpha1.RegisterPluginRequest',
  create: (i?: Init<RegisterPluginRequest>): RegisterPluginRequest => ({
    pluginName: i?.pluginName ?? '',
    pluginIdx: i?.pluginIdx ?? '',
    NRIVersion: i?.NRIVersion ?? '',
  }),
  write(m: Init<RegisterPluginRequest>, w: Writer): Writer {
    if (m.pluginName) w.uint32(10).string(m.pluginName);
    if (m.pluginIdx) w.uint32(18).string(m.pluginIdx);
    if (m.NRIVersion) w.uint32(26).string(m.NRIVersion);
    return w;
  },
  read(r: Reader, length: number): RegisterPluginRequest {
    const end = r.pos + length;
    const m = RegisterPluginRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.pluginName = r.string();
          break;
        case 18:
          m.pluginIdx = r.string();
          break;
        case 26:
          m.NRIVersion = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface UpdateContainersRequest {
  update: ContainerUpdate[];
  evict: ContainerEviction[];
}
export const UpdateContainersRequest: Codec<UpdateContainersRequest> = defineCodec<UpdateContainersRequest>({
  name: 'nri.pkg.api.v1alpha1.UpdateContainersRequest',
  create: (i?: Init<UpdateContainersRequest>): UpdateContainersRequest => ({
    update: i?.update?.map(ContainerUpdate.create) ?? [],
    evict: i?.evict?.map(ContainerEviction.create) ?? [],
  }),
  write(m: Init<UpdateContainersRequest>, w: Writer): Writer {
    if (m.update) for (const v of m.update) ContainerUpdate.write(v, w.uint32(10).fork()).ldelim();
    if (m.evict) for (const v of m.evict) ContainerEviction.write(v, w.uint32(18).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): UpdateContainersRequest {
    const end = r.pos + length;
    const m = UpdateContainersRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.update.push(ContainerUpdate.read(r, r.uint32()));
          break;
        case 18:
          m.evict.push(ContainerEviction.read(r, r.uint32()));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface UpdateContainersResponse {
  failed: ContainerUpdate[];
}
export const UpdateContainersResponse: Codec<UpdateContainersResponse> = defineCodec<UpdateContainersResponse>({
  name: 'nri.pkg.api.v1alpha1.UpdateContainersResponse',
  create: (i?: Init<UpdateContainersResponse>): UpdateContainersResponse => ({
    failed: i?.failed?.map(ContainerUpdate.create) ?? [],
  }),
  write(m: Init<UpdateContainersResponse>, w: Writer): Writer {
    if (m.failed) for (const v of m.failed) ContainerUpdate.write(v, w.uint32(10).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): UpdateContainersResponse {
    const end = r.pos + length;
    const m = UpdateContainersResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.failed.push(ContainerUpdate.read(r, r.uint32()));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** Times are milliseconds. */
export interface ConfigureRequest {
  config: string;
  runtimeName: string;
  runtimeVersion: string;
  registrationTimeout: bigint;
  requestTimeout: bigint;
  NRIVersion: string;
}
export const ConfigureRequest: Codec<ConfigureRequest> = defineCodec<ConfigureRequest>({
  name: 'nri.pkg.api.v1alpha1.ConfigureRequest',
  create: (i?: Init<ConfigureRequest>): ConfigureRequest => ({
    config: i?.config ?? '',
    runtimeName: i?.runtimeName ?? '',
    runtimeVersion: i?.runtimeVersion ?? '',
    registrationTimeout: i?.registrationTimeout ?? 0n,
    requestTimeout: i?.requestTimeout ?? 0n,
    NRIVersion: i?.NRIVersion ?? '',
  }),
  write(m: Init<ConfigureRequest>, w: Writer): Writer {
    if (m.config) w.uint32(10).string(m.config);
    if (m.runtimeName) w.uint32(18).string(m.runtimeName);
    if (m.runtimeVersion) w.uint32(26).string(m.runtimeVersion);
    if (m.registrationTimeout) w.uint32(32).int64(toLong(m.registrationTimeout));
    if (m.requestTimeout) w.uint32(40).int64(toLong(m.requestTimeout));
    if (m.NRIVersion) w.uint32(50).string(m.NRIVersion);
    return w;
  },
  read(r: Reader, length: number): ConfigureRequest {
    const end = r.pos + length;
    const m = ConfigureRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.config = r.string();
          break;
        case 18:
          m.runtimeName = r.string();
          break;
        case 26:
          m.runtimeVersion = r.string();
          break;
        case 32:
          m.registrationTimeout = fromLong(r.int64());
          break;
        case 40:
          m.requestTimeout = fromLong(r.int64());
          break;
        case 50:
          m.NRIVersion = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** Bit `event - 1` of each Event that the plugin wants; none means all. */
export interface ConfigureResponse {
  events: number;
}
export const ConfigureResponse: Codec<ConfigureResponse> = defineCodec<ConfigureResponse>({
  name: 'nri.pkg.api.v1alpha1.ConfigureResponse',
  create: (i?: Init<ConfigureResponse>): ConfigureResponse => ({
    events: i?.events ?? 0,
  }),
  write(m: Init<ConfigureResponse>, w: Writer): Writer {
    if (m.events) w.uint32(16).int32(m.events);
    return w;
  },
  read(r: Reader, length: number): ConfigureResponse {
    const end = r.pos + length;
    const m = ConfigureResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 16:
          m.events = r.int32();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** `more`: the list goes on in the next request, as messages end at 4 MiB. */
export interface SynchronizeRequest {
  pods: PodSandbox[];
  containers: Container[];
  more: boolean;
}
export const SynchronizeRequest: Codec<SynchronizeRequest> = defineCodec<SynchronizeRequest>({
  name: 'nri.pkg.api.v1alpha1.SynchronizeRequest',
  create: (i?: Init<SynchronizeRequest>): SynchronizeRequest => ({
    pods: i?.pods?.map(PodSandbox.create) ?? [],
    containers: i?.containers?.map(Container.create) ?? [],
    more: i?.more ?? false,
  }),
  write(m: Init<SynchronizeRequest>, w: Writer): Writer {
    if (m.pods) for (const v of m.pods) PodSandbox.write(v, w.uint32(10).fork()).ldelim();
    if (m.containers) for (const v of m.containers) Container.write(v, w.uint32(18).fork()).ldelim();
    if (m.more) w.uint32(24).bool(m.more);
    return w;
  },
  read(r: Reader, length: number): SynchronizeRequest {
    const end = r.pos + length;
    const m = SynchronizeRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.pods.push(PodSandbox.read(r, r.uint32()));
          break;
        case 18:
          m.containers.push(Container.read(r, r.uint32()));
          break;
        case 24:
          m.more = r.bool();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface SynchronizeResponse {
  update: ContainerUpdate[];
  more: boolean;
}
export const SynchronizeResponse: Codec<SynchronizeResponse> = defineCodec<SynchronizeResponse>({
  name: 'nri.pkg.api.v1alpha1.SynchronizeResponse',
  create: (i?: Init<SynchronizeResponse>): SynchronizeResponse => ({
    update: i?.update?.map(ContainerUpdate.create) ?? [],
    more: i?.more ?? false,
  }),
  write(m: Init<SynchronizeResponse>, w: Writer): Writer {
    if (m.update) for (const v of m.update) ContainerUpdate.write(v, w.uint32(10).fork()).ldelim();
    if (m.more) w.uint32(16).bool(m.more);
    return w;
  },
  read(r: Reader, length: number): SynchronizeResponse {
    const end = r.pos + length;
    const m = SynchronizeResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.update.push(ContainerUpdate.read(r, r.uint32()));
          break;
        case 16:
          m.more = r.bool();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface RunPodSandboxRequest {
  pod?: PodSandbox | undefined;
}
export const RunPodSandboxRequest: Codec<RunPodSandboxRequest> = defineCodec<RunPodSandboxRequest>({
  name: 'nri.pkg.api.v1alpha1.RunPodSandboxRequest',
  create: (i?: Init<RunPodSandboxRequest>): RunPodSandboxRequest => ({
    pod: i?.pod != null ? PodSandbox.create(i?.pod) : undefined,
  }),
  write(m: Init<RunPodSandboxRequest>, w: Writer): Writer {
    if (m.pod != null) PodSandbox.write(m.pod, w.uint32(10).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): RunPodSandboxRequest {
    const end = r.pos + length;
    const m = RunPodSandboxRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.pod = PodSandbox.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface RunPodSandboxResponse {
}
export const RunPodSandboxResponse: Codec<RunPodSandboxResponse> = defineCodec<RunPodSandboxResponse>({
  name: 'nri.pkg.api.v1alpha1.RunPodSandboxResponse',
  create: (_i?: Init<RunPodSandboxResponse>): RunPodSandboxResponse => ({
  }),
  write(_m: Init<RunPodSandboxResponse>, w: Writer): Writer {
    return w;
  },
  read(r: Reader, length: number): RunPodSandboxResponse {
    const end = r.pos + length;
    const m = RunPodSandboxResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface UpdatePodSandboxRequest {
  pod?: PodSandbox | undefined;
  overheadLinuxResources?: LinuxResources | undefined;
  linuxResources?: LinuxResources | undefined;
}
export const UpdatePodSandboxRequest: Codec<UpdatePodSandboxRequest> = defineCodec<UpdatePodSandboxRequest>({
  name: 'nri.pkg.api.v1alpha1.UpdatePodSandboxRequest',
  create: (i?: Init<UpdatePodSandboxRequest>): UpdatePodSandboxRequest => ({
    pod: i?.pod != null ? PodSandbox.create(i?.pod) : undefined,
    overheadLinuxResources: i?.overheadLinuxResources != null ? LinuxResources.create(i?.overheadLinuxResources) : undefined,
    linuxResources: i?.linuxResources != null ? LinuxResources.create(i?.linuxResources) : undefined,
  }),
  write(m: Init<UpdatePodSandboxRequest>, w: Writer): Writer {
    if (m.pod != null) PodSandbox.write(m.pod, w.uint32(10).fork()).ldelim();
    if (m.overheadLinuxResources != null) LinuxResources.write(m.overheadLinuxResources, w.uint32(18).fork()).ldelim();
    if (m.linuxResources != null) LinuxResources.write(m.linuxResources, w.uint32(26).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): UpdatePodSandboxRequest {
    const end = r.pos + length;
    const m = UpdatePodSandboxRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.pod = PodSandbox.read(r, r.uint32());
          break;
        case 18:
          m.overheadLinuxResources = LinuxResources.read(r, r.uint32());
          break;
        case 26:
          m.linuxResources = LinuxResources.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface UpdatePodSandboxResponse {
}
export const UpdatePodSandboxResponse: Codec<UpdatePodSandboxResponse> = defineCodec<UpdatePodSandboxResponse>({
  name: 'nri.pkg.api.v1alpha1.UpdatePodSandboxResponse',
  create: (_i?: Init<UpdatePodSandboxResponse>): UpdatePodSandboxResponse => ({
  }),
  write(_m: Init<UpdatePodSandboxResponse>, w: Writer): Writer {
    return w;
  },
  read(r: Reader, length: number): UpdatePodSandboxResponse {
    const end = r.pos + length;
    const m = UpdatePodSandboxResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface PostUpdatePodSandboxRequest {
  pod?: PodSandbox | undefined;
}
export const PostUpdatePodSandboxRequest: Codec<PostUpdatePodSandboxRequest> = defineCodec<PostUpdatePodSandboxRequest>({
  name: 'nri.pkg.api.v1alpha1.PostUpdatePodSandboxRequest',
  create: (i?: Init<PostUpdatePodSandboxRequest>): PostUpdatePodSandboxRequest => ({
    pod: i?.pod != null ? PodSandbox.create(i?.pod) : undefined,
  }),
  write(m: Init<PostUpdatePodSandboxRequest>, w: Writer): Writer {
    if (m.pod != null) PodSandbox.write(m.pod, w.uint32(10).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): PostUpdatePodSandboxRequest {
    const end = r.pos + length;
    const m = PostUpdatePodSandboxRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.pod = PodSandbox.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface PostUpdatePodSandboxResponse {
}
export const PostUpdatePodSandboxResponse: Codec<PostUpdatePodSandboxResponse> = defineCodec<PostUpdatePodSandboxResponse>({
  name: 'nri.pkg.api.v1alpha1.PostUpdatePodSandboxResponse',
  create: (_i?: Init<PostUpdatePodSandboxResponse>): PostUpdatePodSandboxResponse => ({
  }),
  write(_m: Init<PostUpdatePodSandboxResponse>, w: Writer): Writer {
    return w;
  },
  read(r: Reader, length: number): PostUpdatePodSandboxResponse {
    const end = r.pos + length;
    const m = PostUpdatePodSandboxResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface StopPodSandboxRequest {
  pod?: PodSandbox | undefined;
}
export const StopPodSandboxRequest: Codec<StopPodSandboxRequest> = defineCodec<StopPodSandboxRequest>({
  name: 'nri.pkg.api.v1alpha1.StopPodSandboxRequest',
  create: (i?: Init<StopPodSandboxRequest>): StopPodSandboxRequest => ({
    pod: i?.pod != null ? PodSandbox.create(i?.pod) : undefined,
  }),
  write(m: Init<StopPodSandboxRequest>, w: Writer): Writer {
    if (m.pod != null) PodSandbox.write(m.pod, w.uint32(10).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): StopPodSandboxRequest {
    const end = r.pos + length;
    const m = StopPodSandboxRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.pod = PodSandbox.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface StopPodSandboxResponse {
}
export const StopPodSandboxResponse: Codec<StopPodSandboxResponse> = defineCodec<StopPodSandboxResponse>({
  name: 'nri.pkg.api.v1alpha1.StopPodSandboxResponse',
  create: (_i?: Init<StopPodSandboxResponse>): StopPodSandboxResponse => ({
  }),
  write(_m: Init<StopPodSandboxResponse>, w: Writer): Writer {
    return w;
  },
  read(r: Reader, length: number): StopPodSandboxResponse {
    const end = r.pos + length;
    const m = StopPodSandboxResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface RemovePodSandboxRequest {
  pod?: PodSandbox | undefined;
}
export const RemovePodSandboxRequest: Codec<RemovePodSandboxRequest> = defineCodec<RemovePodSandboxRequest>({
  name: 'nri.pkg.api.v1alpha1.RemovePodSandboxRequest',
  create: (i?: Init<RemovePodSandboxRequest>): RemovePodSandboxRequest => ({
    pod: i?.pod != null ? PodSandbox.create(i?.pod) : undefined,
  }),
  write(m: Init<RemovePodSandboxRequest>, w: Writer): Writer {
    if (m.pod != null) PodSandbox.write(m.pod, w.uint32(10).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): RemovePodSandboxRequest {
    const end = r.pos + length;
    const m = RemovePodSandboxRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.pod = PodSandbox.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface RemovePodSandboxResponse {
}
export const RemovePodSandboxResponse: Codec<RemovePodSandboxResponse> = defineCodec<RemovePodSandboxResponse>({
  name: 'nri.pkg.api.v1alpha1.RemovePodSandboxResponse',
  create: (_i?: Init<RemovePodSandboxResponse>): RemovePodSandboxResponse => ({
  }),
  write(_m: Init<RemovePodSandboxResponse>, w: Writer): Writer {
    return w;
  },
  read(r: Reader, length: number): RemovePodSandboxResponse {
    const end = r.pos + length;
    const m = RemovePodSandboxResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface CreateContainerRequest {
  pod?: PodSandbox | undefined;
  container?: Container | undefined;
}
export const CreateContainerRequest: Codec<CreateContainerRequest> = defineCodec<CreateContainerRequest>({
  name: 'nri.pkg.api.v1alpha1.CreateContainerRequest',
  create: (i?: Init<CreateContainerRequest>): CreateContainerRequest => ({
    pod: i?.pod != null ? PodSandbox.create(i?.pod) : undefined,
    container: i?.container != null ? Container.create(i?.container) : undefined,
  }),
  write(m: Init<CreateContainerRequest>, w: Writer): Writer {
    if (m.pod != null) PodSandbox.write(m.pod, w.uint32(10).fork()).ldelim();
    if (m.container != null) Container.write(m.container, w.uint32(18).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): CreateContainerRequest {
    const end = r.pos + length;
    const m = CreateContainerRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.pod = PodSandbox.read(r, r.uint32());
          break;
        case 18:
          m.container = Container.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface CreateContainerResponse {
  adjust?: ContainerAdjustment | undefined;
  update: ContainerUpdate[];
  evict: ContainerEviction[];
}
export const CreateContainerResponse: Codec<CreateContainerResponse> = defineCodec<CreateContainerResponse>({
  name: 'nri.pkg.api.v1alpha1.CreateContainerResponse',
  create: (i?: Init<CreateContainerResponse>): CreateContainerResponse => ({
    adjust: i?.adjust != null ? ContainerAdjustment.create(i?.adjust) : undefined,
    update: i?.update?.map(ContainerUpdate.create) ?? [],
    evict: i?.evict?.map(ContainerEviction.create) ?? [],
  }),
  write(m: Init<CreateContainerResponse>, w: Writer): Writer {
    if (m.adjust != null) ContainerAdjustment.write(m.adjust, w.uint32(10).fork()).ldelim();
    if (m.update) for (const v of m.update) ContainerUpdate.write(v, w.uint32(18).fork()).ldelim();
    if (m.evict) for (const v of m.evict) ContainerEviction.write(v, w.uint32(26).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): CreateContainerResponse {
    const end = r.pos + length;
    const m = CreateContainerResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.adjust = ContainerAdjustment.read(r, r.uint32());
          break;
        case 18:
          m.update.push(ContainerUpdate.read(r, r.uint32()));
          break;
        case 26:
          m.evict.push(ContainerEviction.read(r, r.uint32()));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface PostCreateContainerRequest {
  pod?: PodSandbox | undefined;
  container?: Container | undefined;
}
export const PostCreateContainerRequest: Codec<PostCreateContainerRequest> = defineCodec<PostCreateContainerRequest>({
  name: 'nri.pkg.api.v1alpha1.PostCreateContainerRequest',
  create: (i?: Init<PostCreateContainerRequest>): PostCreateContainerRequest => ({
    pod: i?.pod != null ? PodSandbox.create(i?.pod) : undefined,
    container: i?.container != null ? Container.create(i?.container) : undefined,
  }),
  write(m: Init<PostCreateContainerRequest>, w: Writer): Writer {
    if (m.pod != null) PodSandbox.write(m.pod, w.uint32(10).fork()).ldelim();
    if (m.container != null) Container.write(m.container, w.uint32(18).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): PostCreateContainerRequest {
    const end = r.pos + length;
    const m = PostCreateContainerRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.pod = PodSandbox.read(r, r.uint32());
          break;
        case 18:
          m.container = Container.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface PostCreateContainerResponse {
}
export const PostCreateContainerResponse: Codec<PostCreateContainerResponse> = defineCodec<PostCreateContainerResponse>({
  name: 'nri.pkg.api.v1alpha1.PostCreateContainerResponse',
  create: (_i?: Init<PostCreateContainerResponse>): PostCreateContainerResponse => ({
  }),
  write(_m: Init<PostCreateContainerResponse>, w: Writer): Writer {
    return w;
  },
  read(r: Reader, length: number): PostCreateContainerResponse {
    const end = r.pos + length;
    const m = PostCreateContainerResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface StartContainerRequest {
  pod?: PodSandbox | undefined;
  container?: Container | undefined;
}
export const StartContainerRequest: Codec<StartContainerRequest> = defineCodec<StartContainerRequest>({
  name: 'nri.pkg.api.v1alpha1.StartContainerRequest',
  create: (i?: Init<StartContainerRequest>): StartContainerRequest => ({
    pod: i?.pod != null ? PodSandbox.create(i?.pod) : undefined,
    container: i?.container != null ? Container.create(i?.container) : undefined,
  }),
  write(m: Init<StartContainerRequest>, w: Writer): Writer {
    if (m.pod != null) PodSandbox.write(m.pod, w.uint32(10).fork()).ldelim();
    if (m.container != null) Container.write(m.container, w.uint32(18).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): StartContainerRequest {
    const end = r.pos + length;
    const m = StartContainerRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.pod = PodSandbox.read(r, r.uint32());
          break;
        case 18:
          m.container = Container.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface StartContainerResponse {
}
export const StartContainerResponse: Codec<StartContainerResponse> = defineCodec<StartContainerResponse>({
  name: 'nri.pkg.api.v1alpha1.StartContainerResponse',
  create: (_i?: Init<StartContainerResponse>): StartContainerResponse => ({
  }),
  write(_m: Init<StartContainerResponse>, w: Writer): Writer {
    return w;
  },
  read(r: Reader, length: number): StartContainerResponse {
    const end = r.pos + length;
    const m = StartContainerResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface PostStartContainerRequest {
  pod?: PodSandbox | undefined;
  container?: Container | undefined;
}
export const PostStartContainerRequest: Codec<PostStartContainerRequest> = defineCodec<PostStartContainerRequest>({
  name: 'nri.pkg.api.v1alpha1.PostStartContainerRequest',
  create: (i?: Init<PostStartContainerRequest>): PostStartContainerRequest => ({
    pod: i?.pod != null ? PodSandbox.create(i?.pod) : undefined,
    container: i?.container != null ? Container.create(i?.container) : undefined,
  }),
  write(m: Init<PostStartContainerRequest>, w: Writer): Writer {
    if (m.pod != null) PodSandbox.write(m.pod, w.uint32(10).fork()).ldelim();
    if (m.container != null) Container.write(m.container, w.uint32(18).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): PostStartContainerRequest {
    const end = r.pos + length;
    const m = PostStartContainerRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.pod = PodSandbox.read(r, r.uint32());
          break;
        case 18:
          m.container = Container.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface PostStartContainerResponse {
}
export const PostStartContainerResponse: Codec<PostStartContainerResponse> = defineCodec<PostStartContainerResponse>({
  name: 'nri.pkg.api.v1alpha1.PostStartContainerResponse',
  create: (_i?: Init<PostStartContainerResponse>): PostStartContainerResponse => ({
  }),
  write(_m: Init<PostStartContainerResponse>, w: Writer): Writer {
    return w;
  },
  read(r: Reader, length: number): PostStartContainerResponse {
    const end = r.pos + length;
    const m = PostStartContainerResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface UpdateContainerRequest {
  pod?: PodSandbox | undefined;
  container?: Container | undefined;
  linuxResources?: LinuxResources | undefined;
}
export const UpdateContainerRequest: Codec<UpdateContainerRequest> = defineCodec<UpdateContainerRequest>({
  name: 'nri.pkg.api.v1alpha1.UpdateContainerRequest',
  create: (i?: Init<UpdateContainerRequest>): UpdateContainerRequest => ({
    pod: i?.pod != null ? PodSandbox.create(i?.pod) : undefined,
    container: i?.container != null ? Container.create(i?.container) : undefined,
    linuxResources: i?.linuxResources != null ? LinuxResources.create(i?.linuxResources) : undefined,
  }),
  write(m: Init<UpdateContainerRequest>, w: Writer): Writer {
    if (m.pod != null) PodSandbox.write(m.pod, w.uint32(10).fork()).ldelim();
    if (m.container != null) Container.write(m.container, w.uint32(18).fork()).ldelim();
    if (m.linuxResources != null) LinuxResources.write(m.linuxResources, w.uint32(26).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): UpdateContainerRequest {
    const end = r.pos + length;
    const m = UpdateContainerRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.pod = PodSandbox.read(r, r.uint32());
          break;
        case 18:
          m.container = Container.read(r, r.uint32());
          break;
        case 26:
          m.linuxResources = LinuxResources.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface UpdateContainerResponse {
  update: ContainerUpdate[];
  evict: ContainerEviction[];
}
export const UpdateContainerResponse: Codec<UpdateContainerResponse> = defineCodec<UpdateContainerResponse>({
  name: 'nri.pkg.api.v1alpha1.UpdateContainerResponse',
  create: (i?: Init<UpdateContainerResponse>): UpdateContainerResponse => ({
    update: i?.update?.map(ContainerUpdate.create) ?? [],
    evict: i?.evict?.map(ContainerEviction.create) ?? [],
  }),
  write(m: Init<UpdateContainerResponse>, w: Writer): Writer {
    if (m.update) for (const v of m.update) ContainerUpdate.write(v, w.uint32(10).fork()).ldelim();
    if (m.evict) for (const v of m.evict) ContainerEviction.write(v, w.uint32(18).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): UpdateContainerResponse {
    const end = r.pos + length;
    const m = UpdateContainerResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.update.push(ContainerUpdate.read(r, r.uint32()));
          break;
        case 18:
          m.evict.push(ContainerEviction.read(r, r.uint32()));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface PostUpdateContainerRequest {
  pod?: PodSandbox | undefined;
  container?: Container | undefined;
}
export const PostUpdateContainerRequest: Codec<PostUpdateContainerRequest> = defineCodec<PostUpdateContainerRequest>({
  name: 'nri.pkg.api.v1alpha1.PostUpdateContainerRequest',
  create: (i?: Init<PostUpdateContainerRequest>): PostUpdateContainerRequest => ({
    pod: i?.pod != null ? PodSandbox.create(i?.pod) : undefined,
    container: i?.container != null ? Container.create(i?.container) : undefined,
  }),
  write(m: Init<PostUpdateContainerRequest>, w: Writer): Writer {
    if (m.pod != null) PodSandbox.write(m.pod, w.uint32(10).fork()).ldelim();
    if (m.container != null) Container.write(m.container, w.uint32(18).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): PostUpdateContainerRequest {
    const end = r.pos + length;
    const m = PostUpdateContainerRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.pod = PodSandbox.read(r, r.uint32());
          break;
        case 18:
          m.container = Container.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface PostUpdateContainerResponse {
}
export const PostUpdateContainerResponse: Codec<PostUpdateContainerResponse> = defineCodec<PostUpdateContainerResponse>({
  name: 'nri.pkg.api.v1alpha1.PostUpdateContainerResponse',
  create: (_i?: Init<PostUpdateContainerResponse>): PostUpdateContainerResponse => ({
  }),
  write(_m: Init<PostUpdateContainerResponse>, w: Writer): Writer {
    return w;
  },
  read(r: Reader, length: number): PostUpdateContainerResponse {
    const end = r.pos + length;
    const m = PostUpdateContainerResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface StopContainerRequest {
  pod?: PodSandbox | undefined;
  container?: Container | undefined;
}
export const StopContainerRequest: Codec<StopContainerRequest> = defineCodec<StopContainerRequest>({
  name: 'nri.pkg.api.v1alpha1.StopContainerRequest',
  create: (i?: Init<StopContainerRequest>): StopContainerRequest => ({
    pod: i?.pod != null ? PodSandbox.create(i?.pod) : undefined,
    container: i?.container != null ? Container.create(i?.container) : undefined,
  }),
  write(m: Init<StopContainerRequest>, w: Writer): Writer {
    if (m.pod != null) PodSandbox.write(m.pod, w.uint32(10).fork()).ldelim();
    if (m.container != null) Container.write(m.container, w.uint32(18).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): StopContainerRequest {
    const end = r.pos + length;
    const m = StopContainerRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.pod = PodSandbox.read(r, r.uint32());
          break;
        case 18:
          m.container = Container.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface StopContainerResponse {
  update: ContainerUpdate[];
}
export const StopContainerResponse: Codec<StopContainerResponse> = defineCodec<StopContainerResponse>({
  name: 'nri.pkg.api.v1alpha1.StopContainerResponse',
  create: (i?: Init<StopContainerResponse>): StopContainerResponse => ({
    update: i?.update?.map(ContainerUpdate.create) ?? [],
  }),
  write(m: Init<StopContainerResponse>, w: Writer): Writer {
    if (m.update) for (const v of m.update) ContainerUpdate.write(v, w.uint32(10).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): StopContainerResponse {
    const end = r.pos + length;
    const m = StopContainerResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.update.push(ContainerUpdate.read(r, r.uint32()));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface RemoveContainerRequest {
  pod?: PodSandbox | undefined;
  container?: Container | undefined;
}
export const RemoveContainerRequest: Codec<RemoveContainerRequest> = defineCodec<RemoveContainerRequest>({
  name: 'nri.pkg.api.v1alpha1.RemoveContainerRequest',
  create: (i?: Init<RemoveContainerRequest>): RemoveContainerRequest => ({
    pod: i?.pod != null ? PodSandbox.create(i?.pod) : undefined,
    container: i?.container != null ? Container.create(i?.container) : undefined,
  }),
  write(m: Init<RemoveContainerRequest>, w: Writer): Writer {
    if (m.pod != null) PodSandbox.write(m.pod, w.uint32(10).fork()).ldelim();
    if (m.container != null) Container.write(m.container, w.uint32(18).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): RemoveContainerRequest {
    const end = r.pos + length;
    const m = RemoveContainerRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.pod = PodSandbox.read(r, r.uint32());
          break;
        case 18:
          m.container = Container.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface RemoveContainerResponse {
}
export const RemoveContainerResponse: Codec<RemoveContainerResponse> = defineCodec<RemoveContainerResponse>({
  name: 'nri.pkg.api.v1alpha1.RemoveContainerResponse',
  create: (_i?: Init<RemoveContainerResponse>): RemoveContainerResponse => ({
  }),
  write(_m: Init<RemoveContainerResponse>, w: Writer): Writer {
    return w;
  },
  read(r: Reader, length: number): RemoveContainerResponse {
    const end = r.pos + length;
    const m = RemoveContainerResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface StateChangeEvent {
  event: Event;
  pod?: PodSandbox | undefined;
  container?: Container | undefined;
}
export const StateChangeEvent: Codec<StateChangeEvent> = defineCodec<StateChangeEvent>({
  name: 'nri.pkg.api.v1alpha1.StateChangeEvent',
  create: (i?: Init<StateChangeEvent>): StateChangeEvent => ({
    event: i?.event ?? 0,
    pod: i?.pod != null ? PodSandbox.create(i?.pod) : undefined,
    container: i?.container != null ? Container.create(i?.container) : undefined,
  }),
  write(m: Init<StateChangeEvent>, w: Writer): Writer {
    if (m.event) w.uint32(8).int32(m.event);
    if (m.pod != null) PodSandbox.write(m.pod, w.uint32(18).fork()).ldelim();
    if (m.container != null) Container.write(m.container, w.uint32(26).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): StateChangeEvent {
    const end = r.pos + length;
    const m = StateChangeEvent.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.event = r.int32() as Event;
          break;
        case 18:
          m.pod = PodSandbox.read(r, r.uint32());
          break;
        case 26:
          m.container = Container.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** The container as it was, what shall change, and by whom. */
export interface ValidateContainerAdjustmentRequest {
  pod?: PodSandbox | undefined;
  container?: Container | undefined;
  adjust?: ContainerAdjustment | undefined;
  update: ContainerUpdate[];
  owners?: OwningPlugins | undefined;
  plugins: PluginInstance[];
}
export const ValidateContainerAdjustmentRequest: Codec<ValidateContainerAdjustmentRequest> = defineCodec<ValidateContainerAdjustmentRequest>({
  name: 'nri.pkg.api.v1alpha1.ValidateContainerAdjustmentRequest',
  create: (i?: Init<ValidateContainerAdjustmentRequest>): ValidateContainerAdjustmentRequest => ({
    pod: i?.pod != null ? PodSandbox.create(i?.pod) : undefined,
    container: i?.container != null ? Container.create(i?.container) : undefined,
    adjust: i?.adjust != null ? ContainerAdjustment.create(i?.adjust) : undefined,
    update: i?.update?.map(ContainerUpdate.create) ?? [],
    owners: i?.owners != null ? OwningPlugins.create(i?.owners) : undefined,
    plugins: i?.plugins?.map(PluginInstance.create) ?? [],
  }),
  write(m: Init<ValidateContainerAdjustmentRequest>, w: Writer): Writer {
    if (m.pod != null) PodSandbox.write(m.pod, w.uint32(10).fork()).ldelim();
    if (m.container != null) Container.write(m.container, w.uint32(18).fork()).ldelim();
    if (m.adjust != null) ContainerAdjustment.write(m.adjust, w.uint32(26).fork()).ldelim();
    if (m.update) for (const v of m.update) ContainerUpdate.write(v, w.uint32(34).fork()).ldelim();
    if (m.owners != null) OwningPlugins.write(m.owners, w.uint32(42).fork()).ldelim();
    if (m.plugins) for (const v of m.plugins) PluginInstance.write(v, w.uint32(50).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): ValidateContainerAdjustmentRequest {
    const end = r.pos + length;
    const m = ValidateContainerAdjustmentRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.pod = PodSandbox.read(r, r.uint32());
          break;
        case 18:
          m.container = Container.read(r, r.uint32());
          break;
        case 26:
          m.adjust = ContainerAdjustment.read(r, r.uint32());
          break;
        case 34:
          m.update.push(ContainerUpdate.read(r, r.uint32()));
          break;
        case 42:
          m.owners = OwningPlugins.read(r, r.uint32());
          break;
        case 50:
          m.plugins.push(PluginInstance.read(r, r.uint32()));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface PluginInstance {
  name: string;
  index: string;
}
export const PluginInstance: Codec<PluginInstance> = defineCodec<PluginInstance>({
  name: 'nri.pkg.api.v1alpha1.PluginInstance',
  create: (i?: Init<PluginInstance>): PluginInstance => ({
    name: i?.name ?? '',
    index: i?.index ?? '',
  }),
  write(m: Init<PluginInstance>, w: Writer): Writer {
    if (m.name) w.uint32(10).string(m.name);
    if (m.index) w.uint32(18).string(m.index);
    return w;
  },
  read(r: Reader, length: number): PluginInstance {
    const end = r.pos + length;
    const m = PluginInstance.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.name = r.string();
          break;
        case 18:
          m.index = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface ValidateContainerAdjustmentResponse {
  reject: boolean;
  reason: string;
}
export const ValidateContainerAdjustmentResponse: Codec<ValidateContainerAdjustmentResponse> = defineCodec<ValidateContainerAdjustmentResponse>({
  name: 'nri.pkg.api.v1alpha1.ValidateContainerAdjustmentResponse',
  create: (i?: Init<ValidateContainerAdjustmentResponse>): ValidateContainerAdjustmentResponse => ({
    reject: i?.reject ?? false,
    reason: i?.reason ?? '',
  }),
  write(m: Init<ValidateContainerAdjustmentResponse>, w: Writer): Writer {
    if (m.reject) w.uint32(8).bool(m.reject);
    if (m.reason) w.uint32(18).string(m.reason);
    return w;
  },
  read(r: Reader, length: number): ValidateContainerAdjustmentResponse {
    const end = r.pos + length;
    const m = ValidateContainerAdjustmentResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.reject = r.bool();
          break;
        case 18:
          m.reason = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface Empty {
}
export const Empty: Codec<Empty> = defineCodec<Empty>({
  name: 'nri.pkg.api.v1alpha1.Empty',
  create: (_i?: Init<Empty>): Empty => ({
  }),
  write(_m: Init<Empty>, w: Writer): Writer {
    return w;
  },
  read(r: Reader, length: number): Empty {
    const end = r.pos + length;
    const m = Empty.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** A pod as plugins see it. */
export interface PodSandbox {
  id: string;
  name: string;
  uid: string;
  namespace: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  runtimeHandler: string;
  linux?: LinuxPodSandbox | undefined;
  pid: number;
  ips: string[];
}
export const PodSandbox: Codec<PodSandbox> = defineCodec<PodSandbox>({
  name: 'nri.pkg.api.v1alpha1.PodSandbox',
  create: (i?: Init<PodSandbox>): PodSandbox => ({
    id: i?.id ?? '',
    name: i?.name ?? '',
    uid: i?.uid ?? '',
    namespace: i?.namespace ?? '',
    labels: { ...i?.labels } as Record<string, string>,
    annotations: { ...i?.annotations } as Record<string, string>,
    runtimeHandler: i?.runtimeHandler ?? '',
    linux: i?.linux != null ? LinuxPodSandbox.create(i?.linux) : undefined,
    pid: i?.pid ?? 0,
    ips: [...(i?.ips ?? [])],
  }),
  write(m: Init<PodSandbox>, w: Writer): Writer {
    if (m.id) w.uint32(10).string(m.id);
    if (m.name) w.uint32(18).string(m.name);
    if (m.uid) w.uint32(26).string(m.uid);
    if (m.namespace) w.uint32(34).string(m.namespace);
    if (m.labels) for (const [k, v] of Object.entries(m.labels)) {
      if (v === undefined) continue;
      w.uint32(42).fork().uint32(10).string(k);
      w.uint32(18).string(v).ldelim();
    }
    if (m.annotations) for (const [k, v] of Object.entries(m.annotations)) {
      if (v === undefined) continue;
      w.uint32(50).fork().uint32(10).string(k);
      w.uint32(18).string(v).ldelim();
    }
    if (m.runtimeHandler) w.uint32(58).string(m.runtimeHandler);
    if (m.linux != null) LinuxPodSandbox.write(m.linux, w.uint32(66).fork()).ldelim();
    if (m.pid) w.uint32(72).uint32(m.pid);
    if (m.ips) for (const v of m.ips) w.uint32(82).string(v);
    return w;
  },
  read(r: Reader, length: number): PodSandbox {
    const end = r.pos + length;
    const m = PodSandbox.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.id = r.string();
          break;
        case 18:
          m.name = r.string();
          break;
        case 26:
          m.uid = r.string();
          break;
        case 34:
          m.namespace = r.string();
          break;
        case 42:
          readEntry(r, m.labels, () => r.string(), '');
          break;
        case 50:
          readEntry(r, m.annotations, () => r.string(), '');
          break;
        case 58:
          m.runtimeHandler = r.string();
          break;
        case 66:
          m.linux = LinuxPodSandbox.read(r, r.uint32());
          break;
        case 72:
          m.pid = r.uint32();
          break;
        case 82:
          m.ips.push(r.string());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface LinuxPodSandbox {
  podOverhead?: LinuxResources | undefined;
  podResources?: LinuxResources | undefined;
  cgroupParent: string;
  cgroupsPath: string;
  namespaces: LinuxNamespace[];
  resources?: LinuxResources | undefined;
}
export const LinuxPodSandbox: Codec<LinuxPodSandbox> = defineCodec<LinuxPodSandbox>({
  name: 'nri.pkg.api.v1alpha1.LinuxPodSandbox',
  create: (i?: Init<LinuxPodSandbox>): LinuxPodSandbox => ({
    podOverhead: i?.podOverhead != null ? LinuxResources.create(i?.podOverhead) : undefined,
    podResources: i?.podResources != null ? LinuxResources.create(i?.podResources) : undefined,
    cgroupParent: i?.cgroupParent ?? '',
    cgroupsPath: i?.cgroupsPath ?? '',
    namespaces: i?.namespaces?.map(LinuxNamespace.create) ?? [],
    resources: i?.resources != null ? LinuxResources.create(i?.resources) : undefined,
  }),
  write(m: Init<LinuxPodSandbox>, w: Writer): Writer {
    if (m.podOverhead != null) LinuxResources.write(m.podOverhead, w.uint32(10).fork()).ldelim();
    if (m.podResources != null) LinuxResources.write(m.podResources, w.uint32(18).fork()).ldelim();
    if (m.cgroupParent) w.uint32(26).string(m.cgroupParent);
    if (m.cgroupsPath) w.uint32(34).string(m.cgroupsPath);
    if (m.namespaces) for (const v of m.namespaces) LinuxNamespace.write(v, w.uint32(42).fork()).ldelim();
    if (m.resources != null) LinuxResources.write(m.resources, w.uint32(50).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): LinuxPodSandbox {
    const end = r.pos + length;
    const m = LinuxPodSandbox.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.podOverhead = LinuxResources.read(r, r.uint32());
          break;
        case 18:
          m.podResources = LinuxResources.read(r, r.uint32());
          break;
        case 26:
          m.cgroupParent = r.string();
          break;
        case 34:
          m.cgroupsPath = r.string();
          break;
        case 42:
          m.namespaces.push(LinuxNamespace.read(r, r.uint32()));
          break;
        case 50:
          m.resources = LinuxResources.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** A container as plugins see it; times are nanoseconds since the epoch. */
export interface Container {
  id: string;
  podSandboxId: string;
  name: string;
  state: ContainerState;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  args: string[];
  env: string[];
  mounts: Mount[];
  hooks?: Hooks | undefined;
  linux?: LinuxContainer | undefined;
  pid: number;
  rlimits: POSIXRlimit[];
  createdAt: bigint;
  startedAt: bigint;
  finishedAt: bigint;
  exitCode: number;
  statusReason: string;
  statusMessage: string;
  CDIDevices: CDIDevice[];
  user?: User | undefined;
  image?: Image | undefined;
}
export const Container: Codec<Container> = defineCodec<Container>({
  name: 'nri.pkg.api.v1alpha1.Container',
  create: (i?: Init<Container>): Container => ({
    id: i?.id ?? '',
    podSandboxId: i?.podSandboxId ?? '',
    name: i?.name ?? '',
    state: i?.state ?? 0,
    labels: { ...i?.labels } as Record<string, string>,
    annotations: { ...i?.annotations } as Record<string, string>,
    args: [...(i?.args ?? [])],
    env: [...(i?.env ?? [])],
    mounts: i?.mounts?.map(Mount.create) ?? [],
    hooks: i?.hooks != null ? Hooks.create(i?.hooks) : undefined,
    linux: i?.linux != null ? LinuxContainer.create(i?.linux) : undefined,
    pid: i?.pid ?? 0,
    rlimits: i?.rlimits?.map(POSIXRlimit.create) ?? [],
    createdAt: i?.createdAt ?? 0n,
    startedAt: i?.startedAt ?? 0n,
    finishedAt: i?.finishedAt ?? 0n,
    exitCode: i?.exitCode ?? 0,
    statusReason: i?.statusReason ?? '',
    statusMessage: i?.statusMessage ?? '',
    CDIDevices: i?.CDIDevices?.map(CDIDevice.create) ?? [],
    user: i?.user != null ? User.create(i?.user) : undefined,
    image: i?.image != null ? Image.create(i?.image) : undefined,
  }),
  write(m: Init<Container>, w: Writer): Writer {
    if (m.id) w.uint32(10).string(m.id);
    if (m.podSandboxId) w.uint32(18).string(m.podSandboxId);
    if (m.name) w.uint32(26).string(m.name);
    if (m.state) w.uint32(32).int32(m.state);
    if (m.labels) for (const [k, v] of Object.entries(m.labels)) {
      if (v === undefined) continue;
      w.uint32(42).fork().uint32(10).string(k);
      w.uint32(18).string(v).ldelim();
    }
    if (m.annotations) for (const [k, v] of Object.entries(m.annotations)) {
      if (v === undefined) continue;
      w.uint32(50).fork().uint32(10).string(k);
      w.uint32(18).string(v).ldelim();
    }
    if (m.args) for (const v of m.args) w.uint32(58).string(v);
    if (m.env) for (const v of m.env) w.uint32(66).string(v);
    if (m.mounts) for (const v of m.mounts) Mount.write(v, w.uint32(74).fork()).ldelim();
    if (m.hooks != null) Hooks.write(m.hooks, w.uint32(82).fork()).ldelim();
    if (m.linux != null) LinuxContainer.write(m.linux, w.uint32(90).fork()).ldelim();
    if (m.pid) w.uint32(96).uint32(m.pid);
    if (m.rlimits) for (const v of m.rlimits) POSIXRlimit.write(v, w.uint32(106).fork()).ldelim();
    if (m.createdAt) w.uint32(112).int64(toLong(m.createdAt));
    if (m.startedAt) w.uint32(120).int64(toLong(m.startedAt));
    if (m.finishedAt) w.uint32(128).int64(toLong(m.finishedAt));
    if (m.exitCode) w.uint32(136).int32(m.exitCode);
    if (m.statusReason) w.uint32(146).string(m.statusReason);
    if (m.statusMessage) w.uint32(154).string(m.statusMessage);
    if (m.CDIDevices) for (const v of m.CDIDevices) CDIDevice.write(v, w.uint32(162).fork()).ldelim();
    if (m.user != null) User.write(m.user, w.uint32(170).fork()).ldelim();
    if (m.image != null) Image.write(m.image, w.uint32(178).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): Container {
    const end = r.pos + length;
    const m = Container.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.id = r.string();
          break;
        case 18:
          m.podSandboxId = r.string();
          break;
        case 26:
          m.name = r.string();
          break;
        case 32:
          m.state = r.int32() as ContainerState;
          break;
        case 42:
          readEntry(r, m.labels, () => r.string(), '');
          break;
        case 50:
          readEntry(r, m.annotations, () => r.string(), '');
          break;
        case 58:
          m.args.push(r.string());
          break;
        case 66:
          m.env.push(r.string());
          break;
        case 74:
          m.mounts.push(Mount.read(r, r.uint32()));
          break;
        case 82:
          m.hooks = Hooks.read(r, r.uint32());
          break;
        case 90:
          m.linux = LinuxContainer.read(r, r.uint32());
          break;
        case 96:
          m.pid = r.uint32();
          break;
        case 106:
          m.rlimits.push(POSIXRlimit.read(r, r.uint32()));
          break;
        case 112:
          m.createdAt = fromLong(r.int64());
          break;
        case 120:
          m.startedAt = fromLong(r.int64());
          break;
        case 128:
          m.finishedAt = fromLong(r.int64());
          break;
        case 136:
          m.exitCode = r.int32();
          break;
        case 146:
          m.statusReason = r.string();
          break;
        case 154:
          m.statusMessage = r.string();
          break;
        case 162:
          m.CDIDevices.push(CDIDevice.read(r, r.uint32()));
          break;
        case 170:
          m.user = User.read(r, r.uint32());
          break;
        case 178:
          m.image = Image.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface Image {
  name: string;
  digest: string;
  configDigest: string;
}
export const Image: Codec<Image> = defineCodec<Image>({
  name: 'nri.pkg.api.v1alpha1.Image',
  create: (i?: Init<Image>): Image => ({
    name: i?.name ?? '',
    digest: i?.digest ?? '',
    configDigest: i?.configDigest ?? '',
  }),
  write(m: Init<Image>, w: Writer): Writer {
    if (m.name) w.uint32(10).string(m.name);
    if (m.digest) w.uint32(18).string(m.digest);
    if (m.configDigest) w.uint32(26).string(m.configDigest);
    return w;
  },
  read(r: Reader, length: number): Image {
    const end = r.pos + length;
    const m = Image.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.name = r.string();
          break;
        case 18:
          m.digest = r.string();
          break;
        case 26:
          m.configDigest = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface Mount {
  destination: string;
  type: string;
  source: string;
  options: string[];
}
export const Mount: Codec<Mount> = defineCodec<Mount>({
  name: 'nri.pkg.api.v1alpha1.Mount',
  create: (i?: Init<Mount>): Mount => ({
    destination: i?.destination ?? '',
    type: i?.type ?? '',
    source: i?.source ?? '',
    options: [...(i?.options ?? [])],
  }),
  write(m: Init<Mount>, w: Writer): Writer {
    if (m.destination) w.uint32(10).string(m.destination);
    if (m.type) w.uint32(18).string(m.type);
    if (m.source) w.uint32(26).string(m.source);
    if (m.options) for (const v of m.options) w.uint32(34).string(v);
    return w;
  },
  read(r: Reader, length: number): Mount {
    const end = r.pos + length;
    const m = Mount.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.destination = r.string();
          break;
        case 18:
          m.type = r.string();
          break;
        case 26:
          m.source = r.string();
          break;
        case 34:
          m.options.push(r.string());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface Hooks {
  prestart: Hook[];
  createRuntime: Hook[];
  createContainer: Hook[];
  startContainer: Hook[];
  poststart: Hook[];
  poststop: Hook[];
}
export const Hooks: Codec<Hooks> = defineCodec<Hooks>({
  name: 'nri.pkg.api.v1alpha1.Hooks',
  create: (i?: Init<Hooks>): Hooks => ({
    prestart: i?.prestart?.map(Hook.create) ?? [],
    createRuntime: i?.createRuntime?.map(Hook.create) ?? [],
    createContainer: i?.createContainer?.map(Hook.create) ?? [],
    startContainer: i?.startContainer?.map(Hook.create) ?? [],
    poststart: i?.poststart?.map(Hook.create) ?? [],
    poststop: i?.poststop?.map(Hook.create) ?? [],
  }),
  write(m: Init<Hooks>, w: Writer): Writer {
    if (m.prestart) for (const v of m.prestart) Hook.write(v, w.uint32(10).fork()).ldelim();
    if (m.createRuntime) for (const v of m.createRuntime) Hook.write(v, w.uint32(18).fork()).ldelim();
    if (m.createContainer) for (const v of m.createContainer) Hook.write(v, w.uint32(26).fork()).ldelim();
    if (m.startContainer) for (const v of m.startContainer) Hook.write(v, w.uint32(34).fork()).ldelim();
    if (m.poststart) for (const v of m.poststart) Hook.write(v, w.uint32(42).fork()).ldelim();
    if (m.poststop) for (const v of m.poststop) Hook.write(v, w.uint32(50).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): Hooks {
    const end = r.pos + length;
    const m = Hooks.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.prestart.push(Hook.read(r, r.uint32()));
          break;
        case 18:
          m.createRuntime.push(Hook.read(r, r.uint32()));
          break;
        case 26:
          m.createContainer.push(Hook.read(r, r.uint32()));
          break;
        case 34:
          m.startContainer.push(Hook.read(r, r.uint32()));
          break;
        case 42:
          m.poststart.push(Hook.read(r, r.uint32()));
          break;
        case 50:
          m.poststop.push(Hook.read(r, r.uint32()));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface Hook {
  path: string;
  args: string[];
  env: string[];
  timeout?: OptionalInt | undefined;
}
export const Hook: Codec<Hook> = defineCodec<Hook>({
  name: 'nri.pkg.api.v1alpha1.Hook',
  create: (i?: Init<Hook>): Hook => ({
    path: i?.path ?? '',
    args: [...(i?.args ?? [])],
    env: [...(i?.env ?? [])],
    timeout: i?.timeout != null ? OptionalInt.create(i?.timeout) : undefined,
  }),
  write(m: Init<Hook>, w: Writer): Writer {
    if (m.path) w.uint32(10).string(m.path);
    if (m.args) for (const v of m.args) w.uint32(18).string(v);
    if (m.env) for (const v of m.env) w.uint32(26).string(v);
    if (m.timeout != null) OptionalInt.write(m.timeout, w.uint32(34).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): Hook {
    const end = r.pos + length;
    const m = Hook.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.path = r.string();
          break;
        case 18:
          m.args.push(r.string());
          break;
        case 26:
          m.env.push(r.string());
          break;
        case 34:
          m.timeout = OptionalInt.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface LinuxContainer {
  namespaces: LinuxNamespace[];
  devices: LinuxDevice[];
  resources?: LinuxResources | undefined;
  oomScoreAdj?: OptionalInt | undefined;
  cgroupsPath: string;
  ioPriority?: LinuxIOPriority | undefined;
  seccompProfile?: SecurityProfile | undefined;
  seccompPolicy?: LinuxSeccomp | undefined;
  sysctl: Record<string, string>;
  netDevices: Record<string, LinuxNetDevice>;
  scheduler?: LinuxScheduler | undefined;
  rdt?: LinuxRdt | undefined;
}
export const LinuxContainer: Codec<LinuxContainer> = defineCodec<LinuxContainer>({
  name: 'nri.pkg.api.v1alpha1.LinuxContainer',
  create: (i?: Init<LinuxContainer>): LinuxContainer => ({
    namespaces: i?.namespaces?.map(LinuxNamespace.create) ?? [],
    devices: i?.devices?.map(LinuxDevice.create) ?? [],
    resources: i?.resources != null ? LinuxResources.create(i?.resources) : undefined,
    oomScoreAdj: i?.oomScoreAdj != null ? OptionalInt.create(i?.oomScoreAdj) : undefined,
    cgroupsPath: i?.cgroupsPath ?? '',
    ioPriority: i?.ioPriority != null ? LinuxIOPriority.create(i?.ioPriority) : undefined,
    seccompProfile: i?.seccompProfile != null ? SecurityProfile.create(i?.seccompProfile) : undefined,
    seccompPolicy: i?.seccompPolicy != null ? LinuxSeccomp.create(i?.seccompPolicy) : undefined,
    sysctl: { ...i?.sysctl } as Record<string, string>,
    netDevices: mapEntries(i?.netDevices, LinuxNetDevice.create),
    scheduler: i?.scheduler != null ? LinuxScheduler.create(i?.scheduler) : undefined,
    rdt: i?.rdt != null ? LinuxRdt.create(i?.rdt) : undefined,
  }),
  write(m: Init<LinuxContainer>, w: Writer): Writer {
    if (m.namespaces) for (const v of m.namespaces) LinuxNamespace.write(v, w.uint32(10).fork()).ldelim();
    if (m.devices) for (const v of m.devices) LinuxDevice.write(v, w.uint32(18).fork()).ldelim();
    if (m.resources != null) LinuxResources.write(m.resources, w.uint32(26).fork()).ldelim();
    if (m.oomScoreAdj != null) OptionalInt.write(m.oomScoreAdj, w.uint32(34).fork()).ldelim();
    if (m.cgroupsPath) w.uint32(42).string(m.cgroupsPath);
    if (m.ioPriority != null) LinuxIOPriority.write(m.ioPriority, w.uint32(50).fork()).ldelim();
    if (m.seccompProfile != null) SecurityProfile.write(m.seccompProfile, w.uint32(58).fork()).ldelim();
    if (m.seccompPolicy != null) LinuxSeccomp.write(m.seccompPolicy, w.uint32(66).fork()).ldelim();
    if (m.sysctl) for (const [k, v] of Object.entries(m.sysctl)) {
      if (v === undefined) continue;
      w.uint32(74).fork().uint32(10).string(k);
      w.uint32(18).string(v).ldelim();
    }
    if (m.netDevices) for (const [k, v] of Object.entries(m.netDevices)) {
      if (v === undefined) continue;
      w.uint32(82).fork().uint32(10).string(k);
      LinuxNetDevice.write(v, w.uint32(18).fork()).ldelim().ldelim();
    }
    if (m.scheduler != null) LinuxScheduler.write(m.scheduler, w.uint32(90).fork()).ldelim();
    if (m.rdt != null) LinuxRdt.write(m.rdt, w.uint32(98).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): LinuxContainer {
    const end = r.pos + length;
    const m = LinuxContainer.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.namespaces.push(LinuxNamespace.read(r, r.uint32()));
          break;
        case 18:
          m.devices.push(LinuxDevice.read(r, r.uint32()));
          break;
        case 26:
          m.resources = LinuxResources.read(r, r.uint32());
          break;
        case 34:
          m.oomScoreAdj = OptionalInt.read(r, r.uint32());
          break;
        case 42:
          m.cgroupsPath = r.string();
          break;
        case 50:
          m.ioPriority = LinuxIOPriority.read(r, r.uint32());
          break;
        case 58:
          m.seccompProfile = SecurityProfile.read(r, r.uint32());
          break;
        case 66:
          m.seccompPolicy = LinuxSeccomp.read(r, r.uint32());
          break;
        case 74:
          readEntry(r, m.sysctl, () => r.string(), '');
          break;
        case 82:
          readEntry(r, m.netDevices, () => LinuxNetDevice.read(r, r.uint32()), LinuxNetDevice.create());
          break;
        case 90:
          m.scheduler = LinuxScheduler.read(r, r.uint32());
          break;
        case 98:
          m.rdt = LinuxRdt.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface LinuxNamespace {
  type: string;
  path: string;
}
export const LinuxNamespace: Codec<LinuxNamespace> = defineCodec<LinuxNamespace>({
  name: 'nri.pkg.api.v1alpha1.LinuxNamespace',
  create: (i?: Init<LinuxNamespace>): LinuxNamespace => ({
    type: i?.type ?? '',
    path: i?.path ?? '',
  }),
  write(m: Init<LinuxNamespace>, w: Writer): Writer {
    if (m.type) w.uint32(10).string(m.type);
    if (m.path) w.uint32(18).string(m.path);
    return w;
  },
  read(r: Reader, length: number): LinuxNamespace {
    const end = r.pos + length;
    const m = LinuxNamespace.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.type = r.string();
          break;
        case 18:
          m.path = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface LinuxDevice {
  path: string;
  type: string;
  major: bigint;
  minor: bigint;
  fileMode?: OptionalFileMode | undefined;
  uid?: OptionalUInt32 | undefined;
  gid?: OptionalUInt32 | undefined;
}
export const LinuxDevice: Codec<LinuxDevice> = defineCodec<LinuxDevice>({
  name: 'nri.pkg.api.v1alpha1.LinuxDevice',
  create: (i?: Init<LinuxDevice>): LinuxDevice => ({
    path: i?.path ?? '',
    type: i?.type ?? '',
    major: i?.major ?? 0n,
    minor: i?.minor ?? 0n,
    fileMode: i?.fileMode != null ? OptionalFileMode.create(i?.fileMode) : undefined,
    uid: i?.uid != null ? OptionalUInt32.create(i?.uid) : undefined,
    gid: i?.gid != null ? OptionalUInt32.create(i?.gid) : undefined,
  }),
  write(m: Init<LinuxDevice>, w: Writer): Writer {
    if (m.path) w.uint32(10).string(m.path);
    if (m.type) w.uint32(18).string(m.type);
    if (m.major) w.uint32(24).int64(toLong(m.major));
    if (m.minor) w.uint32(32).int64(toLong(m.minor));
    if (m.fileMode != null) OptionalFileMode.write(m.fileMode, w.uint32(42).fork()).ldelim();
    if (m.uid != null) OptionalUInt32.write(m.uid, w.uint32(50).fork()).ldelim();
    if (m.gid != null) OptionalUInt32.write(m.gid, w.uint32(58).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): LinuxDevice {
    const end = r.pos + length;
    const m = LinuxDevice.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.path = r.string();
          break;
        case 18:
          m.type = r.string();
          break;
        case 24:
          m.major = fromLong(r.int64());
          break;
        case 32:
          m.minor = fromLong(r.int64());
          break;
        case 42:
          m.fileMode = OptionalFileMode.read(r, r.uint32());
          break;
        case 50:
          m.uid = OptionalUInt32.read(r, r.uint32());
          break;
        case 58:
          m.gid = OptionalUInt32.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface LinuxDeviceCgroup {
  allow: boolean;
  type: string;
  major?: OptionalInt64 | undefined;
  minor?: OptionalInt64 | undefined;
  access: string;
}
export const LinuxDeviceCgroup: Codec<LinuxDeviceCgroup> = defineCodec<LinuxDeviceCgroup>({
  name: 'nri.pkg.api.v1alpha1.LinuxDeviceCgroup',
  create: (i?: Init<LinuxDeviceCgroup>): LinuxDeviceCgroup => ({
    allow: i?.allow ?? false,
    type: i?.type ?? '',
    major: i?.major != null ? OptionalInt64.create(i?.major) : undefined,
    minor: i?.minor != null ? OptionalInt64.create(i?.minor) : undefined,
    access: i?.access ?? '',
  }),
  write(m: Init<LinuxDeviceCgroup>, w: Writer): Writer {
    if (m.allow) w.uint32(8).bool(m.allow);
    if (m.type) w.uint32(18).string(m.type);
    if (m.major != null) OptionalInt64.write(m.major, w.uint32(26).fork()).ldelim();
    if (m.minor != null) OptionalInt64.write(m.minor, w.uint32(34).fork()).ldelim();
    if (m.access) w.uint32(42).string(m.access);
    return w;
  },
  read(r: Reader, length: number): LinuxDeviceCgroup {
    const end = r.pos + length;
    const m = LinuxDeviceCgroup.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.allow = r.bool();
          break;
        case 18:
          m.type = r.string();
          break;
        case 26:
          m.major = OptionalInt64.read(r, r.uint32());
          break;
        case 34:
          m.minor = OptionalInt64.read(r, r.uint32());
          break;
        case 42:
          m.access = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface CDIDevice {
  name: string;
}
export const CDIDevice: Codec<CDIDevice> = defineCodec<CDIDevice>({
  name: 'nri.pkg.api.v1alpha1.CDIDevice',
  create: (i?: Init<CDIDevice>): CDIDevice => ({
    name: i?.name ?? '',
  }),
  write(m: Init<CDIDevice>, w: Writer): Writer {
    if (m.name) w.uint32(10).string(m.name);
    return w;
  },
  read(r: Reader, length: number): CDIDevice {
    const end = r.pos + length;
    const m = CDIDevice.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.name = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface User {
  uid: number;
  gid: number;
  additionalGids: number[];
}
export const User: Codec<User> = defineCodec<User>({
  name: 'nri.pkg.api.v1alpha1.User',
  create: (i?: Init<User>): User => ({
    uid: i?.uid ?? 0,
    gid: i?.gid ?? 0,
    additionalGids: [...(i?.additionalGids ?? [])],
  }),
  write(m: Init<User>, w: Writer): Writer {
    if (m.uid) w.uint32(8).uint32(m.uid);
    if (m.gid) w.uint32(16).uint32(m.gid);
    if (m.additionalGids?.length) {
      w.uint32(26).fork();
      for (const v of m.additionalGids) w.uint32(v);
      w.ldelim();
    }
    return w;
  },
  read(r: Reader, length: number): User {
    const end = r.pos + length;
    const m = User.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.uid = r.uint32();
          break;
        case 16:
          m.gid = r.uint32();
          break;
        case 24:
          m.additionalGids.push(r.uint32());
          break;
        case 26:
          for (const to = r.uint32() + r.pos; r.pos < to; ) m.additionalGids.push(r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface LinuxResources {
  memory?: LinuxMemory | undefined;
  cpu?: LinuxCPU | undefined;
  hugepageLimits: HugepageLimit[];
  blockioClass?: OptionalString | undefined;
  rdtClass?: OptionalString | undefined;
  unified: Record<string, string>;
  devices: LinuxDeviceCgroup[];
  pids?: LinuxPids | undefined;
}
export const LinuxResources: Codec<LinuxResources> = defineCodec<LinuxResources>({
  name: 'nri.pkg.api.v1alpha1.LinuxResources',
  create: (i?: Init<LinuxResources>): LinuxResources => ({
    memory: i?.memory != null ? LinuxMemory.create(i?.memory) : undefined,
    cpu: i?.cpu != null ? LinuxCPU.create(i?.cpu) : undefined,
    hugepageLimits: i?.hugepageLimits?.map(HugepageLimit.create) ?? [],
    blockioClass: i?.blockioClass != null ? OptionalString.create(i?.blockioClass) : undefined,
    rdtClass: i?.rdtClass != null ? OptionalString.create(i?.rdtClass) : undefined,
    unified: { ...i?.unified } as Record<string, string>,
    devices: i?.devices?.map(LinuxDeviceCgroup.create) ?? [],
    pids: i?.pids != null ? LinuxPids.create(i?.pids) : undefined,
  }),
  write(m: Init<LinuxResources>, w: Writer): Writer {
    if (m.memory != null) LinuxMemory.write(m.memory, w.uint32(10).fork()).ldelim();
    if (m.cpu != null) LinuxCPU.write(m.cpu, w.uint32(18).fork()).ldelim();
    if (m.hugepageLimits) for (const v of m.hugepageLimits) HugepageLimit.write(v, w.uint32(26).fork()).ldelim();
    if (m.blockioClass != null) OptionalString.write(m.blockioClass, w.uint32(34).fork()).ldelim();
    if (m.rdtClass != null) OptionalString.write(m.rdtClass, w.uint32(42).fork()).ldelim();
    if (m.unified) for (const [k, v] of Object.entries(m.unified)) {
      if (v === undefined) continue;
      w.uint32(50).fork().uint32(10).string(k);
      w.uint32(18).string(v).ldelim();
    }
    if (m.devices) for (const v of m.devices) LinuxDeviceCgroup.write(v, w.uint32(58).fork()).ldelim();
    if (m.pids != null) LinuxPids.write(m.pids, w.uint32(66).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): LinuxResources {
    const end = r.pos + length;
    const m = LinuxResources.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.memory = LinuxMemory.read(r, r.uint32());
          break;
        case 18:
          m.cpu = LinuxCPU.read(r, r.uint32());
          break;
        case 26:
          m.hugepageLimits.push(HugepageLimit.read(r, r.uint32()));
          break;
        case 34:
          m.blockioClass = OptionalString.read(r, r.uint32());
          break;
        case 42:
          m.rdtClass = OptionalString.read(r, r.uint32());
          break;
        case 50:
          readEntry(r, m.unified, () => r.string(), '');
          break;
        case 58:
          m.devices.push(LinuxDeviceCgroup.read(r, r.uint32()));
          break;
        case 66:
          m.pids = LinuxPids.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface LinuxMemory {
  limit?: OptionalInt64 | undefined;
  reservation?: OptionalInt64 | undefined;
  swap?: OptionalInt64 | undefined;
  kernel?: OptionalInt64 | undefined;
  kernelTcp?: OptionalInt64 | undefined;
  swappiness?: OptionalUInt64 | undefined;
  disableOomKiller?: OptionalBool | undefined;
  useHierarchy?: OptionalBool | undefined;
}
export const LinuxMemory: Codec<LinuxMemory> = defineCodec<LinuxMemory>({
  name: 'nri.pkg.api.v1alpha1.LinuxMemory',
  create: (i?: Init<LinuxMemory>): LinuxMemory => ({
    limit: i?.limit != null ? OptionalInt64.create(i?.limit) : undefined,
    reservation: i?.reservation != null ? OptionalInt64.create(i?.reservation) : undefined,
    swap: i?.swap != null ? OptionalInt64.create(i?.swap) : undefined,
    kernel: i?.kernel != null ? OptionalInt64.create(i?.kernel) : undefined,
    kernelTcp: i?.kernelTcp != null ? OptionalInt64.create(i?.kernelTcp) : undefined,
    swappiness: i?.swappiness != null ? OptionalUInt64.create(i?.swappiness) : undefined,
    disableOomKiller: i?.disableOomKiller != null ? OptionalBool.create(i?.disableOomKiller) : undefined,
    useHierarchy: i?.useHierarchy != null ? OptionalBool.create(i?.useHierarchy) : undefined,
  }),
  write(m: Init<LinuxMemory>, w: Writer): Writer {
    if (m.limit != null) OptionalInt64.write(m.limit, w.uint32(10).fork()).ldelim();
    if (m.reservation != null) OptionalInt64.write(m.reservation, w.uint32(18).fork()).ldelim();
    if (m.swap != null) OptionalInt64.write(m.swap, w.uint32(26).fork()).ldelim();
    if (m.kernel != null) OptionalInt64.write(m.kernel, w.uint32(34).fork()).ldelim();
    if (m.kernelTcp != null) OptionalInt64.write(m.kernelTcp, w.uint32(42).fork()).ldelim();
    if (m.swappiness != null) OptionalUInt64.write(m.swappiness, w.uint32(50).fork()).ldelim();
    if (m.disableOomKiller != null) OptionalBool.write(m.disableOomKiller, w.uint32(58).fork()).ldelim();
    if (m.useHierarchy != null) OptionalBool.write(m.useHierarchy, w.uint32(66).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): LinuxMemory {
    const end = r.pos + length;
    const m = LinuxMemory.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.limit = OptionalInt64.read(r, r.uint32());
          break;
        case 18:
          m.reservation = OptionalInt64.read(r, r.uint32());
          break;
        case 26:
          m.swap = OptionalInt64.read(r, r.uint32());
          break;
        case 34:
          m.kernel = OptionalInt64.read(r, r.uint32());
          break;
        case 42:
          m.kernelTcp = OptionalInt64.read(r, r.uint32());
          break;
        case 50:
          m.swappiness = OptionalUInt64.read(r, r.uint32());
          break;
        case 58:
          m.disableOomKiller = OptionalBool.read(r, r.uint32());
          break;
        case 66:
          m.useHierarchy = OptionalBool.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface LinuxCPU {
  shares?: OptionalUInt64 | undefined;
  quota?: OptionalInt64 | undefined;
  period?: OptionalUInt64 | undefined;
  realtimeRuntime?: OptionalInt64 | undefined;
  realtimePeriod?: OptionalUInt64 | undefined;
  cpus: string;
  mems: string;
}
export const LinuxCPU: Codec<LinuxCPU> = defineCodec<LinuxCPU>({
  name: 'nri.pkg.api.v1alpha1.LinuxCPU',
  create: (i?: Init<LinuxCPU>): LinuxCPU => ({
    shares: i?.shares != null ? OptionalUInt64.create(i?.shares) : undefined,
    quota: i?.quota != null ? OptionalInt64.create(i?.quota) : undefined,
    period: i?.period != null ? OptionalUInt64.create(i?.period) : undefined,
    realtimeRuntime: i?.realtimeRuntime != null ? OptionalInt64.create(i?.realtimeRuntime) : undefined,
    realtimePeriod: i?.realtimePeriod != null ? OptionalUInt64.create(i?.realtimePeriod) : undefined,
    cpus: i?.cpus ?? '',
    mems: i?.mems ?? '',
  }),
  write(m: Init<LinuxCPU>, w: Writer): Writer {
    if (m.shares != null) OptionalUInt64.write(m.shares, w.uint32(10).fork()).ldelim();
    if (m.quota != null) OptionalInt64.write(m.quota, w.uint32(18).fork()).ldelim();
    if (m.period != null) OptionalUInt64.write(m.period, w.uint32(26).fork()).ldelim();
    if (m.realtimeRuntime != null) OptionalInt64.write(m.realtimeRuntime, w.uint32(34).fork()).ldelim();
    if (m.realtimePeriod != null) OptionalUInt64.write(m.realtimePeriod, w.uint32(42).fork()).ldelim();
    if (m.cpus) w.uint32(50).string(m.cpus);
    if (m.mems) w.uint32(58).string(m.mems);
    return w;
  },
  read(r: Reader, length: number): LinuxCPU {
    const end = r.pos + length;
    const m = LinuxCPU.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.shares = OptionalUInt64.read(r, r.uint32());
          break;
        case 18:
          m.quota = OptionalInt64.read(r, r.uint32());
          break;
        case 26:
          m.period = OptionalUInt64.read(r, r.uint32());
          break;
        case 34:
          m.realtimeRuntime = OptionalInt64.read(r, r.uint32());
          break;
        case 42:
          m.realtimePeriod = OptionalUInt64.read(r, r.uint32());
          break;
        case 50:
          m.cpus = r.string();
          break;
        case 58:
          m.mems = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface HugepageLimit {
  pageSize: string;
  limit: bigint;
}
export const HugepageLimit: Codec<HugepageLimit> = defineCodec<HugepageLimit>({
  name: 'nri.pkg.api.v1alpha1.HugepageLimit',
  create: (i?: Init<HugepageLimit>): HugepageLimit => ({
    pageSize: i?.pageSize ?? '',
    limit: i?.limit ?? 0n,
  }),
  write(m: Init<HugepageLimit>, w: Writer): Writer {
    if (m.pageSize) w.uint32(10).string(m.pageSize);
    if (m.limit) w.uint32(16).uint64(toULong(m.limit));
    return w;
  },
  read(r: Reader, length: number): HugepageLimit {
    const end = r.pos + length;
    const m = HugepageLimit.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.pageSize = r.string();
          break;
        case 16:
          m.limit = fromULong(r.uint64());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface SecurityProfile {
  profileType: SecurityProfile_ProfileType;
  localhostRef: string;
}
export const SecurityProfile: Codec<SecurityProfile> = defineCodec<SecurityProfile>({
  name: 'nri.pkg.api.v1alpha1.SecurityProfile',
  create: (i?: Init<SecurityProfile>): SecurityProfile => ({
    profileType: i?.profileType ?? 0,
    localhostRef: i?.localhostRef ?? '',
  }),
  write(m: Init<SecurityProfile>, w: Writer): Writer {
    if (m.profileType) w.uint32(8).int32(m.profileType);
    if (m.localhostRef) w.uint32(18).string(m.localhostRef);
    return w;
  },
  read(r: Reader, length: number): SecurityProfile {
    const end = r.pos + length;
    const m = SecurityProfile.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.profileType = r.int32() as SecurityProfile_ProfileType;
          break;
        case 18:
          m.localhostRef = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface POSIXRlimit {
  type: string;
  hard: bigint;
  soft: bigint;
}
export const POSIXRlimit: Codec<POSIXRlimit> = defineCodec<POSIXRlimit>({
  name: 'nri.pkg.api.v1alpha1.POSIXRlimit',
  create: (i?: Init<POSIXRlimit>): POSIXRlimit => ({
    type: i?.type ?? '',
    hard: i?.hard ?? 0n,
    soft: i?.soft ?? 0n,
  }),
  write(m: Init<POSIXRlimit>, w: Writer): Writer {
    if (m.type) w.uint32(10).string(m.type);
    if (m.hard) w.uint32(16).uint64(toULong(m.hard));
    if (m.soft) w.uint32(24).uint64(toULong(m.soft));
    return w;
  },
  read(r: Reader, length: number): POSIXRlimit {
    const end = r.pos + length;
    const m = POSIXRlimit.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.type = r.string();
          break;
        case 16:
          m.hard = fromULong(r.uint64());
          break;
        case 24:
          m.soft = fromULong(r.uint64());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface LinuxPids {
  limit: bigint;
}
export const LinuxPids: Codec<LinuxPids> = defineCodec<LinuxPids>({
  name: 'nri.pkg.api.v1alpha1.LinuxPids',
  create: (i?: Init<LinuxPids>): LinuxPids => ({
    limit: i?.limit ?? 0n,
  }),
  write(m: Init<LinuxPids>, w: Writer): Writer {
    if (m.limit) w.uint32(8).int64(toLong(m.limit));
    return w;
  },
  read(r: Reader, length: number): LinuxPids {
    const end = r.pos + length;
    const m = LinuxPids.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.limit = fromLong(r.int64());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface LinuxIOPriority {
  class: IOPrioClass;
  priority: number;
}
export const LinuxIOPriority: Codec<LinuxIOPriority> = defineCodec<LinuxIOPriority>({
  name: 'nri.pkg.api.v1alpha1.LinuxIOPriority',
  create: (i?: Init<LinuxIOPriority>): LinuxIOPriority => ({
    class: i?.class ?? 0,
    priority: i?.priority ?? 0,
  }),
  write(m: Init<LinuxIOPriority>, w: Writer): Writer {
    if (m.class) w.uint32(8).int32(m.class);
    if (m.priority) w.uint32(16).int32(m.priority);
    return w;
  },
  read(r: Reader, length: number): LinuxIOPriority {
    const end = r.pos + length;
    const m = LinuxIOPriority.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.class = r.int32() as IOPrioClass;
          break;
        case 16:
          m.priority = r.int32();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface LinuxNetDevice {
  name: string;
}
export const LinuxNetDevice: Codec<LinuxNetDevice> = defineCodec<LinuxNetDevice>({
  name: 'nri.pkg.api.v1alpha1.LinuxNetDevice',
  create: (i?: Init<LinuxNetDevice>): LinuxNetDevice => ({
    name: i?.name ?? '',
  }),
  write(m: Init<LinuxNetDevice>, w: Writer): Writer {
    if (m.name) w.uint32(10).string(m.name);
    return w;
  },
  read(r: Reader, length: number): LinuxNetDevice {
    const end = r.pos + length;
    const m = LinuxNetDevice.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.name = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface LinuxScheduler {
  policy: LinuxSchedulerPolicy;
  nice: number;
  priority: number;
  flags: LinuxSchedulerFlag[];
  runtime: bigint;
  deadline: bigint;
  period: bigint;
}
export const LinuxScheduler: Codec<LinuxScheduler> = defineCodec<LinuxScheduler>({
  name: 'nri.pkg.api.v1alpha1.LinuxScheduler',
  create: (i?: Init<LinuxScheduler>): LinuxScheduler => ({
    policy: i?.policy ?? 0,
    nice: i?.nice ?? 0,
    priority: i?.priority ?? 0,
    flags: [...(i?.flags ?? [])],
    runtime: i?.runtime ?? 0n,
    deadline: i?.deadline ?? 0n,
    period: i?.period ?? 0n,
  }),
  write(m: Init<LinuxScheduler>, w: Writer): Writer {
    if (m.policy) w.uint32(8).int32(m.policy);
    if (m.nice) w.uint32(16).int32(m.nice);
    if (m.priority) w.uint32(24).int32(m.priority);
    if (m.flags?.length) {
      w.uint32(34).fork();
      for (const v of m.flags) w.int32(v);
      w.ldelim();
    }
    if (m.runtime) w.uint32(40).uint64(toULong(m.runtime));
    if (m.deadline) w.uint32(48).uint64(toULong(m.deadline));
    if (m.period) w.uint32(56).uint64(toULong(m.period));
    return w;
  },
  read(r: Reader, length: number): LinuxScheduler {
    const end = r.pos + length;
    const m = LinuxScheduler.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.policy = r.int32() as LinuxSchedulerPolicy;
          break;
        case 16:
          m.nice = r.int32();
          break;
        case 24:
          m.priority = r.int32();
          break;
        case 32:
          m.flags.push(r.int32() as LinuxSchedulerFlag);
          break;
        case 34:
          for (const to = r.uint32() + r.pos; r.pos < to; ) m.flags.push(r.int32() as LinuxSchedulerFlag);
          break;
        case 40:
          m.runtime = fromULong(r.uint64());
          break;
        case 48:
          m.deadline = fromULong(r.uint64());
          break;
        case 56:
          m.period = fromULong(r.uint64());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** A plugin's changes of a container that is created. A leading `-` of a key, destination, path or type removes it. */
export interface ContainerAdjustment {
  annotations: Record<string, string>;
  mounts: Mount[];
  env: KeyValue[];
  hooks?: Hooks | undefined;
  linux?: LinuxContainerAdjustment | undefined;
  rlimits: POSIXRlimit[];
  CDIDevices: CDIDevice[];
  args: string[];
}
export const ContainerAdjustment: Codec<ContainerAdjustment> = defineCodec<ContainerAdjustment>({
  name: 'nri.pkg.api.v1alpha1.ContainerAdjustment',
  create: (i?: Init<ContainerAdjustment>): ContainerAdjustment => ({
    annotations: { ...i?.annotations } as Record<string, string>,
    mounts: i?.mounts?.map(Mount.create) ?? [],
    env: i?.env?.map(KeyValue.create) ?? [],
    hooks: i?.hooks != null ? Hooks.create(i?.hooks) : undefined,
    linux: i?.linux != null ? LinuxContainerAdjustment.create(i?.linux) : undefined,
    rlimits: i?.rlimits?.map(POSIXRlimit.create) ?? [],
    CDIDevices: i?.CDIDevices?.map(CDIDevice.create) ?? [],
    args: [...(i?.args ?? [])],
  }),
  write(m: Init<ContainerAdjustment>, w: Writer): Writer {
    if (m.annotations) for (const [k, v] of Object.entries(m.annotations)) {
      if (v === undefined) continue;
      w.uint32(18).fork().uint32(10).string(k);
      w.uint32(18).string(v).ldelim();
    }
    if (m.mounts) for (const v of m.mounts) Mount.write(v, w.uint32(26).fork()).ldelim();
    if (m.env) for (const v of m.env) KeyValue.write(v, w.uint32(34).fork()).ldelim();
    if (m.hooks != null) Hooks.write(m.hooks, w.uint32(42).fork()).ldelim();
    if (m.linux != null) LinuxContainerAdjustment.write(m.linux, w.uint32(50).fork()).ldelim();
    if (m.rlimits) for (const v of m.rlimits) POSIXRlimit.write(v, w.uint32(58).fork()).ldelim();
    if (m.CDIDevices) for (const v of m.CDIDevices) CDIDevice.write(v, w.uint32(66).fork()).ldelim();
    if (m.args) for (const v of m.args) w.uint32(74).string(v);
    return w;
  },
  read(r: Reader, length: number): ContainerAdjustment {
    const end = r.pos + length;
    const m = ContainerAdjustment.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 18:
          readEntry(r, m.annotations, () => r.string(), '');
          break;
        case 26:
          m.mounts.push(Mount.read(r, r.uint32()));
          break;
        case 34:
          m.env.push(KeyValue.read(r, r.uint32()));
          break;
        case 42:
          m.hooks = Hooks.read(r, r.uint32());
          break;
        case 50:
          m.linux = LinuxContainerAdjustment.read(r, r.uint32());
          break;
        case 58:
          m.rlimits.push(POSIXRlimit.read(r, r.uint32()));
          break;
        case 66:
          m.CDIDevices.push(CDIDevice.read(r, r.uint32()));
          break;
        case 74:
          m.args.push(r.string());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface LinuxContainerAdjustment {
  devices: LinuxDevice[];
  resources?: LinuxResources | undefined;
  cgroupsPath: string;
  oomScoreAdj?: OptionalInt | undefined;
  ioPriority?: LinuxIOPriority | undefined;
  seccompPolicy?: LinuxSeccomp | undefined;
  namespaces: LinuxNamespace[];
  sysctl: Record<string, string>;
  netDevices: Record<string, LinuxNetDevice>;
  scheduler?: LinuxScheduler | undefined;
  rdt?: LinuxRdt | undefined;
  memoryPolicy?: LinuxMemoryPolicy | undefined;
}
export const LinuxContainerAdjustment: Codec<LinuxContainerAdjustment> = defineCodec<LinuxContainerAdjustment>({
  name: 'nri.pkg.api.v1alpha1.LinuxContainerAdjustment',
  create: (i?: Init<LinuxContainerAdjustment>): LinuxContainerAdjustment => ({
    devices: i?.devices?.map(LinuxDevice.create) ?? [],
    resources: i?.resources != null ? LinuxResources.create(i?.resources) : undefined,
    cgroupsPath: i?.cgroupsPath ?? '',
    oomScoreAdj: i?.oomScoreAdj != null ? OptionalInt.create(i?.oomScoreAdj) : undefined,
    ioPriority: i?.ioPriority != null ? LinuxIOPriority.create(i?.ioPriority) : undefined,
    seccompPolicy: i?.seccompPolicy != null ? LinuxSeccomp.create(i?.seccompPolicy) : undefined,
    namespaces: i?.namespaces?.map(LinuxNamespace.create) ?? [],
    sysctl: { ...i?.sysctl } as Record<string, string>,
    netDevices: mapEntries(i?.netDevices, LinuxNetDevice.create),
    scheduler: i?.scheduler != null ? LinuxScheduler.create(i?.scheduler) : undefined,
    rdt: i?.rdt != null ? LinuxRdt.create(i?.rdt) : undefined,
    memoryPolicy: i?.memoryPolicy != null ? LinuxMemoryPolicy.create(i?.memoryPolicy) : undefined,
  }),
  write(m: Init<LinuxContainerAdjustment>, w: Writer): Writer {
    if (m.devices) for (const v of m.devices) LinuxDevice.write(v, w.uint32(10).fork()).ldelim();
    if (m.resources != null) LinuxResources.write(m.resources, w.uint32(18).fork()).ldelim();
    if (m.cgroupsPath) w.uint32(26).string(m.cgroupsPath);
    if (m.oomScoreAdj != null) OptionalInt.write(m.oomScoreAdj, w.uint32(34).fork()).ldelim();
    if (m.ioPriority != null) LinuxIOPriority.write(m.ioPriority, w.uint32(42).fork()).ldelim();
    if (m.seccompPolicy != null) LinuxSeccomp.write(m.seccompPolicy, w.uint32(50).fork()).ldelim();
    if (m.namespaces) for (const v of m.namespaces) LinuxNamespace.write(v, w.uint32(58).fork()).ldelim();
    if (m.sysctl) for (const [k, v] of Object.entries(m.sysctl)) {
      if (v === undefined) continue;
      w.uint32(66).fork().uint32(10).string(k);
      w.uint32(18).string(v).ldelim();
    }
    if (m.netDevices) for (const [k, v] of Object.entries(m.netDevices)) {
      if (v === undefined) continue;
      w.uint32(74).fork().uint32(10).string(k);
      LinuxNetDevice.write(v, w.uint32(18).fork()).ldelim().ldelim();
    }
    if (m.scheduler != null) LinuxScheduler.write(m.scheduler, w.uint32(82).fork()).ldelim();
    if (m.rdt != null) LinuxRdt.write(m.rdt, w.uint32(90).fork()).ldelim();
    if (m.memoryPolicy != null) LinuxMemoryPolicy.write(m.memoryPolicy, w.uint32(98).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): LinuxContainerAdjustment {
    const end = r.pos + length;
    const m = LinuxContainerAdjustment.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.devices.push(LinuxDevice.read(r, r.uint32()));
          break;
        case 18:
          m.resources = LinuxResources.read(r, r.uint32());
          break;
        case 26:
          m.cgroupsPath = r.string();
          break;
        case 34:
          m.oomScoreAdj = OptionalInt.read(r, r.uint32());
          break;
        case 42:
          m.ioPriority = LinuxIOPriority.read(r, r.uint32());
          break;
        case 50:
          m.seccompPolicy = LinuxSeccomp.read(r, r.uint32());
          break;
        case 58:
          m.namespaces.push(LinuxNamespace.read(r, r.uint32()));
          break;
        case 66:
          readEntry(r, m.sysctl, () => r.string(), '');
          break;
        case 74:
          readEntry(r, m.netDevices, () => LinuxNetDevice.read(r, r.uint32()), LinuxNetDevice.create());
          break;
        case 82:
          m.scheduler = LinuxScheduler.read(r, r.uint32());
          break;
        case 90:
          m.rdt = LinuxRdt.read(r, r.uint32());
          break;
        case 98:
          m.memoryPolicy = LinuxMemoryPolicy.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface LinuxSeccomp {
  defaultAction: string;
  defaultErrno?: OptionalUInt32 | undefined;
  architectures: string[];
  flags: string[];
  listenerPath: string;
  listenerMetadata: string;
  syscalls: LinuxSyscall[];
}
export const LinuxSeccomp: Codec<LinuxSeccomp> = defineCodec<LinuxSeccomp>({
  name: 'nri.pkg.api.v1alpha1.LinuxSeccomp',
  create: (i?: Init<LinuxSeccomp>): LinuxSeccomp => ({
    defaultAction: i?.defaultAction ?? '',
    defaultErrno: i?.defaultErrno != null ? OptionalUInt32.create(i?.defaultErrno) : undefined,
    architectures: [...(i?.architectures ?? [])],
    flags: [...(i?.flags ?? [])],
    listenerPath: i?.listenerPath ?? '',
    listenerMetadata: i?.listenerMetadata ?? '',
    syscalls: i?.syscalls?.map(LinuxSyscall.create) ?? [],
  }),
  write(m: Init<LinuxSeccomp>, w: Writer): Writer {
    if (m.defaultAction) w.uint32(10).string(m.defaultAction);
    if (m.defaultErrno != null) OptionalUInt32.write(m.defaultErrno, w.uint32(18).fork()).ldelim();
    if (m.architectures) for (const v of m.architectures) w.uint32(26).string(v);
    if (m.flags) for (const v of m.flags) w.uint32(34).string(v);
    if (m.listenerPath) w.uint32(42).string(m.listenerPath);
    if (m.listenerMetadata) w.uint32(50).string(m.listenerMetadata);
    if (m.syscalls) for (const v of m.syscalls) LinuxSyscall.write(v, w.uint32(58).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): LinuxSeccomp {
    const end = r.pos + length;
    const m = LinuxSeccomp.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.defaultAction = r.string();
          break;
        case 18:
          m.defaultErrno = OptionalUInt32.read(r, r.uint32());
          break;
        case 26:
          m.architectures.push(r.string());
          break;
        case 34:
          m.flags.push(r.string());
          break;
        case 42:
          m.listenerPath = r.string();
          break;
        case 50:
          m.listenerMetadata = r.string();
          break;
        case 58:
          m.syscalls.push(LinuxSyscall.read(r, r.uint32()));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface LinuxSyscall {
  names: string[];
  action: string;
  errnoRet?: OptionalUInt32 | undefined;
  args: LinuxSeccompArg[];
}
export const LinuxSyscall: Codec<LinuxSyscall> = defineCodec<LinuxSyscall>({
  name: 'nri.pkg.api.v1alpha1.LinuxSyscall',
  create: (i?: Init<LinuxSyscall>): LinuxSyscall => ({
    names: [...(i?.names ?? [])],
    action: i?.action ?? '',
    errnoRet: i?.errnoRet != null ? OptionalUInt32.create(i?.errnoRet) : undefined,
    args: i?.args?.map(LinuxSeccompArg.create) ?? [],
  }),
  write(m: Init<LinuxSyscall>, w: Writer): Writer {
    if (m.names) for (const v of m.names) w.uint32(10).string(v);
    if (m.action) w.uint32(18).string(m.action);
    if (m.errnoRet != null) OptionalUInt32.write(m.errnoRet, w.uint32(26).fork()).ldelim();
    if (m.args) for (const v of m.args) LinuxSeccompArg.write(v, w.uint32(34).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): LinuxSyscall {
    const end = r.pos + length;
    const m = LinuxSyscall.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.names.push(r.string());
          break;
        case 18:
          m.action = r.string();
          break;
        case 26:
          m.errnoRet = OptionalUInt32.read(r, r.uint32());
          break;
        case 34:
          m.args.push(LinuxSeccompArg.read(r, r.uint32()));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface LinuxSeccompArg {
  index: number;
  value: bigint;
  valueTwo: bigint;
  op: string;
}
export const LinuxSeccompArg: Codec<LinuxSeccompArg> = defineCodec<LinuxSeccompArg>({
  name: 'nri.pkg.api.v1alpha1.LinuxSeccompArg',
  create: (i?: Init<LinuxSeccompArg>): LinuxSeccompArg => ({
    index: i?.index ?? 0,
    value: i?.value ?? 0n,
    valueTwo: i?.valueTwo ?? 0n,
    op: i?.op ?? '',
  }),
  write(m: Init<LinuxSeccompArg>, w: Writer): Writer {
    if (m.index) w.uint32(8).uint32(m.index);
    if (m.value) w.uint32(16).uint64(toULong(m.value));
    if (m.valueTwo) w.uint32(24).uint64(toULong(m.valueTwo));
    if (m.op) w.uint32(34).string(m.op);
    return w;
  },
  read(r: Reader, length: number): LinuxSeccompArg {
    const end = r.pos + length;
    const m = LinuxSeccompArg.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.index = r.uint32();
          break;
        case 16:
          m.value = fromULong(r.uint64());
          break;
        case 24:
          m.valueTwo = fromULong(r.uint64());
          break;
        case 34:
          m.op = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface LinuxMemoryPolicy {
  mode: MpolMode;
  nodes: string;
  flags: MpolFlag[];
}
export const LinuxMemoryPolicy: Codec<LinuxMemoryPolicy> = defineCodec<LinuxMemoryPolicy>({
  name: 'nri.pkg.api.v1alpha1.LinuxMemoryPolicy',
  create: (i?: Init<LinuxMemoryPolicy>): LinuxMemoryPolicy => ({
    mode: i?.mode ?? 0,
    nodes: i?.nodes ?? '',
    flags: [...(i?.flags ?? [])],
  }),
  write(m: Init<LinuxMemoryPolicy>, w: Writer): Writer {
    if (m.mode) w.uint32(8).int32(m.mode);
    if (m.nodes) w.uint32(18).string(m.nodes);
    if (m.flags?.length) {
      w.uint32(26).fork();
      for (const v of m.flags) w.int32(v);
      w.ldelim();
    }
    return w;
  },
  read(r: Reader, length: number): LinuxMemoryPolicy {
    const end = r.pos + length;
    const m = LinuxMemoryPolicy.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.mode = r.int32() as MpolMode;
          break;
        case 18:
          m.nodes = r.string();
          break;
        case 24:
          m.flags.push(r.int32() as MpolFlag);
          break;
        case 26:
          for (const to = r.uint32() + r.pos; r.pos < to; ) m.flags.push(r.int32() as MpolFlag);
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** New limits for a container that exists. */
export interface ContainerUpdate {
  containerId: string;
  linux?: LinuxContainerUpdate | undefined;
  ignoreFailure: boolean;
}
export const ContainerUpdate: Codec<ContainerUpdate> = defineCodec<ContainerUpdate>({
  name: 'nri.pkg.api.v1alpha1.ContainerUpdate',
  create: (i?: Init<ContainerUpdate>): ContainerUpdate => ({
    containerId: i?.containerId ?? '',
    linux: i?.linux != null ? LinuxContainerUpdate.create(i?.linux) : undefined,
    ignoreFailure: i?.ignoreFailure ?? false,
  }),
  write(m: Init<ContainerUpdate>, w: Writer): Writer {
    if (m.containerId) w.uint32(10).string(m.containerId);
    if (m.linux != null) LinuxContainerUpdate.write(m.linux, w.uint32(18).fork()).ldelim();
    if (m.ignoreFailure) w.uint32(24).bool(m.ignoreFailure);
    return w;
  },
  read(r: Reader, length: number): ContainerUpdate {
    const end = r.pos + length;
    const m = ContainerUpdate.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.containerId = r.string();
          break;
        case 18:
          m.linux = LinuxContainerUpdate.read(r, r.uint32());
          break;
        case 24:
          m.ignoreFailure = r.bool();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface LinuxContainerUpdate {
  resources?: LinuxResources | undefined;
}
export const LinuxContainerUpdate: Codec<LinuxContainerUpdate> = defineCodec<LinuxContainerUpdate>({
  name: 'nri.pkg.api.v1alpha1.LinuxContainerUpdate',
  create: (i?: Init<LinuxContainerUpdate>): LinuxContainerUpdate => ({
    resources: i?.resources != null ? LinuxResources.create(i?.resources) : undefined,
  }),
  write(m: Init<LinuxContainerUpdate>, w: Writer): Writer {
    if (m.resources != null) LinuxResources.write(m.resources, w.uint32(10).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): LinuxContainerUpdate {
    const end = r.pos + length;
    const m = LinuxContainerUpdate.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.resources = LinuxResources.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface ContainerEviction {
  containerId: string;
  reason: string;
}
export const ContainerEviction: Codec<ContainerEviction> = defineCodec<ContainerEviction>({
  name: 'nri.pkg.api.v1alpha1.ContainerEviction',
  create: (i?: Init<ContainerEviction>): ContainerEviction => ({
    containerId: i?.containerId ?? '',
    reason: i?.reason ?? '',
  }),
  write(m: Init<ContainerEviction>, w: Writer): Writer {
    if (m.containerId) w.uint32(10).string(m.containerId);
    if (m.reason) w.uint32(18).string(m.reason);
    return w;
  },
  read(r: Reader, length: number): ContainerEviction {
    const end = r.pos + length;
    const m = ContainerEviction.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.containerId = r.string();
          break;
        case 18:
          m.reason = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface LinuxRdt {
  closId?: OptionalString | undefined;
  schemata?: OptionalRepeatedString | undefined;
  enableMonitoring?: OptionalBool | undefined;
  remove: boolean;
}
export const LinuxRdt: Codec<LinuxRdt> = defineCodec<LinuxRdt>({
  name: 'nri.pkg.api.v1alpha1.LinuxRdt',
  create: (i?: Init<LinuxRdt>): LinuxRdt => ({
    closId: i?.closId != null ? OptionalString.create(i?.closId) : undefined,
    schemata: i?.schemata != null ? OptionalRepeatedString.create(i?.schemata) : undefined,
    enableMonitoring: i?.enableMonitoring != null ? OptionalBool.create(i?.enableMonitoring) : undefined,
    remove: i?.remove ?? false,
  }),
  write(m: Init<LinuxRdt>, w: Writer): Writer {
    if (m.closId != null) OptionalString.write(m.closId, w.uint32(10).fork()).ldelim();
    if (m.schemata != null) OptionalRepeatedString.write(m.schemata, w.uint32(18).fork()).ldelim();
    if (m.enableMonitoring != null) OptionalBool.write(m.enableMonitoring, w.uint32(26).fork()).ldelim();
    if (m.remove) w.uint32(32).bool(m.remove);
    return w;
  },
  read(r: Reader, length: number): LinuxRdt {
    const end = r.pos + length;
    const m = LinuxRdt.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.closId = OptionalString.read(r, r.uint32());
          break;
        case 18:
          m.schemata = OptionalRepeatedString.read(r, r.uint32());
          break;
        case 26:
          m.enableMonitoring = OptionalBool.read(r, r.uint32());
          break;
        case 32:
          m.remove = r.bool();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface KeyValue {
  key: string;
  value: string;
}
export const KeyValue: Codec<KeyValue> = defineCodec<KeyValue>({
  name: 'nri.pkg.api.v1alpha1.KeyValue',
  create: (i?: Init<KeyValue>): KeyValue => ({
    key: i?.key ?? '',
    value: i?.value ?? '',
  }),
  write(m: Init<KeyValue>, w: Writer): Writer {
    if (m.key) w.uint32(10).string(m.key);
    if (m.value) w.uint32(18).string(m.value);
    return w;
  },
  read(r: Reader, length: number): KeyValue {
    const end = r.pos + length;
    const m = KeyValue.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.key = r.string();
          break;
        case 18:
          m.value = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** Wrappers: a value that is absent is not one that is zero. */
export interface OptionalString {
  value: string;
}
export const OptionalString: Codec<OptionalString> = defineCodec<OptionalString>({
  name: 'nri.pkg.api.v1alpha1.OptionalString',
  create: (i?: Init<OptionalString>): OptionalString => ({
    value: i?.value ?? '',
  }),
  write(m: Init<OptionalString>, w: Writer): Writer {
    if (m.value) w.uint32(10).string(m.value);
    return w;
  },
  read(r: Reader, length: number): OptionalString {
    const end = r.pos + length;
    const m = OptionalString.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.value = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface OptionalRepeatedString {
  value: string[];
}
export const OptionalRepeatedString: Codec<OptionalRepeatedString> = defineCodec<OptionalRepeatedString>({
  name: 'nri.pkg.api.v1alpha1.OptionalRepeatedString',
  create: (i?: Init<OptionalRepeatedString>): OptionalRepeatedString => ({
    value: [...(i?.value ?? [])],
  }),
  write(m: Init<OptionalRepeatedString>, w: Writer): Writer {
    if (m.value) for (const v of m.value) w.uint32(10).string(v);
    return w;
  },
  read(r: Reader, length: number): OptionalRepeatedString {
    const end = r.pos + length;
    const m = OptionalRepeatedString.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.value.push(r.string());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface OptionalInt {
  value: bigint;
}
export const OptionalInt: Codec<OptionalInt> = defineCodec<OptionalInt>({
  name: 'nri.pkg.api.v1alpha1.OptionalInt',
  create: (i?: Init<OptionalInt>): OptionalInt => ({
    value: i?.value ?? 0n,
  }),
  write(m: Init<OptionalInt>, w: Writer): Writer {
    if (m.value) w.uint32(8).int64(toLong(m.value));
    return w;
  },
  read(r: Reader, length: number): OptionalInt {
    const end = r.pos + length;
    const m = OptionalInt.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.value = fromLong(r.int64());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface OptionalInt32 {
  value: number;
}
export const OptionalInt32: Codec<OptionalInt32> = defineCodec<OptionalInt32>({
  name: 'nri.pkg.api.v1alpha1.OptionalInt32',
  create: (i?: Init<OptionalInt32>): OptionalInt32 => ({
    value: i?.value ?? 0,
  }),
  write(m: Init<OptionalInt32>, w: Writer): Writer {
    if (m.value) w.uint32(8).int32(m.value);
    return w;
  },
  read(r: Reader, length: number): OptionalInt32 {
    const end = r.pos + length;
    const m = OptionalInt32.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.value = r.int32();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface OptionalUInt32 {
  value: number;
}
export const OptionalUInt32: Codec<OptionalUInt32> = defineCodec<OptionalUInt32>({
  name: 'nri.pkg.api.v1alpha1.OptionalUInt32',
  create: (i?: Init<OptionalUInt32>): OptionalUInt32 => ({
    value: i?.value ?? 0,
  }),
  write(m: Init<OptionalUInt32>, w: Writer): Writer {
    if (m.value) w.uint32(8).uint32(m.value);
    return w;
  },
  read(r: Reader, length: number): OptionalUInt32 {
    const end = r.pos + length;
    const m = OptionalUInt32.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.value = r.uint32();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface OptionalInt64 {
  value: bigint;
}
export const OptionalInt64: Codec<OptionalInt64> = defineCodec<OptionalInt64>({
  name: 'nri.pkg.api.v1alpha1.OptionalInt64',
  create: (i?: Init<OptionalInt64>): OptionalInt64 => ({
    value: i?.value ?? 0n,
  }),
  write(m: Init<OptionalInt64>, w: Writer): Writer {
    if (m.value) w.uint32(8).int64(toLong(m.value));
    return w;
  },
  read(r: Reader, length: number): OptionalInt64 {
    const end = r.pos + length;
    const m = OptionalInt64.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.value = fromLong(r.int64());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface OptionalUInt64 {
  value: bigint;
}
export const OptionalUInt64: Codec<OptionalUInt64> = defineCodec<OptionalUInt64>({
  name: 'nri.pkg.api.v1alpha1.OptionalUInt64',
  create: (i?: Init<OptionalUInt64>): OptionalUInt64 => ({
    value: i?.value ?? 0n,
  }),
  write(m: Init<OptionalUInt64>, w: Writer): Writer {
    if (m.value) w.uint32(8).uint64(toULong(m.value));
    return w;
  },
  read(r: Reader, length: number): OptionalUInt64 {
    const end = r.pos + length;
    const m = OptionalUInt64.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.value = fromULong(r.uint64());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface OptionalBool {
  value: boolean;
}
export const OptionalBool: Codec<OptionalBool> = defineCodec<OptionalBool>({
  name: 'nri.pkg.api.v1alpha1.OptionalBool',
  create: (i?: Init<OptionalBool>): OptionalBool => ({
    value: i?.value ?? false,
  }),
  write(m: Init<OptionalBool>, w: Writer): Writer {
    if (m.value) w.uint32(8).bool(m.value);
    return w;
  },
  read(r: Reader, length: number): OptionalBool {
    const end = r.pos + length;
    const m = OptionalBool.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.value = r.bool();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface OptionalFileMode {
  value: number;
}
export const OptionalFileMode: Codec<OptionalFileMode> = defineCodec<OptionalFileMode>({
  name: 'nri.pkg.api.v1alpha1.OptionalFileMode',
  create: (i?: Init<OptionalFileMode>): OptionalFileMode => ({
    value: i?.value ?? 0,
  }),
  write(m: Init<OptionalFileMode>, w: Writer): Writer {
    if (m.value) w.uint32(8).uint32(m.value);
    return w;
  },
  read(r: Reader, length: number): OptionalFileMode {
    const end = r.pos + length;
    const m = OptionalFileMode.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.value = r.uint32();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface CompoundFieldOwners {
  owners: Record<string, string>;
}
export const CompoundFieldOwners: Codec<CompoundFieldOwners> = defineCodec<CompoundFieldOwners>({
  name: 'nri.pkg.api.v1alpha1.CompoundFieldOwners',
  create: (i?: Init<CompoundFieldOwners>): CompoundFieldOwners => ({
    owners: { ...i?.owners } as Record<string, string>,
  }),
  write(m: Init<CompoundFieldOwners>, w: Writer): Writer {
    if (m.owners) for (const [k, v] of Object.entries(m.owners)) {
      if (v === undefined) continue;
      w.uint32(10).fork().uint32(10).string(k);
      w.uint32(18).string(v).ldelim();
    }
    return w;
  },
  read(r: Reader, length: number): CompoundFieldOwners {
    const end = r.pos + length;
    const m = CompoundFieldOwners.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          readEntry(r, m.owners, () => r.string(), '');
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** Which plugin set what: in the interface two maps with the numbers of Field as keys, which are the same bytes. */
export interface FieldOwners {
  simple: SimpleOwner[];
  compound: CompoundOwner[];
}
export const FieldOwners: Codec<FieldOwners> = defineCodec<FieldOwners>({
  name: 'nri.pkg.api.v1alpha1.FieldOwners',
  create: (i?: Init<FieldOwners>): FieldOwners => ({
    simple: i?.simple?.map(SimpleOwner.create) ?? [],
    compound: i?.compound?.map(CompoundOwner.create) ?? [],
  }),
  write(m: Init<FieldOwners>, w: Writer): Writer {
    if (m.simple) for (const v of m.simple) SimpleOwner.write(v, w.uint32(10).fork()).ldelim();
    if (m.compound) for (const v of m.compound) CompoundOwner.write(v, w.uint32(18).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): FieldOwners {
    const end = r.pos + length;
    const m = FieldOwners.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.simple.push(SimpleOwner.read(r, r.uint32()));
          break;
        case 18:
          m.compound.push(CompoundOwner.read(r, r.uint32()));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface SimpleOwner {
  key: number;
  value: string;
}
export const SimpleOwner: Codec<SimpleOwner> = defineCodec<SimpleOwner>({
  name: 'nri.pkg.api.v1alpha1.SimpleOwner',
  create: (i?: Init<SimpleOwner>): SimpleOwner => ({
    key: i?.key ?? 0,
    value: i?.value ?? '',
  }),
  write(m: Init<SimpleOwner>, w: Writer): Writer {
    if (m.key) w.uint32(8).int32(m.key);
    if (m.value) w.uint32(18).string(m.value);
    return w;
  },
  read(r: Reader, length: number): SimpleOwner {
    const end = r.pos + length;
    const m = SimpleOwner.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.key = r.int32();
          break;
        case 18:
          m.value = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface CompoundOwner {
  key: number;
  value?: CompoundFieldOwners | undefined;
}
export const CompoundOwner: Codec<CompoundOwner> = defineCodec<CompoundOwner>({
  name: 'nri.pkg.api.v1alpha1.CompoundOwner',
  create: (i?: Init<CompoundOwner>): CompoundOwner => ({
    key: i?.key ?? 0,
    value: i?.value != null ? CompoundFieldOwners.create(i?.value) : undefined,
  }),
  write(m: Init<CompoundOwner>, w: Writer): Writer {
    if (m.key) w.uint32(8).int32(m.key);
    if (m.value != null) CompoundFieldOwners.write(m.value, w.uint32(18).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): CompoundOwner {
    const end = r.pos + length;
    const m = CompoundOwner.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.key = r.int32();
          break;
        case 18:
          m.value = CompoundFieldOwners.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface OwningPlugins {
  owners: Record<string, FieldOwners>;
}
export const OwningPlugins: Codec<OwningPlugins> = defineCodec<OwningPlugins>({
  name: 'nri.pkg.api.v1alpha1.OwningPlugins',
  create: (i?: Init<OwningPlugins>): OwningPlugins => ({
    owners: mapEntries(i?.owners, FieldOwners.create),
  }),
  write(m: Init<OwningPlugins>, w: Writer): Writer {
    if (m.owners) for (const [k, v] of Object.entries(m.owners)) {
      if (v === undefined) continue;
      w.uint32(10).fork().uint32(10).string(k);
      FieldOwners.write(v, w.uint32(18).fork()).ldelim().ldelim();
    }
    return w;
  },
  read(r: Reader, length: number): OwningPlugins {
    const end = r.pos + length;
    const m = OwningPlugins.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          readEntry(r, m.owners, () => FieldOwners.read(r, r.uint32()), FieldOwners.create());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** Served by the runtime on each plugin's connection. */
export const Runtime = {
  name: 'nri.pkg.api.v1alpha1.Runtime',
  methods: {
    /** The first thing a plugin says. */
    registerPlugin: { name: 'RegisterPlugin', request: RegisterPluginRequest, response: Empty },
    /** Changes that a plugin asks for unasked. */
    updateContainers: { name: 'UpdateContainers', request: UpdateContainersRequest, response: UpdateContainersResponse },
  },
} as const;

/** Served by the plugin. Whatever it does not subscribe to is not sent. */
export const Plugin = {
  name: 'nri.pkg.api.v1alpha1.Plugin',
  methods: {
    /** Right after registration; the answer says what the plugin wants to hear. */
    configure: { name: 'Configure', request: ConfigureRequest, response: ConfigureResponse },
    /** All pods and containers there are, before the first event. */
    synchronize: { name: 'Synchronize', request: SynchronizeRequest, response: SynchronizeResponse },
    shutdown: { name: 'Shutdown', request: Empty, response: Empty },
    runPodSandbox: { name: 'RunPodSandbox', request: RunPodSandboxRequest, response: RunPodSandboxResponse },
    updatePodSandbox: { name: 'UpdatePodSandbox', request: UpdatePodSandboxRequest, response: UpdatePodSandboxResponse },
    postUpdatePodSandbox: { name: 'PostUpdatePodSandbox', request: PostUpdatePodSandboxRequest, response: PostUpdatePodSandboxResponse },
    stopPodSandbox: { name: 'StopPodSandbox', request: StopPodSandboxRequest, response: StopPodSandboxResponse },
    removePodSandbox: { name: 'RemovePodSandbox', request: RemovePodSandboxRequest, response: RemovePodSandboxResponse },
    /** The one call in which a plugin can change the container that is made. */
    createContainer: { name: 'CreateContainer', request: CreateContainerRequest, response: CreateContainerResponse },
    postCreateContainer: { name: 'PostCreateContainer', request: PostCreateContainerRequest, response: PostCreateContainerResponse },
    startContainer: { name: 'StartContainer', request: StartContainerRequest, response: StartContainerResponse },
    postStartContainer: { name: 'PostStartContainer', request: PostStartContainerRequest, response: PostStartContainerResponse },
    updateContainer: { name: 'UpdateContainer', request: UpdateContainerRequest, response: UpdateContainerResponse },
    postUpdateContainer: { name: 'PostUpdateContainer', request: PostUpdateContainerRequest, response: PostUpdateContainerResponse },
    stopContainer: { name: 'StopContainer', request: StopContainerRequest, response: StopContainerResponse },
    removeContainer: { name: 'RemoveContainer', request: RemoveContainerRequest, response: RemoveContainerResponse },
    /** How plugins of before version 0.10 hear of what has a call of its own by now. */
    stateChange: { name: 'StateChange', request: StateChangeEvent, response: Empty },
    /** Asked after all plugins, with what they agreed on; may refuse it. */
    validateContainerAdjustment: { name: 'ValidateContainerAdjustment', request: ValidateContainerAdjustmentRequest, response: ValidateContainerAdjustmentResponse },
  },
} as const;
