// Generated from proto/cri/v1/api.proto by scripts/generate-proto.mjs; do not edit.
import type { Codec, Init, Reader, Writer } from '@slipway/protobuf';
import { defineCodec, EMPTY, fromLong, fromULong, readEntry, toLong, toULong } from '@slipway/protobuf';

export const Protocol = {
  TCP: 0,
  UDP: 1,
  SCTP: 2,
} as const;
export type Protocol = (typeof Protocol)[keyof typeof Protocol];

export const MountPropagation = {
  PROPAGATION_PRIVATE: 0,
  PROPAGATION_HOST_TO_CONTAINER: 1,
  PROPAGATION_BIDIRECTIONAL: 2,
} as const;
export type MountPropagation = (typeof MountPropagation)[keyof typeof MountPropagation];

export const NamespaceMode = {
  POD: 0,
  CONTAINER: 1,
  NODE: 2,
  TARGET: 3,
} as const;
export type NamespaceMode = (typeof NamespaceMode)[keyof typeof NamespaceMode];

export const SupplementalGroupsPolicy = {
  Merge: 0,
  Strict: 1,
} as const;
export type SupplementalGroupsPolicy = (typeof SupplementalGroupsPolicy)[keyof typeof SupplementalGroupsPolicy];

export const PodSandboxState = {
  SANDBOX_READY: 0,
  SANDBOX_NOTREADY: 1,
} as const;
export type PodSandboxState = (typeof PodSandboxState)[keyof typeof PodSandboxState];

export const Signal = {
  RUNTIME_DEFAULT: 0,
  SIGABRT: 1,
  SIGALRM: 2,
  SIGBUS: 3,
  SIGCHLD: 4,
  SIGCLD: 5,
  SIGCONT: 6,
  SIGFPE: 7,
  SIGHUP: 8,
  SIGILL: 9,
  SIGINT: 10,
  SIGIO: 11,
  SIGIOT: 12,
  SIGKILL: 13,
  SIGPIPE: 14,
  SIGPOLL: 15,
  SIGPROF: 16,
  SIGPWR: 17,
  SIGQUIT: 18,
  SIGSEGV: 19,
  SIGSTKFLT: 20,
  SIGSTOP: 21,
  SIGSYS: 22,
  SIGTERM: 23,
  SIGTRAP: 24,
  SIGTSTP: 25,
  SIGTTIN: 26,
  SIGTTOU: 27,
  SIGURG: 28,
  SIGUSR1: 29,
  SIGUSR2: 30,
  SIGVTALRM: 31,
  SIGWINCH: 32,
  SIGXCPU: 33,
  SIGXFSZ: 34,
  SIGRTMIN: 35,
  SIGRTMINPLUS1: 36,
  SIGRTMINPLUS2: 37,
  SIGRTMINPLUS3: 38,
  SIGRTMINPLUS4: 39,
  SIGRTMINPLUS5: 40,
  SIGRTMINPLUS6: 41,
  SIGRTMINPLUS7: 42,
  SIGRTMINPLUS8: 43,
  SIGRTMINPLUS9: 44,
  SIGRTMINPLUS10: 45,
  SIGRTMINPLUS11: 46,
  SIGRTMINPLUS12: 47,
  SIGRTMINPLUS13: 48,
  SIGRTMINPLUS14: 49,
  SIGRTMINPLUS15: 50,
  SIGRTMAXMINUS14: 51,
  SIGRTMAXMINUS13: 52,
  SIGRTMAXMINUS12: 53,
  SIGRTMAXMINUS11: 54,
  SIGRTMAXMINUS10: 55,
  SIGRTMAXMINUS9: 56,
  SIGRTMAXMINUS8: 57,
  SIGRTMAXMINUS7: 58,
  SIGRTMAXMINUS6: 59,
  SIGRTMAXMINUS5: 60,
  SIGRTMAXMINUS4: 61,
  SIGRTMAXMINUS3: 62,
  SIGRTMAXMINUS2: 63,
  SIGRTMAXMINUS1: 64,
  SIGRTMAX: 65,
} as const;
export type Signal = (typeof Signal)[keyof typeof Signal];

export const ContainerState = {
  CONTAINER_CREATED: 0,
  CONTAINER_RUNNING: 1,
  CONTAINER_EXITED: 2,
  CONTAINER_UNKNOWN: 3,
} as const;
export type ContainerState = (typeof ContainerState)[keyof typeof ContainerState];

export const ContainerEventType = {
  CONTAINER_CREATED_EVENT: 0,
  CONTAINER_STARTED_EVENT: 1,
  CONTAINER_STOPPED_EVENT: 2,
  CONTAINER_DELETED_EVENT: 3,
} as const;
export type ContainerEventType = (typeof ContainerEventType)[keyof typeof ContainerEventType];

export const MetricType = {
  COUNTER: 0,
  GAUGE: 1,
} as const;
export type MetricType = (typeof MetricType)[keyof typeof MetricType];

export const CgroupDriver = {
  SYSTEMD: 0,
  CGROUPFS: 1,
} as const;
export type CgroupDriver = (typeof CgroupDriver)[keyof typeof CgroupDriver];

export const SecurityProfile_ProfileType = {
  RuntimeDefault: 0,
  Unconfined: 1,
  Localhost: 2,
} as const;
export type SecurityProfile_ProfileType = (typeof SecurityProfile_ProfileType)[keyof typeof SecurityProfile_ProfileType];

/** `version` is the version of the kubelet's own runtime API; runtimes do not use it. */
export interface VersionRequest {
  version: string;
}
export const VersionRequest: Codec<VersionRequest> = defineCodec<VersionRequest>({
  name: 'runtime.v1.VersionRequest',
  create: (i?: Init<VersionRequest>): VersionRequest => ({
    version: i?.version ?? '',
  }),
  write(m: Init<VersionRequest>, w: Writer): Writer {
    if (m.version) w.uint32(10).string(m.version);
    return w;
  },
  read(r: Reader, length: number): VersionRequest {
    const end = r.pos + length;
    const m = VersionRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.version = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** `version` echoes the kubelet API version (0.1.0); `runtime_api_version` is v1 or v1alpha2. */
export interface VersionResponse {
  version: string;
  runtimeName: string;
  runtimeVersion: string;
  runtimeApiVersion: string;
}
export const VersionResponse: Codec<VersionResponse> = defineCodec<VersionResponse>({
  name: 'runtime.v1.VersionResponse',
  create: (i?: Init<VersionResponse>): VersionResponse => ({
    version: i?.version ?? '',
    runtimeName: i?.runtimeName ?? '',
    runtimeVersion: i?.runtimeVersion ?? '',
    runtimeApiVersion: i?.runtimeApiVersion ?? '',
  }),
  write(m: Init<VersionResponse>, w: Writer): Writer {
    if (m.version) w.uint32(10).string(m.version);
    if (m.runtimeName) w.uint32(18).string(m.runtimeName);
    if (m.runtimeVersion) w.uint32(26).string(m.runtimeVersion);
    if (m.runtimeApiVersion) w.uint32(34).string(m.runtimeApiVersion);
    return w;
  },
  read(r: Reader, length: number): VersionResponse {
    const end = r.pos + length;
    const m = VersionResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.version = r.string();
          break;
        case 18:
          m.runtimeName = r.string();
          break;
        case 26:
          m.runtimeVersion = r.string();
          break;
        case 34:
          m.runtimeApiVersion = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** The content of the pod's resolv.conf; absent, the host's is used. */
export interface DNSConfig {
  servers: string[];
  searches: string[];
  options: string[];
}
export const DNSConfig: Codec<DNSConfig> = defineCodec<DNSConfig>({
  name: 'runtime.v1.DNSConfig',
  create: (i?: Init<DNSConfig>): DNSConfig => ({
    servers: [...(i?.servers ?? [])],
    searches: [...(i?.searches ?? [])],
    options: [...(i?.options ?? [])],
  }),
  write(m: Init<DNSConfig>, w: Writer): Writer {
    if (m.servers) for (const v of m.servers) w.uint32(10).string(v);
    if (m.searches) for (const v of m.searches) w.uint32(18).string(v);
    if (m.options) for (const v of m.options) w.uint32(26).string(v);
    return w;
  },
  read(r: Reader, length: number): DNSConfig {
    const end = r.pos + length;
    const m = DNSConfig.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.servers.push(r.string());
          break;
        case 18:
          m.searches.push(r.string());
          break;
        case 26:
          m.options.push(r.string());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** A port of the host that leads into the pod. A host port of 0 maps nothing. */
export interface PortMapping {
  protocol: Protocol;
  containerPort: number;
  hostPort: number;
  hostIp: string;
}
export const PortMapping: Codec<PortMapping> = defineCodec<PortMapping>({
  name: 'runtime.v1.PortMapping',
  create: (i?: Init<PortMapping>): PortMapping => ({
    protocol: i?.protocol ?? 0,
    containerPort: i?.containerPort ?? 0,
    hostPort: i?.hostPort ?? 0,
    hostIp: i?.hostIp ?? '',
  }),
  write(m: Init<PortMapping>, w: Writer): Writer {
    if (m.protocol) w.uint32(8).int32(m.protocol);
    if (m.containerPort) w.uint32(16).int32(m.containerPort);
    if (m.hostPort) w.uint32(24).int32(m.hostPort);
    if (m.hostIp) w.uint32(34).string(m.hostIp);
    return w;
  },
  read(r: Reader, length: number): PortMapping {
    const end = r.pos + length;
    const m = PortMapping.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.protocol = r.int32() as Protocol;
          break;
        case 16:
          m.containerPort = r.int32();
          break;
        case 24:
          m.hostPort = r.int32();
          break;
        case 34:
          m.hostIp = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** A mount of a container: a host path, or an image (then `image` is set and `host_path` is not). */
export interface Mount {
  containerPath: string;
  hostPath: string;
  readonly: boolean;
  selinuxRelabel: boolean;
  propagation: MountPropagation;
  uidMappings: IDMapping[];
  gidMappings: IDMapping[];
  recursiveReadOnly: boolean;
  image?: ImageSpec | undefined;
  imageSubPath: string;
}
export const Mount: Codec<Mount> = defineCodec<Mount>({
  name: 'runtime.v1.Mount',
  create: (i?: Init<Mount>): Mount => ({
    containerPath: i?.containerPath ?? '',
    hostPath: i?.hostPath ?? '',
    readonly: i?.readonly ?? false,
    selinuxRelabel: i?.selinuxRelabel ?? false,
    propagation: i?.propagation ?? 0,
    uidMappings: i?.uidMappings?.map(IDMapping.create) ?? [],
    gidMappings: i?.gidMappings?.map(IDMapping.create) ?? [],
    recursiveReadOnly: i?.recursiveReadOnly ?? false,
    image: i?.image != null ? ImageSpec.create(i?.image) : undefined,
    imageSubPath: i?.imageSubPath ?? '',
  }),
  write(m: Init<Mount>, w: Writer): Writer {
    if (m.containerPath) w.uint32(10).string(m.containerPath);
    if (m.hostPath) w.uint32(18).string(m.hostPath);
    if (m.readonly) w.uint32(24).bool(m.readonly);
    if (m.selinuxRelabel) w.uint32(32).bool(m.selinuxRelabel);
    if (m.propagation) w.uint32(40).int32(m.propagation);
    if (m.uidMappings) for (const v of m.uidMappings) IDMapping.write(v, w.uint32(50).fork()).ldelim();
    if (m.gidMappings) for (const v of m.gidMappings) IDMapping.write(v, w.uint32(58).fork()).ldelim();
    if (m.recursiveReadOnly) w.uint32(64).bool(m.recursiveReadOnly);
    if (m.image != null) ImageSpec.write(m.image, w.uint32(74).fork()).ldelim();
    if (m.imageSubPath) w.uint32(82).string(m.imageSubPath);
    return w;
  },
  read(r: Reader, length: number): Mount {
    const end = r.pos + length;
    const m = Mount.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.containerPath = r.string();
          break;
        case 18:
          m.hostPath = r.string();
          break;
        case 24:
          m.readonly = r.bool();
          break;
        case 32:
          m.selinuxRelabel = r.bool();
          break;
        case 40:
          m.propagation = r.int32() as MountPropagation;
          break;
        case 50:
          m.uidMappings.push(IDMapping.read(r, r.uint32()));
          break;
        case 58:
          m.gidMappings.push(IDMapping.read(r, r.uint32()));
          break;
        case 64:
          m.recursiveReadOnly = r.bool();
          break;
        case 74:
          m.image = ImageSpec.read(r, r.uint32());
          break;
        case 82:
          m.imageSubPath = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** A range of ids: container ids from `container_id` on are host ids from `host_id` on. */
export interface IDMapping {
  hostId: number;
  containerId: number;
  length: number;
}
export const IDMapping: Codec<IDMapping> = defineCodec<IDMapping>({
  name: 'runtime.v1.IDMapping',
  create: (i?: Init<IDMapping>): IDMapping => ({
    hostId: i?.hostId ?? 0,
    containerId: i?.containerId ?? 0,
    length: i?.length ?? 0,
  }),
  write(m: Init<IDMapping>, w: Writer): Writer {
    if (m.hostId) w.uint32(8).uint32(m.hostId);
    if (m.containerId) w.uint32(16).uint32(m.containerId);
    if (m.length) w.uint32(24).uint32(m.length);
    return w;
  },
  read(r: Reader, length: number): IDMapping {
    const end = r.pos + length;
    const m = IDMapping.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.hostId = r.uint32();
          break;
        case 16:
          m.containerId = r.uint32();
          break;
        case 24:
          m.length = r.uint32();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** POD: a user namespace of the pod with these mappings. NODE: the host's. */
export interface UserNamespace {
  mode: NamespaceMode;
  uids: IDMapping[];
  gids: IDMapping[];
}
export const UserNamespace: Codec<UserNamespace> = defineCodec<UserNamespace>({
  name: 'runtime.v1.UserNamespace',
  create: (i?: Init<UserNamespace>): UserNamespace => ({
    mode: i?.mode ?? 0,
    uids: i?.uids?.map(IDMapping.create) ?? [],
    gids: i?.gids?.map(IDMapping.create) ?? [],
  }),
  write(m: Init<UserNamespace>, w: Writer): Writer {
    if (m.mode) w.uint32(8).int32(m.mode);
    if (m.uids) for (const v of m.uids) IDMapping.write(v, w.uint32(18).fork()).ldelim();
    if (m.gids) for (const v of m.gids) IDMapping.write(v, w.uint32(26).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): UserNamespace {
    const end = r.pos + length;
    const m = UserNamespace.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.mode = r.int32() as NamespaceMode;
          break;
        case 18:
          m.uids.push(IDMapping.read(r, r.uint32()));
          break;
        case 26:
          m.gids.push(IDMapping.read(r, r.uint32()));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** Which namespaces a pod or container has to itself, shares in the pod, takes from the node or from a target. */
export interface NamespaceOption {
  network: NamespaceMode;
  pid: NamespaceMode;
  ipc: NamespaceMode;
  targetId: string;
  usernsOptions?: UserNamespace | undefined;
}
export const NamespaceOption: Codec<NamespaceOption> = defineCodec<NamespaceOption>({
  name: 'runtime.v1.NamespaceOption',
  create: (i?: Init<NamespaceOption>): NamespaceOption => ({
    network: i?.network ?? 0,
    pid: i?.pid ?? 0,
    ipc: i?.ipc ?? 0,
    targetId: i?.targetId ?? '',
    usernsOptions: i?.usernsOptions != null ? UserNamespace.create(i?.usernsOptions) : undefined,
  }),
  write(m: Init<NamespaceOption>, w: Writer): Writer {
    if (m.network) w.uint32(8).int32(m.network);
    if (m.pid) w.uint32(16).int32(m.pid);
    if (m.ipc) w.uint32(24).int32(m.ipc);
    if (m.targetId) w.uint32(34).string(m.targetId);
    if (m.usernsOptions != null) UserNamespace.write(m.usernsOptions, w.uint32(42).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): NamespaceOption {
    const end = r.pos + length;
    const m = NamespaceOption.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.network = r.int32() as NamespaceMode;
          break;
        case 16:
          m.pid = r.int32() as NamespaceMode;
          break;
        case 24:
          m.ipc = r.int32() as NamespaceMode;
          break;
        case 34:
          m.targetId = r.string();
          break;
        case 42:
          m.usernsOptions = UserNamespace.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** An int64 that can be absent: uid 0 is not the same as no uid. */
export interface Int64Value {
  value: bigint;
}
export const Int64Value: Codec<Int64Value> = defineCodec<Int64Value>({
  name: 'runtime.v1.Int64Value',
  create: (i?: Init<Int64Value>): Int64Value => ({
    value: i?.value ?? 0n,
  }),
  write(m: Init<Int64Value>, w: Writer): Writer {
    if (m.value) w.uint32(8).int64(toLong(m.value));
    return w;
  },
  read(r: Reader, length: number): Int64Value {
    const end = r.pos + length;
    const m = Int64Value.create();
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

/** Security settings of the sandbox itself; containers bring their own. */
export interface LinuxSandboxSecurityContext {
  namespaceOptions?: NamespaceOption | undefined;
  selinuxOptions?: SELinuxOption | undefined;
  runAsUser?: Int64Value | undefined;
  readonlyRootfs: boolean;
  supplementalGroups: bigint[];
  privileged: boolean;
  seccompProfilePath: string;
  runAsGroup?: Int64Value | undefined;
  seccomp?: SecurityProfile | undefined;
  apparmor?: SecurityProfile | undefined;
  supplementalGroupsPolicy: SupplementalGroupsPolicy;
}
export const LinuxSandboxSecurityContext: Codec<LinuxSandboxSecurityContext> = defineCodec<LinuxSandboxSecurityContext>({
  name: 'runtime.v1.LinuxSandboxSecurityContext',
  create: (i?: Init<LinuxSandboxSecurityContext>): LinuxSandboxSecurityContext => ({
    namespaceOptions: i?.namespaceOptions != null ? NamespaceOption.create(i?.namespaceOptions) : undefined,
    selinuxOptions: i?.selinuxOptions != null ? SELinuxOption.create(i?.selinuxOptions) : undefined,
    runAsUser: i?.runAsUser != null ? Int64Value.create(i?.runAsUser) : undefined,
    readonlyRootfs: i?.readonlyRootfs ?? false,
    supplementalGroups: [...(i?.supplementalGroups ?? [])],
    privileged: i?.privileged ?? false,
    seccompProfilePath: i?.seccompProfilePath ?? '',
    runAsGroup: i?.runAsGroup != null ? Int64Value.create(i?.runAsGroup) : undefined,
    seccomp: i?.seccomp != null ? SecurityProfile.create(i?.seccomp) : undefined,
    apparmor: i?.apparmor != null ? SecurityProfile.create(i?.apparmor) : undefined,
    supplementalGroupsPolicy: i?.supplementalGroupsPolicy ?? 0,
  }),
  write(m: Init<LinuxSandboxSecurityContext>, w: Writer): Writer {
    if (m.namespaceOptions != null) NamespaceOption.write(m.namespaceOptions, w.uint32(10).fork()).ldelim();
    if (m.selinuxOptions != null) SELinuxOption.write(m.selinuxOptions, w.uint32(18).fork()).ldelim();
    if (m.runAsUser != null) Int64Value.write(m.runAsUser, w.uint32(26).fork()).ldelim();
    if (m.readonlyRootfs) w.uint32(32).bool(m.readonlyRootfs);
    if (m.supplementalGroups?.length) {
      w.uint32(42).fork();
      for (const v of m.supplementalGroups) w.int64(toLong(v));
      w.ldelim();
    }
    if (m.privileged) w.uint32(48).bool(m.privileged);
    if (m.seccompProfilePath) w.uint32(58).string(m.seccompProfilePath);
    if (m.runAsGroup != null) Int64Value.write(m.runAsGroup, w.uint32(66).fork()).ldelim();
    if (m.seccomp != null) SecurityProfile.write(m.seccomp, w.uint32(74).fork()).ldelim();
    if (m.apparmor != null) SecurityProfile.write(m.apparmor, w.uint32(82).fork()).ldelim();
    if (m.supplementalGroupsPolicy) w.uint32(88).int32(m.supplementalGroupsPolicy);
    return w;
  },
  read(r: Reader, length: number): LinuxSandboxSecurityContext {
    const end = r.pos + length;
    const m = LinuxSandboxSecurityContext.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.namespaceOptions = NamespaceOption.read(r, r.uint32());
          break;
        case 18:
          m.selinuxOptions = SELinuxOption.read(r, r.uint32());
          break;
        case 26:
          m.runAsUser = Int64Value.read(r, r.uint32());
          break;
        case 32:
          m.readonlyRootfs = r.bool();
          break;
        case 40:
          m.supplementalGroups.push(fromLong(r.int64()));
          break;
        case 42:
          for (const to = r.uint32() + r.pos; r.pos < to; ) m.supplementalGroups.push(fromLong(r.int64()));
          break;
        case 48:
          m.privileged = r.bool();
          break;
        case 58:
          m.seccompProfilePath = r.string();
          break;
        case 66:
          m.runAsGroup = Int64Value.read(r, r.uint32());
          break;
        case 74:
          m.seccomp = SecurityProfile.read(r, r.uint32());
          break;
        case 82:
          m.apparmor = SecurityProfile.read(r, r.uint32());
          break;
        case 88:
          m.supplementalGroupsPolicy = r.int32() as SupplementalGroupsPolicy;
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** A seccomp or AppArmor profile: the runtime's own, none, or a file or name on the node. */
export interface SecurityProfile {
  profileType: SecurityProfile_ProfileType;
  localhostRef: string;
}
export const SecurityProfile: Codec<SecurityProfile> = defineCodec<SecurityProfile>({
  name: 'runtime.v1.SecurityProfile',
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

/** Where the pod's cgroup is, its sysctls and security. `overhead` and `resources` tell what the pod as a whole was given. */
export interface LinuxPodSandboxConfig {
  cgroupParent: string;
  securityContext?: LinuxSandboxSecurityContext | undefined;
  sysctls: Record<string, string>;
  overhead?: LinuxContainerResources | undefined;
  resources?: LinuxContainerResources | undefined;
}
export const LinuxPodSandboxConfig: Codec<LinuxPodSandboxConfig> = defineCodec<LinuxPodSandboxConfig>({
  name: 'runtime.v1.LinuxPodSandboxConfig',
  create: (i?: Init<LinuxPodSandboxConfig>): LinuxPodSandboxConfig => ({
    cgroupParent: i?.cgroupParent ?? '',
    securityContext: i?.securityContext != null ? LinuxSandboxSecurityContext.create(i?.securityContext) : undefined,
    sysctls: { ...i?.sysctls } as Record<string, string>,
    overhead: i?.overhead != null ? LinuxContainerResources.create(i?.overhead) : undefined,
    resources: i?.resources != null ? LinuxContainerResources.create(i?.resources) : undefined,
  }),
  write(m: Init<LinuxPodSandboxConfig>, w: Writer): Writer {
    if (m.cgroupParent) w.uint32(10).string(m.cgroupParent);
    if (m.securityContext != null) LinuxSandboxSecurityContext.write(m.securityContext, w.uint32(18).fork()).ldelim();
    if (m.sysctls) for (const [k, v] of Object.entries(m.sysctls)) {
      if (v === undefined) continue;
      w.uint32(26).fork().uint32(10).string(k);
      w.uint32(18).string(v).ldelim();
    }
    if (m.overhead != null) LinuxContainerResources.write(m.overhead, w.uint32(34).fork()).ldelim();
    if (m.resources != null) LinuxContainerResources.write(m.resources, w.uint32(42).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): LinuxPodSandboxConfig {
    const end = r.pos + length;
    const m = LinuxPodSandboxConfig.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.cgroupParent = r.string();
          break;
        case 18:
          m.securityContext = LinuxSandboxSecurityContext.read(r, r.uint32());
          break;
        case 26:
          readEntry(r, m.sysctls, () => r.string(), '');
          break;
        case 34:
          m.overhead = LinuxContainerResources.read(r, r.uint32());
          break;
        case 42:
          m.resources = LinuxContainerResources.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** The kubelet's name of a sandbox; all four fields together are unique on a node. */
export interface PodSandboxMetadata {
  name: string;
  uid: string;
  namespace: string;
  attempt: number;
}
export const PodSandboxMetadata: Codec<PodSandboxMetadata> = defineCodec<PodSandboxMetadata>({
  name: 'runtime.v1.PodSandboxMetadata',
  create: (i?: Init<PodSandboxMetadata>): PodSandboxMetadata => ({
    name: i?.name ?? '',
    uid: i?.uid ?? '',
    namespace: i?.namespace ?? '',
    attempt: i?.attempt ?? 0,
  }),
  write(m: Init<PodSandboxMetadata>, w: Writer): Writer {
    if (m.name) w.uint32(10).string(m.name);
    if (m.uid) w.uint32(18).string(m.uid);
    if (m.namespace) w.uint32(26).string(m.namespace);
    if (m.attempt) w.uint32(32).uint32(m.attempt);
    return w;
  },
  read(r: Reader, length: number): PodSandboxMetadata {
    const end = r.pos + length;
    const m = PodSandboxMetadata.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.name = r.string();
          break;
        case 18:
          m.uid = r.string();
          break;
        case 26:
          m.namespace = r.string();
          break;
        case 32:
          m.attempt = r.uint32();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** Everything about a pod that is not about one of its containers. */
export interface PodSandboxConfig {
  metadata?: PodSandboxMetadata | undefined;
  hostname: string;
  logDirectory: string;
  dnsConfig?: DNSConfig | undefined;
  portMappings: PortMapping[];
  labels: Record<string, string>;
  annotations: Record<string, string>;
  linux?: LinuxPodSandboxConfig | undefined;
  windows?: WindowsPodSandboxConfig | undefined;
}
export const PodSandboxConfig: Codec<PodSandboxConfig> = defineCodec<PodSandboxConfig>({
  name: 'runtime.v1.PodSandboxConfig',
  create: (i?: Init<PodSandboxConfig>): PodSandboxConfig => ({
    metadata: i?.metadata != null ? PodSandboxMetadata.create(i?.metadata) : undefined,
    hostname: i?.hostname ?? '',
    logDirectory: i?.logDirectory ?? '',
    dnsConfig: i?.dnsConfig != null ? DNSConfig.create(i?.dnsConfig) : undefined,
    portMappings: i?.portMappings?.map(PortMapping.create) ?? [],
    labels: { ...i?.labels } as Record<string, string>,
    annotations: { ...i?.annotations } as Record<string, string>,
    linux: i?.linux != null ? LinuxPodSandboxConfig.create(i?.linux) : undefined,
    windows: i?.windows != null ? WindowsPodSandboxConfig.create(i?.windows) : undefined,
  }),
  write(m: Init<PodSandboxConfig>, w: Writer): Writer {
    if (m.metadata != null) PodSandboxMetadata.write(m.metadata, w.uint32(10).fork()).ldelim();
    if (m.hostname) w.uint32(18).string(m.hostname);
    if (m.logDirectory) w.uint32(26).string(m.logDirectory);
    if (m.dnsConfig != null) DNSConfig.write(m.dnsConfig, w.uint32(34).fork()).ldelim();
    if (m.portMappings) for (const v of m.portMappings) PortMapping.write(v, w.uint32(42).fork()).ldelim();
    if (m.labels) for (const [k, v] of Object.entries(m.labels)) {
      if (v === undefined) continue;
      w.uint32(50).fork().uint32(10).string(k);
      w.uint32(18).string(v).ldelim();
    }
    if (m.annotations) for (const [k, v] of Object.entries(m.annotations)) {
      if (v === undefined) continue;
      w.uint32(58).fork().uint32(10).string(k);
      w.uint32(18).string(v).ldelim();
    }
    if (m.linux != null) LinuxPodSandboxConfig.write(m.linux, w.uint32(66).fork()).ldelim();
    if (m.windows != null) WindowsPodSandboxConfig.write(m.windows, w.uint32(74).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): PodSandboxConfig {
    const end = r.pos + length;
    const m = PodSandboxConfig.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.metadata = PodSandboxMetadata.read(r, r.uint32());
          break;
        case 18:
          m.hostname = r.string();
          break;
        case 26:
          m.logDirectory = r.string();
          break;
        case 34:
          m.dnsConfig = DNSConfig.read(r, r.uint32());
          break;
        case 42:
          m.portMappings.push(PortMapping.read(r, r.uint32()));
          break;
        case 50:
          readEntry(r, m.labels, () => r.string(), '');
          break;
        case 58:
          readEntry(r, m.annotations, () => r.string(), '');
          break;
        case 66:
          m.linux = LinuxPodSandboxConfig.read(r, r.uint32());
          break;
        case 74:
          m.windows = WindowsPodSandboxConfig.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** An empty `runtime_handler` means the runtime's default. */
export interface RunPodSandboxRequest {
  config?: PodSandboxConfig | undefined;
  runtimeHandler: string;
}
export const RunPodSandboxRequest: Codec<RunPodSandboxRequest> = defineCodec<RunPodSandboxRequest>({
  name: 'runtime.v1.RunPodSandboxRequest',
  create: (i?: Init<RunPodSandboxRequest>): RunPodSandboxRequest => ({
    config: i?.config != null ? PodSandboxConfig.create(i?.config) : undefined,
    runtimeHandler: i?.runtimeHandler ?? '',
  }),
  write(m: Init<RunPodSandboxRequest>, w: Writer): Writer {
    if (m.config != null) PodSandboxConfig.write(m.config, w.uint32(10).fork()).ldelim();
    if (m.runtimeHandler) w.uint32(18).string(m.runtimeHandler);
    return w;
  },
  read(r: Reader, length: number): RunPodSandboxRequest {
    const end = r.pos + length;
    const m = RunPodSandboxRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.config = PodSandboxConfig.read(r, r.uint32());
          break;
        case 18:
          m.runtimeHandler = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface RunPodSandboxResponse {
  podSandboxId: string;
}
export const RunPodSandboxResponse: Codec<RunPodSandboxResponse> = defineCodec<RunPodSandboxResponse>({
  name: 'runtime.v1.RunPodSandboxResponse',
  create: (i?: Init<RunPodSandboxResponse>): RunPodSandboxResponse => ({
    podSandboxId: i?.podSandboxId ?? '',
  }),
  write(m: Init<RunPodSandboxResponse>, w: Writer): Writer {
    if (m.podSandboxId) w.uint32(10).string(m.podSandboxId);
    return w;
  },
  read(r: Reader, length: number): RunPodSandboxResponse {
    const end = r.pos + length;
    const m = RunPodSandboxResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.podSandboxId = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** Safe to repeat. */
export interface StopPodSandboxRequest {
  podSandboxId: string;
}
export const StopPodSandboxRequest: Codec<StopPodSandboxRequest> = defineCodec<StopPodSandboxRequest>({
  name: 'runtime.v1.StopPodSandboxRequest',
  create: (i?: Init<StopPodSandboxRequest>): StopPodSandboxRequest => ({
    podSandboxId: i?.podSandboxId ?? '',
  }),
  write(m: Init<StopPodSandboxRequest>, w: Writer): Writer {
    if (m.podSandboxId) w.uint32(10).string(m.podSandboxId);
    return w;
  },
  read(r: Reader, length: number): StopPodSandboxRequest {
    const end = r.pos + length;
    const m = StopPodSandboxRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.podSandboxId = r.string();
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
  name: 'runtime.v1.StopPodSandboxResponse',
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

/** Safe to repeat; what still runs is ended. */
export interface RemovePodSandboxRequest {
  podSandboxId: string;
}
export const RemovePodSandboxRequest: Codec<RemovePodSandboxRequest> = defineCodec<RemovePodSandboxRequest>({
  name: 'runtime.v1.RemovePodSandboxRequest',
  create: (i?: Init<RemovePodSandboxRequest>): RemovePodSandboxRequest => ({
    podSandboxId: i?.podSandboxId ?? '',
  }),
  write(m: Init<RemovePodSandboxRequest>, w: Writer): Writer {
    if (m.podSandboxId) w.uint32(10).string(m.podSandboxId);
    return w;
  },
  read(r: Reader, length: number): RemovePodSandboxRequest {
    const end = r.pos + length;
    const m = RemovePodSandboxRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.podSandboxId = r.string();
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
  name: 'runtime.v1.RemovePodSandboxResponse',
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

export interface PodSandboxStatusRequest {
  podSandboxId: string;
  verbose: boolean;
}
export const PodSandboxStatusRequest: Codec<PodSandboxStatusRequest> = defineCodec<PodSandboxStatusRequest>({
  name: 'runtime.v1.PodSandboxStatusRequest',
  create: (i?: Init<PodSandboxStatusRequest>): PodSandboxStatusRequest => ({
    podSandboxId: i?.podSandboxId ?? '',
    verbose: i?.verbose ?? false,
  }),
  write(m: Init<PodSandboxStatusRequest>, w: Writer): Writer {
    if (m.podSandboxId) w.uint32(10).string(m.podSandboxId);
    if (m.verbose) w.uint32(16).bool(m.verbose);
    return w;
  },
  read(r: Reader, length: number): PodSandboxStatusRequest {
    const end = r.pos + length;
    const m = PodSandboxStatusRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.podSandboxId = r.string();
          break;
        case 16:
          m.verbose = r.bool();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** An address beyond the first, for example the IPv6 one of a dual-stack pod. */
export interface PodIP {
  ip: string;
}
export const PodIP: Codec<PodIP> = defineCodec<PodIP>({
  name: 'runtime.v1.PodIP',
  create: (i?: Init<PodIP>): PodIP => ({
    ip: i?.ip ?? '',
  }),
  write(m: Init<PodIP>, w: Writer): Writer {
    if (m.ip) w.uint32(10).string(m.ip);
    return w;
  },
  read(r: Reader, length: number): PodIP {
    const end = r.pos + length;
    const m = PodIP.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.ip = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** `ip` is the primary address; empty on the host's network. */
export interface PodSandboxNetworkStatus {
  ip: string;
  additionalIps: PodIP[];
}
export const PodSandboxNetworkStatus: Codec<PodSandboxNetworkStatus> = defineCodec<PodSandboxNetworkStatus>({
  name: 'runtime.v1.PodSandboxNetworkStatus',
  create: (i?: Init<PodSandboxNetworkStatus>): PodSandboxNetworkStatus => ({
    ip: i?.ip ?? '',
    additionalIps: i?.additionalIps?.map(PodIP.create) ?? [],
  }),
  write(m: Init<PodSandboxNetworkStatus>, w: Writer): Writer {
    if (m.ip) w.uint32(10).string(m.ip);
    if (m.additionalIps) for (const v of m.additionalIps) PodIP.write(v, w.uint32(18).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): PodSandboxNetworkStatus {
    const end = r.pos + length;
    const m = PodSandboxNetworkStatus.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.ip = r.string();
          break;
        case 18:
          m.additionalIps.push(PodIP.read(r, r.uint32()));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface Namespace {
  options?: NamespaceOption | undefined;
}
export const Namespace: Codec<Namespace> = defineCodec<Namespace>({
  name: 'runtime.v1.Namespace',
  create: (i?: Init<Namespace>): Namespace => ({
    options: i?.options != null ? NamespaceOption.create(i?.options) : undefined,
  }),
  write(m: Init<Namespace>, w: Writer): Writer {
    if (m.options != null) NamespaceOption.write(m.options, w.uint32(18).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): Namespace {
    const end = r.pos + length;
    const m = Namespace.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 18:
          m.options = NamespaceOption.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface LinuxPodSandboxStatus {
  namespaces?: Namespace | undefined;
}
export const LinuxPodSandboxStatus: Codec<LinuxPodSandboxStatus> = defineCodec<LinuxPodSandboxStatus>({
  name: 'runtime.v1.LinuxPodSandboxStatus',
  create: (i?: Init<LinuxPodSandboxStatus>): LinuxPodSandboxStatus => ({
    namespaces: i?.namespaces != null ? Namespace.create(i?.namespaces) : undefined,
  }),
  write(m: Init<LinuxPodSandboxStatus>, w: Writer): Writer {
    if (m.namespaces != null) Namespace.write(m.namespaces, w.uint32(10).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): LinuxPodSandboxStatus {
    const end = r.pos + length;
    const m = LinuxPodSandboxStatus.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.namespaces = Namespace.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** `created_at` is in nanoseconds since the epoch. */
export interface PodSandboxStatus {
  id: string;
  metadata?: PodSandboxMetadata | undefined;
  state: PodSandboxState;
  createdAt: bigint;
  network?: PodSandboxNetworkStatus | undefined;
  linux?: LinuxPodSandboxStatus | undefined;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  runtimeHandler: string;
}
export const PodSandboxStatus: Codec<PodSandboxStatus> = defineCodec<PodSandboxStatus>({
  name: 'runtime.v1.PodSandboxStatus',
  create: (i?: Init<PodSandboxStatus>): PodSandboxStatus => ({
    id: i?.id ?? '',
    metadata: i?.metadata != null ? PodSandboxMetadata.create(i?.metadata) : undefined,
    state: i?.state ?? 0,
    createdAt: i?.createdAt ?? 0n,
    network: i?.network != null ? PodSandboxNetworkStatus.create(i?.network) : undefined,
    linux: i?.linux != null ? LinuxPodSandboxStatus.create(i?.linux) : undefined,
    labels: { ...i?.labels } as Record<string, string>,
    annotations: { ...i?.annotations } as Record<string, string>,
    runtimeHandler: i?.runtimeHandler ?? '',
  }),
  write(m: Init<PodSandboxStatus>, w: Writer): Writer {
    if (m.id) w.uint32(10).string(m.id);
    if (m.metadata != null) PodSandboxMetadata.write(m.metadata, w.uint32(18).fork()).ldelim();
    if (m.state) w.uint32(24).int32(m.state);
    if (m.createdAt) w.uint32(32).int64(toLong(m.createdAt));
    if (m.network != null) PodSandboxNetworkStatus.write(m.network, w.uint32(42).fork()).ldelim();
    if (m.linux != null) LinuxPodSandboxStatus.write(m.linux, w.uint32(50).fork()).ldelim();
    if (m.labels) for (const [k, v] of Object.entries(m.labels)) {
      if (v === undefined) continue;
      w.uint32(58).fork().uint32(10).string(k);
      w.uint32(18).string(v).ldelim();
    }
    if (m.annotations) for (const [k, v] of Object.entries(m.annotations)) {
      if (v === undefined) continue;
      w.uint32(66).fork().uint32(10).string(k);
      w.uint32(18).string(v).ldelim();
    }
    if (m.runtimeHandler) w.uint32(74).string(m.runtimeHandler);
    return w;
  },
  read(r: Reader, length: number): PodSandboxStatus {
    const end = r.pos + length;
    const m = PodSandboxStatus.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.id = r.string();
          break;
        case 18:
          m.metadata = PodSandboxMetadata.read(r, r.uint32());
          break;
        case 24:
          m.state = r.int32() as PodSandboxState;
          break;
        case 32:
          m.createdAt = fromLong(r.int64());
          break;
        case 42:
          m.network = PodSandboxNetworkStatus.read(r, r.uint32());
          break;
        case 50:
          m.linux = LinuxPodSandboxStatus.read(r, r.uint32());
          break;
        case 58:
          readEntry(r, m.labels, () => r.string(), '');
          break;
        case 66:
          readEntry(r, m.annotations, () => r.string(), '');
          break;
        case 74:
          m.runtimeHandler = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** `containers_statuses` and `timestamp` let a kubelet that listens to events do without polling. */
export interface PodSandboxStatusResponse {
  status?: PodSandboxStatus | undefined;
  info: Record<string, string>;
  containersStatuses: ContainerStatus[];
  timestamp: bigint;
}
export const PodSandboxStatusResponse: Codec<PodSandboxStatusResponse> = defineCodec<PodSandboxStatusResponse>({
  name: 'runtime.v1.PodSandboxStatusResponse',
  create: (i?: Init<PodSandboxStatusResponse>): PodSandboxStatusResponse => ({
    status: i?.status != null ? PodSandboxStatus.create(i?.status) : undefined,
    info: { ...i?.info } as Record<string, string>,
    containersStatuses: i?.containersStatuses?.map(ContainerStatus.create) ?? [],
    timestamp: i?.timestamp ?? 0n,
  }),
  write(m: Init<PodSandboxStatusResponse>, w: Writer): Writer {
    if (m.status != null) PodSandboxStatus.write(m.status, w.uint32(10).fork()).ldelim();
    if (m.info) for (const [k, v] of Object.entries(m.info)) {
      if (v === undefined) continue;
      w.uint32(18).fork().uint32(10).string(k);
      w.uint32(18).string(v).ldelim();
    }
    if (m.containersStatuses) for (const v of m.containersStatuses) ContainerStatus.write(v, w.uint32(26).fork()).ldelim();
    if (m.timestamp) w.uint32(32).int64(toLong(m.timestamp));
    return w;
  },
  read(r: Reader, length: number): PodSandboxStatusResponse {
    const end = r.pos + length;
    const m = PodSandboxStatusResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.status = PodSandboxStatus.read(r, r.uint32());
          break;
        case 18:
          readEntry(r, m.info, () => r.string(), '');
          break;
        case 26:
          m.containersStatuses.push(ContainerStatus.read(r, r.uint32()));
          break;
        case 32:
          m.timestamp = fromLong(r.int64());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface PodSandboxStateValue {
  state: PodSandboxState;
}
export const PodSandboxStateValue: Codec<PodSandboxStateValue> = defineCodec<PodSandboxStateValue>({
  name: 'runtime.v1.PodSandboxStateValue',
  create: (i?: Init<PodSandboxStateValue>): PodSandboxStateValue => ({
    state: i?.state ?? 0,
  }),
  write(m: Init<PodSandboxStateValue>, w: Writer): Writer {
    if (m.state) w.uint32(8).int32(m.state);
    return w;
  },
  read(r: Reader, length: number): PodSandboxStateValue {
    const end = r.pos + length;
    const m = PodSandboxStateValue.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.state = r.int32() as PodSandboxState;
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** All that is set must match. */
export interface PodSandboxFilter {
  id: string;
  state?: PodSandboxStateValue | undefined;
  labelSelector: Record<string, string>;
}
export const PodSandboxFilter: Codec<PodSandboxFilter> = defineCodec<PodSandboxFilter>({
  name: 'runtime.v1.PodSandboxFilter',
  create: (i?: Init<PodSandboxFilter>): PodSandboxFilter => ({
    id: i?.id ?? '',
    state: i?.state != null ? PodSandboxStateValue.create(i?.state) : undefined,
    labelSelector: { ...i?.labelSelector } as Record<string, string>,
  }),
  write(m: Init<PodSandboxFilter>, w: Writer): Writer {
    if (m.id) w.uint32(10).string(m.id);
    if (m.state != null) PodSandboxStateValue.write(m.state, w.uint32(18).fork()).ldelim();
    if (m.labelSelector) for (const [k, v] of Object.entries(m.labelSelector)) {
      if (v === undefined) continue;
      w.uint32(26).fork().uint32(10).string(k);
      w.uint32(18).string(v).ldelim();
    }
    return w;
  },
  read(r: Reader, length: number): PodSandboxFilter {
    const end = r.pos + length;
    const m = PodSandboxFilter.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.id = r.string();
          break;
        case 18:
          m.state = PodSandboxStateValue.read(r, r.uint32());
          break;
        case 26:
          readEntry(r, m.labelSelector, () => r.string(), '');
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface ListPodSandboxRequest {
  filter?: PodSandboxFilter | undefined;
}
export const ListPodSandboxRequest: Codec<ListPodSandboxRequest> = defineCodec<ListPodSandboxRequest>({
  name: 'runtime.v1.ListPodSandboxRequest',
  create: (i?: Init<ListPodSandboxRequest>): ListPodSandboxRequest => ({
    filter: i?.filter != null ? PodSandboxFilter.create(i?.filter) : undefined,
  }),
  write(m: Init<ListPodSandboxRequest>, w: Writer): Writer {
    if (m.filter != null) PodSandboxFilter.write(m.filter, w.uint32(10).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): ListPodSandboxRequest {
    const end = r.pos + length;
    const m = ListPodSandboxRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.filter = PodSandboxFilter.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface PodSandbox {
  id: string;
  metadata?: PodSandboxMetadata | undefined;
  state: PodSandboxState;
  createdAt: bigint;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  runtimeHandler: string;
}
export const PodSandbox: Codec<PodSandbox> = defineCodec<PodSandbox>({
  name: 'runtime.v1.PodSandbox',
  create: (i?: Init<PodSandbox>): PodSandbox => ({
    id: i?.id ?? '',
    metadata: i?.metadata != null ? PodSandboxMetadata.create(i?.metadata) : undefined,
    state: i?.state ?? 0,
    createdAt: i?.createdAt ?? 0n,
    labels: { ...i?.labels } as Record<string, string>,
    annotations: { ...i?.annotations } as Record<string, string>,
    runtimeHandler: i?.runtimeHandler ?? '',
  }),
  write(m: Init<PodSandbox>, w: Writer): Writer {
    if (m.id) w.uint32(10).string(m.id);
    if (m.metadata != null) PodSandboxMetadata.write(m.metadata, w.uint32(18).fork()).ldelim();
    if (m.state) w.uint32(24).int32(m.state);
    if (m.createdAt) w.uint32(32).int64(toLong(m.createdAt));
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
          m.metadata = PodSandboxMetadata.read(r, r.uint32());
          break;
        case 24:
          m.state = r.int32() as PodSandboxState;
          break;
        case 32:
          m.createdAt = fromLong(r.int64());
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
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface ListPodSandboxResponse {
  items: PodSandbox[];
}
export const ListPodSandboxResponse: Codec<ListPodSandboxResponse> = defineCodec<ListPodSandboxResponse>({
  name: 'runtime.v1.ListPodSandboxResponse',
  create: (i?: Init<ListPodSandboxResponse>): ListPodSandboxResponse => ({
    items: i?.items?.map(PodSandbox.create) ?? [],
  }),
  write(m: Init<ListPodSandboxResponse>, w: Writer): Writer {
    if (m.items) for (const v of m.items) PodSandbox.write(v, w.uint32(10).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): ListPodSandboxResponse {
    const end = r.pos + length;
    const m = ListPodSandboxResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.items.push(PodSandbox.read(r, r.uint32()));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface StreamPodSandboxesRequest {
  filter?: PodSandboxFilter | undefined;
}
export const StreamPodSandboxesRequest: Codec<StreamPodSandboxesRequest> = defineCodec<StreamPodSandboxesRequest>({
  name: 'runtime.v1.StreamPodSandboxesRequest',
  create: (i?: Init<StreamPodSandboxesRequest>): StreamPodSandboxesRequest => ({
    filter: i?.filter != null ? PodSandboxFilter.create(i?.filter) : undefined,
  }),
  write(m: Init<StreamPodSandboxesRequest>, w: Writer): Writer {
    if (m.filter != null) PodSandboxFilter.write(m.filter, w.uint32(10).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): StreamPodSandboxesRequest {
    const end = r.pos + length;
    const m = StreamPodSandboxesRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.filter = PodSandboxFilter.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface StreamPodSandboxesResponse {
  podSandboxes: PodSandbox[];
}
export const StreamPodSandboxesResponse: Codec<StreamPodSandboxesResponse> = defineCodec<StreamPodSandboxesResponse>({
  name: 'runtime.v1.StreamPodSandboxesResponse',
  create: (i?: Init<StreamPodSandboxesResponse>): StreamPodSandboxesResponse => ({
    podSandboxes: i?.podSandboxes?.map(PodSandbox.create) ?? [],
  }),
  write(m: Init<StreamPodSandboxesResponse>, w: Writer): Writer {
    if (m.podSandboxes) for (const v of m.podSandboxes) PodSandbox.write(v, w.uint32(10).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): StreamPodSandboxesResponse {
    const end = r.pos + length;
    const m = StreamPodSandboxesResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.podSandboxes.push(PodSandbox.read(r, r.uint32()));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface PodSandboxStatsRequest {
  podSandboxId: string;
}
export const PodSandboxStatsRequest: Codec<PodSandboxStatsRequest> = defineCodec<PodSandboxStatsRequest>({
  name: 'runtime.v1.PodSandboxStatsRequest',
  create: (i?: Init<PodSandboxStatsRequest>): PodSandboxStatsRequest => ({
    podSandboxId: i?.podSandboxId ?? '',
  }),
  write(m: Init<PodSandboxStatsRequest>, w: Writer): Writer {
    if (m.podSandboxId) w.uint32(10).string(m.podSandboxId);
    return w;
  },
  read(r: Reader, length: number): PodSandboxStatsRequest {
    const end = r.pos + length;
    const m = PodSandboxStatsRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.podSandboxId = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface PodSandboxStatsResponse {
  stats?: PodSandboxStats | undefined;
}
export const PodSandboxStatsResponse: Codec<PodSandboxStatsResponse> = defineCodec<PodSandboxStatsResponse>({
  name: 'runtime.v1.PodSandboxStatsResponse',
  create: (i?: Init<PodSandboxStatsResponse>): PodSandboxStatsResponse => ({
    stats: i?.stats != null ? PodSandboxStats.create(i?.stats) : undefined,
  }),
  write(m: Init<PodSandboxStatsResponse>, w: Writer): Writer {
    if (m.stats != null) PodSandboxStats.write(m.stats, w.uint32(10).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): PodSandboxStatsResponse {
    const end = r.pos + length;
    const m = PodSandboxStatsResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.stats = PodSandboxStats.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface PodSandboxStatsFilter {
  id: string;
  labelSelector: Record<string, string>;
}
export const PodSandboxStatsFilter: Codec<PodSandboxStatsFilter> = defineCodec<PodSandboxStatsFilter>({
  name: 'runtime.v1.PodSandboxStatsFilter',
  create: (i?: Init<PodSandboxStatsFilter>): PodSandboxStatsFilter => ({
    id: i?.id ?? '',
    labelSelector: { ...i?.labelSelector } as Record<string, string>,
  }),
  write(m: Init<PodSandboxStatsFilter>, w: Writer): Writer {
    if (m.id) w.uint32(10).string(m.id);
    if (m.labelSelector) for (const [k, v] of Object.entries(m.labelSelector)) {
      if (v === undefined) continue;
      w.uint32(18).fork().uint32(10).string(k);
      w.uint32(18).string(v).ldelim();
    }
    return w;
  },
  read(r: Reader, length: number): PodSandboxStatsFilter {
    const end = r.pos + length;
    const m = PodSandboxStatsFilter.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.id = r.string();
          break;
        case 18:
          readEntry(r, m.labelSelector, () => r.string(), '');
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface ListPodSandboxStatsRequest {
  filter?: PodSandboxStatsFilter | undefined;
}
export const ListPodSandboxStatsRequest: Codec<ListPodSandboxStatsRequest> = defineCodec<ListPodSandboxStatsRequest>({
  name: 'runtime.v1.ListPodSandboxStatsRequest',
  create: (i?: Init<ListPodSandboxStatsRequest>): ListPodSandboxStatsRequest => ({
    filter: i?.filter != null ? PodSandboxStatsFilter.create(i?.filter) : undefined,
  }),
  write(m: Init<ListPodSandboxStatsRequest>, w: Writer): Writer {
    if (m.filter != null) PodSandboxStatsFilter.write(m.filter, w.uint32(10).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): ListPodSandboxStatsRequest {
    const end = r.pos + length;
    const m = ListPodSandboxStatsRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.filter = PodSandboxStatsFilter.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface ListPodSandboxStatsResponse {
  stats: PodSandboxStats[];
}
export const ListPodSandboxStatsResponse: Codec<ListPodSandboxStatsResponse> = defineCodec<ListPodSandboxStatsResponse>({
  name: 'runtime.v1.ListPodSandboxStatsResponse',
  create: (i?: Init<ListPodSandboxStatsResponse>): ListPodSandboxStatsResponse => ({
    stats: i?.stats?.map(PodSandboxStats.create) ?? [],
  }),
  write(m: Init<ListPodSandboxStatsResponse>, w: Writer): Writer {
    if (m.stats) for (const v of m.stats) PodSandboxStats.write(v, w.uint32(10).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): ListPodSandboxStatsResponse {
    const end = r.pos + length;
    const m = ListPodSandboxStatsResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.stats.push(PodSandboxStats.read(r, r.uint32()));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface StreamPodSandboxStatsRequest {
  filter?: PodSandboxStatsFilter | undefined;
}
export const StreamPodSandboxStatsRequest: Codec<StreamPodSandboxStatsRequest> = defineCodec<StreamPodSandboxStatsRequest>({
  name: 'runtime.v1.StreamPodSandboxStatsRequest',
  create: (i?: Init<StreamPodSandboxStatsRequest>): StreamPodSandboxStatsRequest => ({
    filter: i?.filter != null ? PodSandboxStatsFilter.create(i?.filter) : undefined,
  }),
  write(m: Init<StreamPodSandboxStatsRequest>, w: Writer): Writer {
    if (m.filter != null) PodSandboxStatsFilter.write(m.filter, w.uint32(10).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): StreamPodSandboxStatsRequest {
    const end = r.pos + length;
    const m = StreamPodSandboxStatsRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.filter = PodSandboxStatsFilter.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface StreamPodSandboxStatsResponse {
  podSandboxStats: PodSandboxStats[];
}
export const StreamPodSandboxStatsResponse: Codec<StreamPodSandboxStatsResponse> = defineCodec<StreamPodSandboxStatsResponse>({
  name: 'runtime.v1.StreamPodSandboxStatsResponse',
  create: (i?: Init<StreamPodSandboxStatsResponse>): StreamPodSandboxStatsResponse => ({
    podSandboxStats: i?.podSandboxStats?.map(PodSandboxStats.create) ?? [],
  }),
  write(m: Init<StreamPodSandboxStatsResponse>, w: Writer): Writer {
    if (m.podSandboxStats) for (const v of m.podSandboxStats) PodSandboxStats.write(v, w.uint32(10).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): StreamPodSandboxStatsResponse {
    const end = r.pos + length;
    const m = StreamPodSandboxStatsResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.podSandboxStats.push(PodSandboxStats.read(r, r.uint32()));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface PodSandboxAttributes {
  id: string;
  metadata?: PodSandboxMetadata | undefined;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}
export const PodSandboxAttributes: Codec<PodSandboxAttributes> = defineCodec<PodSandboxAttributes>({
  name: 'runtime.v1.PodSandboxAttributes',
  create: (i?: Init<PodSandboxAttributes>): PodSandboxAttributes => ({
    id: i?.id ?? '',
    metadata: i?.metadata != null ? PodSandboxMetadata.create(i?.metadata) : undefined,
    labels: { ...i?.labels } as Record<string, string>,
    annotations: { ...i?.annotations } as Record<string, string>,
  }),
  write(m: Init<PodSandboxAttributes>, w: Writer): Writer {
    if (m.id) w.uint32(10).string(m.id);
    if (m.metadata != null) PodSandboxMetadata.write(m.metadata, w.uint32(18).fork()).ldelim();
    if (m.labels) for (const [k, v] of Object.entries(m.labels)) {
      if (v === undefined) continue;
      w.uint32(26).fork().uint32(10).string(k);
      w.uint32(18).string(v).ldelim();
    }
    if (m.annotations) for (const [k, v] of Object.entries(m.annotations)) {
      if (v === undefined) continue;
      w.uint32(34).fork().uint32(10).string(k);
      w.uint32(18).string(v).ldelim();
    }
    return w;
  },
  read(r: Reader, length: number): PodSandboxAttributes {
    const end = r.pos + length;
    const m = PodSandboxAttributes.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.id = r.string();
          break;
        case 18:
          m.metadata = PodSandboxMetadata.read(r, r.uint32());
          break;
        case 26:
          readEntry(r, m.labels, () => r.string(), '');
          break;
        case 34:
          readEntry(r, m.annotations, () => r.string(), '');
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface PodSandboxStats {
  attributes?: PodSandboxAttributes | undefined;
  linux?: LinuxPodSandboxStats | undefined;
  windows?: WindowsPodSandboxStats | undefined;
}
export const PodSandboxStats: Codec<PodSandboxStats> = defineCodec<PodSandboxStats>({
  name: 'runtime.v1.PodSandboxStats',
  create: (i?: Init<PodSandboxStats>): PodSandboxStats => ({
    attributes: i?.attributes != null ? PodSandboxAttributes.create(i?.attributes) : undefined,
    linux: i?.linux != null ? LinuxPodSandboxStats.create(i?.linux) : undefined,
    windows: i?.windows != null ? WindowsPodSandboxStats.create(i?.windows) : undefined,
  }),
  write(m: Init<PodSandboxStats>, w: Writer): Writer {
    if (m.attributes != null) PodSandboxAttributes.write(m.attributes, w.uint32(10).fork()).ldelim();
    if (m.linux != null) LinuxPodSandboxStats.write(m.linux, w.uint32(18).fork()).ldelim();
    if (m.windows != null) WindowsPodSandboxStats.write(m.windows, w.uint32(26).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): PodSandboxStats {
    const end = r.pos + length;
    const m = PodSandboxStats.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.attributes = PodSandboxAttributes.read(r, r.uint32());
          break;
        case 18:
          m.linux = LinuxPodSandboxStats.read(r, r.uint32());
          break;
        case 26:
          m.windows = WindowsPodSandboxStats.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface LinuxPodSandboxStats {
  cpu?: CpuUsage | undefined;
  memory?: MemoryUsage | undefined;
  network?: NetworkUsage | undefined;
  process?: ProcessUsage | undefined;
  containers: ContainerStats[];
  io?: IoUsage | undefined;
}
export const LinuxPodSandboxStats: Codec<LinuxPodSandboxStats> = defineCodec<LinuxPodSandboxStats>({
  name: 'runtime.v1.LinuxPodSandboxStats',
  create: (i?: Init<LinuxPodSandboxStats>): LinuxPodSandboxStats => ({
    cpu: i?.cpu != null ? CpuUsage.create(i?.cpu) : undefined,
    memory: i?.memory != null ? MemoryUsage.create(i?.memory) : undefined,
    network: i?.network != null ? NetworkUsage.create(i?.network) : undefined,
    process: i?.process != null ? ProcessUsage.create(i?.process) : undefined,
    containers: i?.containers?.map(ContainerStats.create) ?? [],
    io: i?.io != null ? IoUsage.create(i?.io) : undefined,
  }),
  write(m: Init<LinuxPodSandboxStats>, w: Writer): Writer {
    if (m.cpu != null) CpuUsage.write(m.cpu, w.uint32(10).fork()).ldelim();
    if (m.memory != null) MemoryUsage.write(m.memory, w.uint32(18).fork()).ldelim();
    if (m.network != null) NetworkUsage.write(m.network, w.uint32(26).fork()).ldelim();
    if (m.process != null) ProcessUsage.write(m.process, w.uint32(34).fork()).ldelim();
    if (m.containers) for (const v of m.containers) ContainerStats.write(v, w.uint32(42).fork()).ldelim();
    if (m.io != null) IoUsage.write(m.io, w.uint32(50).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): LinuxPodSandboxStats {
    const end = r.pos + length;
    const m = LinuxPodSandboxStats.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.cpu = CpuUsage.read(r, r.uint32());
          break;
        case 18:
          m.memory = MemoryUsage.read(r, r.uint32());
          break;
        case 26:
          m.network = NetworkUsage.read(r, r.uint32());
          break;
        case 34:
          m.process = ProcessUsage.read(r, r.uint32());
          break;
        case 42:
          m.containers.push(ContainerStats.read(r, r.uint32()));
          break;
        case 50:
          m.io = IoUsage.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface WindowsPodSandboxStats {
  cpu?: WindowsCpuUsage | undefined;
  memory?: WindowsMemoryUsage | undefined;
  network?: WindowsNetworkUsage | undefined;
  process?: WindowsProcessUsage | undefined;
  containers: WindowsContainerStats[];
}
export const WindowsPodSandboxStats: Codec<WindowsPodSandboxStats> = defineCodec<WindowsPodSandboxStats>({
  name: 'runtime.v1.WindowsPodSandboxStats',
  create: (i?: Init<WindowsPodSandboxStats>): WindowsPodSandboxStats => ({
    cpu: i?.cpu != null ? WindowsCpuUsage.create(i?.cpu) : undefined,
    memory: i?.memory != null ? WindowsMemoryUsage.create(i?.memory) : undefined,
    network: i?.network != null ? WindowsNetworkUsage.create(i?.network) : undefined,
    process: i?.process != null ? WindowsProcessUsage.create(i?.process) : undefined,
    containers: i?.containers?.map(WindowsContainerStats.create) ?? [],
  }),
  write(m: Init<WindowsPodSandboxStats>, w: Writer): Writer {
    if (m.cpu != null) WindowsCpuUsage.write(m.cpu, w.uint32(10).fork()).ldelim();
    if (m.memory != null) WindowsMemoryUsage.write(m.memory, w.uint32(18).fork()).ldelim();
    if (m.network != null) WindowsNetworkUsage.write(m.network, w.uint32(26).fork()).ldelim();
    if (m.process != null) WindowsProcessUsage.write(m.process, w.uint32(34).fork()).ldelim();
    if (m.containers) for (const v of m.containers) WindowsContainerStats.write(v, w.uint32(42).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): WindowsPodSandboxStats {
    const end = r.pos + length;
    const m = WindowsPodSandboxStats.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.cpu = WindowsCpuUsage.read(r, r.uint32());
          break;
        case 18:
          m.memory = WindowsMemoryUsage.read(r, r.uint32());
          break;
        case 26:
          m.network = WindowsNetworkUsage.read(r, r.uint32());
          break;
        case 34:
          m.process = WindowsProcessUsage.read(r, r.uint32());
          break;
        case 42:
          m.containers.push(WindowsContainerStats.read(r, r.uint32()));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface NetworkUsage {
  timestamp: bigint;
  defaultInterface?: NetworkInterfaceUsage | undefined;
  interfaces: NetworkInterfaceUsage[];
}
export const NetworkUsage: Codec<NetworkUsage> = defineCodec<NetworkUsage>({
  name: 'runtime.v1.NetworkUsage',
  create: (i?: Init<NetworkUsage>): NetworkUsage => ({
    timestamp: i?.timestamp ?? 0n,
    defaultInterface: i?.defaultInterface != null ? NetworkInterfaceUsage.create(i?.defaultInterface) : undefined,
    interfaces: i?.interfaces?.map(NetworkInterfaceUsage.create) ?? [],
  }),
  write(m: Init<NetworkUsage>, w: Writer): Writer {
    if (m.timestamp) w.uint32(8).int64(toLong(m.timestamp));
    if (m.defaultInterface != null) NetworkInterfaceUsage.write(m.defaultInterface, w.uint32(18).fork()).ldelim();
    if (m.interfaces) for (const v of m.interfaces) NetworkInterfaceUsage.write(v, w.uint32(26).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): NetworkUsage {
    const end = r.pos + length;
    const m = NetworkUsage.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.timestamp = fromLong(r.int64());
          break;
        case 18:
          m.defaultInterface = NetworkInterfaceUsage.read(r, r.uint32());
          break;
        case 26:
          m.interfaces.push(NetworkInterfaceUsage.read(r, r.uint32()));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface WindowsNetworkUsage {
  timestamp: bigint;
  defaultInterface?: WindowsNetworkInterfaceUsage | undefined;
  interfaces: WindowsNetworkInterfaceUsage[];
}
export const WindowsNetworkUsage: Codec<WindowsNetworkUsage> = defineCodec<WindowsNetworkUsage>({
  name: 'runtime.v1.WindowsNetworkUsage',
  create: (i?: Init<WindowsNetworkUsage>): WindowsNetworkUsage => ({
    timestamp: i?.timestamp ?? 0n,
    defaultInterface: i?.defaultInterface != null ? WindowsNetworkInterfaceUsage.create(i?.defaultInterface) : undefined,
    interfaces: i?.interfaces?.map(WindowsNetworkInterfaceUsage.create) ?? [],
  }),
  write(m: Init<WindowsNetworkUsage>, w: Writer): Writer {
    if (m.timestamp) w.uint32(8).int64(toLong(m.timestamp));
    if (m.defaultInterface != null) WindowsNetworkInterfaceUsage.write(m.defaultInterface, w.uint32(18).fork()).ldelim();
    if (m.interfaces) for (const v of m.interfaces) WindowsNetworkInterfaceUsage.write(v, w.uint32(26).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): WindowsNetworkUsage {
    const end = r.pos + length;
    const m = WindowsNetworkUsage.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.timestamp = fromLong(r.int64());
          break;
        case 18:
          m.defaultInterface = WindowsNetworkInterfaceUsage.read(r, r.uint32());
          break;
        case 26:
          m.interfaces.push(WindowsNetworkInterfaceUsage.read(r, r.uint32()));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** Counters of one interface since it was made. */
export interface NetworkInterfaceUsage {
  name: string;
  rxBytes?: UInt64Value | undefined;
  rxErrors?: UInt64Value | undefined;
  txBytes?: UInt64Value | undefined;
  txErrors?: UInt64Value | undefined;
}
export const NetworkInterfaceUsage: Codec<NetworkInterfaceUsage> = defineCodec<NetworkInterfaceUsage>({
  name: 'runtime.v1.NetworkInterfaceUsage',
  create: (i?: Init<NetworkInterfaceUsage>): NetworkInterfaceUsage => ({
    name: i?.name ?? '',
    rxBytes: i?.rxBytes != null ? UInt64Value.create(i?.rxBytes) : undefined,
    rxErrors: i?.rxErrors != null ? UInt64Value.create(i?.rxErrors) : undefined,
    txBytes: i?.txBytes != null ? UInt64Value.create(i?.txBytes) : undefined,
    txErrors: i?.txErrors != null ? UInt64Value.create(i?.txErrors) : undefined,
  }),
  write(m: Init<NetworkInterfaceUsage>, w: Writer): Writer {
    if (m.name) w.uint32(10).string(m.name);
    if (m.rxBytes != null) UInt64Value.write(m.rxBytes, w.uint32(18).fork()).ldelim();
    if (m.rxErrors != null) UInt64Value.write(m.rxErrors, w.uint32(26).fork()).ldelim();
    if (m.txBytes != null) UInt64Value.write(m.txBytes, w.uint32(34).fork()).ldelim();
    if (m.txErrors != null) UInt64Value.write(m.txErrors, w.uint32(42).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): NetworkInterfaceUsage {
    const end = r.pos + length;
    const m = NetworkInterfaceUsage.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.name = r.string();
          break;
        case 18:
          m.rxBytes = UInt64Value.read(r, r.uint32());
          break;
        case 26:
          m.rxErrors = UInt64Value.read(r, r.uint32());
          break;
        case 34:
          m.txBytes = UInt64Value.read(r, r.uint32());
          break;
        case 42:
          m.txErrors = UInt64Value.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface WindowsNetworkInterfaceUsage {
  name: string;
  rxBytes?: UInt64Value | undefined;
  rxPacketsDropped?: UInt64Value | undefined;
  txBytes?: UInt64Value | undefined;
  txPacketsDropped?: UInt64Value | undefined;
}
export const WindowsNetworkInterfaceUsage: Codec<WindowsNetworkInterfaceUsage> = defineCodec<WindowsNetworkInterfaceUsage>({
  name: 'runtime.v1.WindowsNetworkInterfaceUsage',
  create: (i?: Init<WindowsNetworkInterfaceUsage>): WindowsNetworkInterfaceUsage => ({
    name: i?.name ?? '',
    rxBytes: i?.rxBytes != null ? UInt64Value.create(i?.rxBytes) : undefined,
    rxPacketsDropped: i?.rxPacketsDropped != null ? UInt64Value.create(i?.rxPacketsDropped) : undefined,
    txBytes: i?.txBytes != null ? UInt64Value.create(i?.txBytes) : undefined,
    txPacketsDropped: i?.txPacketsDropped != null ? UInt64Value.create(i?.txPacketsDropped) : undefined,
  }),
  write(m: Init<WindowsNetworkInterfaceUsage>, w: Writer): Writer {
    if (m.name) w.uint32(10).string(m.name);
    if (m.rxBytes != null) UInt64Value.write(m.rxBytes, w.uint32(18).fork()).ldelim();
    if (m.rxPacketsDropped != null) UInt64Value.write(m.rxPacketsDropped, w.uint32(26).fork()).ldelim();
    if (m.txBytes != null) UInt64Value.write(m.txBytes, w.uint32(34).fork()).ldelim();
    if (m.txPacketsDropped != null) UInt64Value.write(m.txPacketsDropped, w.uint32(42).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): WindowsNetworkInterfaceUsage {
    const end = r.pos + length;
    const m = WindowsNetworkInterfaceUsage.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.name = r.string();
          break;
        case 18:
          m.rxBytes = UInt64Value.read(r, r.uint32());
          break;
        case 26:
          m.rxPacketsDropped = UInt64Value.read(r, r.uint32());
          break;
        case 34:
          m.txBytes = UInt64Value.read(r, r.uint32());
          break;
        case 42:
          m.txPacketsDropped = UInt64Value.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface ProcessUsage {
  timestamp: bigint;
  processCount?: UInt64Value | undefined;
}
export const ProcessUsage: Codec<ProcessUsage> = defineCodec<ProcessUsage>({
  name: 'runtime.v1.ProcessUsage',
  create: (i?: Init<ProcessUsage>): ProcessUsage => ({
    timestamp: i?.timestamp ?? 0n,
    processCount: i?.processCount != null ? UInt64Value.create(i?.processCount) : undefined,
  }),
  write(m: Init<ProcessUsage>, w: Writer): Writer {
    if (m.timestamp) w.uint32(8).int64(toLong(m.timestamp));
    if (m.processCount != null) UInt64Value.write(m.processCount, w.uint32(18).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): ProcessUsage {
    const end = r.pos + length;
    const m = ProcessUsage.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.timestamp = fromLong(r.int64());
          break;
        case 18:
          m.processCount = UInt64Value.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface WindowsProcessUsage {
  timestamp: bigint;
  processCount?: UInt64Value | undefined;
}
export const WindowsProcessUsage: Codec<WindowsProcessUsage> = defineCodec<WindowsProcessUsage>({
  name: 'runtime.v1.WindowsProcessUsage',
  create: (i?: Init<WindowsProcessUsage>): WindowsProcessUsage => ({
    timestamp: i?.timestamp ?? 0n,
    processCount: i?.processCount != null ? UInt64Value.create(i?.processCount) : undefined,
  }),
  write(m: Init<WindowsProcessUsage>, w: Writer): Writer {
    if (m.timestamp) w.uint32(8).int64(toLong(m.timestamp));
    if (m.processCount != null) UInt64Value.write(m.processCount, w.uint32(18).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): WindowsProcessUsage {
    const end = r.pos + length;
    const m = WindowsProcessUsage.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.timestamp = fromLong(r.int64());
          break;
        case 18:
          m.processCount = UInt64Value.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** A reference or id. `user_specified_image` is the image in the pod; `image_ref` the digest it was resolved to. */
export interface ImageSpec {
  image: string;
  annotations: Record<string, string>;
  userSpecifiedImage: string;
  runtimeHandler: string;
  imageRef: string;
}
export const ImageSpec: Codec<ImageSpec> = defineCodec<ImageSpec>({
  name: 'runtime.v1.ImageSpec',
  create: (i?: Init<ImageSpec>): ImageSpec => ({
    image: i?.image ?? '',
    annotations: { ...i?.annotations } as Record<string, string>,
    userSpecifiedImage: i?.userSpecifiedImage ?? '',
    runtimeHandler: i?.runtimeHandler ?? '',
    imageRef: i?.imageRef ?? '',
  }),
  write(m: Init<ImageSpec>, w: Writer): Writer {
    if (m.image) w.uint32(10).string(m.image);
    if (m.annotations) for (const [k, v] of Object.entries(m.annotations)) {
      if (v === undefined) continue;
      w.uint32(18).fork().uint32(10).string(k);
      w.uint32(18).string(v).ldelim();
    }
    if (m.userSpecifiedImage) w.uint32(146).string(m.userSpecifiedImage);
    if (m.runtimeHandler) w.uint32(154).string(m.runtimeHandler);
    if (m.imageRef) w.uint32(162).string(m.imageRef);
    return w;
  },
  read(r: Reader, length: number): ImageSpec {
    const end = r.pos + length;
    const m = ImageSpec.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.image = r.string();
          break;
        case 18:
          readEntry(r, m.annotations, () => r.string(), '');
          break;
        case 146:
          m.userSpecifiedImage = r.string();
          break;
        case 154:
          m.runtimeHandler = r.string();
          break;
        case 162:
          m.imageRef = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** An environment variable. */
export interface KeyValue {
  key: string;
  value: Uint8Array;
}
export const KeyValue: Codec<KeyValue> = defineCodec<KeyValue>({
  name: 'runtime.v1.KeyValue',
  create: (i?: Init<KeyValue>): KeyValue => ({
    key: i?.key ?? '',
    value: i?.value ?? EMPTY,
  }),
  write(m: Init<KeyValue>, w: Writer): Writer {
    if (m.key) w.uint32(10).string(m.key);
    if (m.value?.length) w.uint32(18).bytes(m.value);
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
          m.value = r.bytes();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** Cgroup limits; 0 or empty leaves a limit unset. Memory in bytes, cpu times in microseconds. */
export interface LinuxContainerResources {
  cpuPeriod: bigint;
  cpuQuota: bigint;
  cpuShares: bigint;
  memoryLimitInBytes: bigint;
  oomScoreAdj: bigint;
  cpusetCpus: string;
  cpusetMems: string;
  hugepageLimits: HugepageLimit[];
  unified: Record<string, string>;
  memorySwapLimitInBytes: bigint;
}
export const LinuxContainerResources: Codec<LinuxContainerResources> = defineCodec<LinuxContainerResources>({
  name: 'runtime.v1.LinuxContainerResources',
  create: (i?: Init<LinuxContainerResources>): LinuxContainerResources => ({
    cpuPeriod: i?.cpuPeriod ?? 0n,
    cpuQuota: i?.cpuQuota ?? 0n,
    cpuShares: i?.cpuShares ?? 0n,
    memoryLimitInBytes: i?.memoryLimitInBytes ?? 0n,
    oomScoreAdj: i?.oomScoreAdj ?? 0n,
    cpusetCpus: i?.cpusetCpus ?? '',
    cpusetMems: i?.cpusetMems ?? '',
    hugepageLimits: i?.hugepageLimits?.map(HugepageLimit.create) ?? [],
    unified: { ...i?.unified } as Record<string, string>,
    memorySwapLimitInBytes: i?.memorySwapLimitInBytes ?? 0n,
  }),
  write(m: Init<LinuxContainerResources>, w: Writer): Writer {
    if (m.cpuPeriod) w.uint32(8).int64(toLong(m.cpuPeriod));
    if (m.cpuQuota) w.uint32(16).int64(toLong(m.cpuQuota));
    if (m.cpuShares) w.uint32(24).int64(toLong(m.cpuShares));
    if (m.memoryLimitInBytes) w.uint32(32).int64(toLong(m.memoryLimitInBytes));
    if (m.oomScoreAdj) w.uint32(40).int64(toLong(m.oomScoreAdj));
    if (m.cpusetCpus) w.uint32(50).string(m.cpusetCpus);
    if (m.cpusetMems) w.uint32(58).string(m.cpusetMems);
    if (m.hugepageLimits) for (const v of m.hugepageLimits) HugepageLimit.write(v, w.uint32(66).fork()).ldelim();
    if (m.unified) for (const [k, v] of Object.entries(m.unified)) {
      if (v === undefined) continue;
      w.uint32(74).fork().uint32(10).string(k);
      w.uint32(18).string(v).ldelim();
    }
    if (m.memorySwapLimitInBytes) w.uint32(80).int64(toLong(m.memorySwapLimitInBytes));
    return w;
  },
  read(r: Reader, length: number): LinuxContainerResources {
    const end = r.pos + length;
    const m = LinuxContainerResources.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.cpuPeriod = fromLong(r.int64());
          break;
        case 16:
          m.cpuQuota = fromLong(r.int64());
          break;
        case 24:
          m.cpuShares = fromLong(r.int64());
          break;
        case 32:
          m.memoryLimitInBytes = fromLong(r.int64());
          break;
        case 40:
          m.oomScoreAdj = fromLong(r.int64());
          break;
        case 50:
          m.cpusetCpus = r.string();
          break;
        case 58:
          m.cpusetMems = r.string();
          break;
        case 66:
          m.hugepageLimits.push(HugepageLimit.read(r, r.uint32()));
          break;
        case 74:
          readEntry(r, m.unified, () => r.string(), '');
          break;
        case 80:
          m.memorySwapLimitInBytes = fromLong(r.int64());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** `page_size` as the kernel writes it, for example 2MB. */
export interface HugepageLimit {
  pageSize: string;
  limit: bigint;
}
export const HugepageLimit: Codec<HugepageLimit> = defineCodec<HugepageLimit>({
  name: 'runtime.v1.HugepageLimit',
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

/** The parts of an SELinux label. */
export interface SELinuxOption {
  user: string;
  role: string;
  type: string;
  level: string;
}
export const SELinuxOption: Codec<SELinuxOption> = defineCodec<SELinuxOption>({
  name: 'runtime.v1.SELinuxOption',
  create: (i?: Init<SELinuxOption>): SELinuxOption => ({
    user: i?.user ?? '',
    role: i?.role ?? '',
    type: i?.type ?? '',
    level: i?.level ?? '',
  }),
  write(m: Init<SELinuxOption>, w: Writer): Writer {
    if (m.user) w.uint32(10).string(m.user);
    if (m.role) w.uint32(18).string(m.role);
    if (m.type) w.uint32(26).string(m.type);
    if (m.level) w.uint32(34).string(m.level);
    return w;
  },
  read(r: Reader, length: number): SELinuxOption {
    const end = r.pos + length;
    const m = SELinuxOption.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.user = r.string();
          break;
        case 18:
          m.role = r.string();
          break;
        case 26:
          m.type = r.string();
          break;
        case 34:
          m.level = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** Names with or without CAP_; ALL means every one. */
export interface Capability {
  addCapabilities: string[];
  dropCapabilities: string[];
  addAmbientCapabilities: string[];
}
export const Capability: Codec<Capability> = defineCodec<Capability>({
  name: 'runtime.v1.Capability',
  create: (i?: Init<Capability>): Capability => ({
    addCapabilities: [...(i?.addCapabilities ?? [])],
    dropCapabilities: [...(i?.dropCapabilities ?? [])],
    addAmbientCapabilities: [...(i?.addAmbientCapabilities ?? [])],
  }),
  write(m: Init<Capability>, w: Writer): Writer {
    if (m.addCapabilities) for (const v of m.addCapabilities) w.uint32(10).string(v);
    if (m.dropCapabilities) for (const v of m.dropCapabilities) w.uint32(18).string(v);
    if (m.addAmbientCapabilities) for (const v of m.addAmbientCapabilities) w.uint32(26).string(v);
    return w;
  },
  read(r: Reader, length: number): Capability {
    const end = r.pos + length;
    const m = Capability.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.addCapabilities.push(r.string());
          break;
        case 18:
          m.dropCapabilities.push(r.string());
          break;
        case 26:
          m.addAmbientCapabilities.push(r.string());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** The user of the container's process and its rights. */
export interface LinuxContainerSecurityContext {
  capabilities?: Capability | undefined;
  privileged: boolean;
  namespaceOptions?: NamespaceOption | undefined;
  selinuxOptions?: SELinuxOption | undefined;
  runAsUser?: Int64Value | undefined;
  runAsUsername: string;
  readonlyRootfs: boolean;
  supplementalGroups: bigint[];
  apparmorProfile: string;
  seccompProfilePath: string;
  noNewPrivs: boolean;
  runAsGroup?: Int64Value | undefined;
  maskedPaths: string[];
  readonlyPaths: string[];
  seccomp?: SecurityProfile | undefined;
  apparmor?: SecurityProfile | undefined;
  supplementalGroupsPolicy: SupplementalGroupsPolicy;
}
export const LinuxContainerSecurityContext: Codec<LinuxContainerSecurityContext> = defineCodec<LinuxContainerSecurityContext>({
  name: 'runtime.v1.LinuxContainerSecurityContext',
  create: (i?: Init<LinuxContainerSecurityContext>): LinuxContainerSecurityContext => ({
    capabilities: i?.capabilities != null ? Capability.create(i?.capabilities) : undefined,
    privileged: i?.privileged ?? false,
    namespaceOptions: i?.namespaceOptions != null ? NamespaceOption.create(i?.namespaceOptions) : undefined,
    selinuxOptions: i?.selinuxOptions != null ? SELinuxOption.create(i?.selinuxOptions) : undefined,
    runAsUser: i?.runAsUser != null ? Int64Value.create(i?.runAsUser) : undefined,
    runAsUsername: i?.runAsUsername ?? '',
    readonlyRootfs: i?.readonlyRootfs ?? false,
    supplementalGroups: [...(i?.supplementalGroups ?? [])],
    apparmorProfile: i?.apparmorProfile ?? '',
    seccompProfilePath: i?.seccompProfilePath ?? '',
    noNewPrivs: i?.noNewPrivs ?? false,
    runAsGroup: i?.runAsGroup != null ? Int64Value.create(i?.runAsGroup) : undefined,
    maskedPaths: [...(i?.maskedPaths ?? [])],
    readonlyPaths: [...(i?.readonlyPaths ?? [])],
    seccomp: i?.seccomp != null ? SecurityProfile.create(i?.seccomp) : undefined,
    apparmor: i?.apparmor != null ? SecurityProfile.create(i?.apparmor) : undefined,
    supplementalGroupsPolicy: i?.supplementalGroupsPolicy ?? 0,
  }),
  write(m: Init<LinuxContainerSecurityContext>, w: Writer): Writer {
    if (m.capabilities != null) Capability.write(m.capabilities, w.uint32(10).fork()).ldelim();
    if (m.privileged) w.uint32(16).bool(m.privileged);
    if (m.namespaceOptions != null) NamespaceOption.write(m.namespaceOptions, w.uint32(26).fork()).ldelim();
    if (m.selinuxOptions != null) SELinuxOption.write(m.selinuxOptions, w.uint32(34).fork()).ldelim();
    if (m.runAsUser != null) Int64Value.write(m.runAsUser, w.uint32(42).fork()).ldelim();
    if (m.runAsUsername) w.uint32(50).string(m.runAsUsername);
    if (m.readonlyRootfs) w.uint32(56).bool(m.readonlyRootfs);
    if (m.supplementalGroups?.length) {
      w.uint32(66).fork();
      for (const v of m.supplementalGroups) w.int64(toLong(v));
      w.ldelim();
    }
    if (m.apparmorProfile) w.uint32(74).string(m.apparmorProfile);
    if (m.seccompProfilePath) w.uint32(82).string(m.seccompProfilePath);
    if (m.noNewPrivs) w.uint32(88).bool(m.noNewPrivs);
    if (m.runAsGroup != null) Int64Value.write(m.runAsGroup, w.uint32(98).fork()).ldelim();
    if (m.maskedPaths) for (const v of m.maskedPaths) w.uint32(106).string(v);
    if (m.readonlyPaths) for (const v of m.readonlyPaths) w.uint32(114).string(v);
    if (m.seccomp != null) SecurityProfile.write(m.seccomp, w.uint32(122).fork()).ldelim();
    if (m.apparmor != null) SecurityProfile.write(m.apparmor, w.uint32(130).fork()).ldelim();
    if (m.supplementalGroupsPolicy) w.uint32(136).int32(m.supplementalGroupsPolicy);
    return w;
  },
  read(r: Reader, length: number): LinuxContainerSecurityContext {
    const end = r.pos + length;
    const m = LinuxContainerSecurityContext.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.capabilities = Capability.read(r, r.uint32());
          break;
        case 16:
          m.privileged = r.bool();
          break;
        case 26:
          m.namespaceOptions = NamespaceOption.read(r, r.uint32());
          break;
        case 34:
          m.selinuxOptions = SELinuxOption.read(r, r.uint32());
          break;
        case 42:
          m.runAsUser = Int64Value.read(r, r.uint32());
          break;
        case 50:
          m.runAsUsername = r.string();
          break;
        case 56:
          m.readonlyRootfs = r.bool();
          break;
        case 64:
          m.supplementalGroups.push(fromLong(r.int64()));
          break;
        case 66:
          for (const to = r.uint32() + r.pos; r.pos < to; ) m.supplementalGroups.push(fromLong(r.int64()));
          break;
        case 74:
          m.apparmorProfile = r.string();
          break;
        case 82:
          m.seccompProfilePath = r.string();
          break;
        case 88:
          m.noNewPrivs = r.bool();
          break;
        case 98:
          m.runAsGroup = Int64Value.read(r, r.uint32());
          break;
        case 106:
          m.maskedPaths.push(r.string());
          break;
        case 114:
          m.readonlyPaths.push(r.string());
          break;
        case 122:
          m.seccomp = SecurityProfile.read(r, r.uint32());
          break;
        case 130:
          m.apparmor = SecurityProfile.read(r, r.uint32());
          break;
        case 136:
          m.supplementalGroupsPolicy = r.int32() as SupplementalGroupsPolicy;
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** Settings that only a Linux container has. */
export interface LinuxContainerConfig {
  resources?: LinuxContainerResources | undefined;
  securityContext?: LinuxContainerSecurityContext | undefined;
}
export const LinuxContainerConfig: Codec<LinuxContainerConfig> = defineCodec<LinuxContainerConfig>({
  name: 'runtime.v1.LinuxContainerConfig',
  create: (i?: Init<LinuxContainerConfig>): LinuxContainerConfig => ({
    resources: i?.resources != null ? LinuxContainerResources.create(i?.resources) : undefined,
    securityContext: i?.securityContext != null ? LinuxContainerSecurityContext.create(i?.securityContext) : undefined,
  }),
  write(m: Init<LinuxContainerConfig>, w: Writer): Writer {
    if (m.resources != null) LinuxContainerResources.write(m.resources, w.uint32(10).fork()).ldelim();
    if (m.securityContext != null) LinuxContainerSecurityContext.write(m.securityContext, w.uint32(18).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): LinuxContainerConfig {
    const end = r.pos + length;
    const m = LinuxContainerConfig.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.resources = LinuxContainerResources.read(r, r.uint32());
          break;
        case 18:
          m.securityContext = LinuxContainerSecurityContext.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** The ids that the container's first process was started with. */
export interface LinuxContainerUser {
  uid: bigint;
  gid: bigint;
  supplementalGroups: bigint[];
}
export const LinuxContainerUser: Codec<LinuxContainerUser> = defineCodec<LinuxContainerUser>({
  name: 'runtime.v1.LinuxContainerUser',
  create: (i?: Init<LinuxContainerUser>): LinuxContainerUser => ({
    uid: i?.uid ?? 0n,
    gid: i?.gid ?? 0n,
    supplementalGroups: [...(i?.supplementalGroups ?? [])],
  }),
  write(m: Init<LinuxContainerUser>, w: Writer): Writer {
    if (m.uid) w.uint32(8).int64(toLong(m.uid));
    if (m.gid) w.uint32(16).int64(toLong(m.gid));
    if (m.supplementalGroups?.length) {
      w.uint32(26).fork();
      for (const v of m.supplementalGroups) w.int64(toLong(v));
      w.ldelim();
    }
    return w;
  },
  read(r: Reader, length: number): LinuxContainerUser {
    const end = r.pos + length;
    const m = LinuxContainerUser.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.uid = fromLong(r.int64());
          break;
        case 16:
          m.gid = fromLong(r.int64());
          break;
        case 24:
          m.supplementalGroups.push(fromLong(r.int64()));
          break;
        case 26:
          for (const to = r.uint32() + r.pos; r.pos < to; ) m.supplementalGroups.push(fromLong(r.int64()));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface WindowsNamespaceOption {
  network: NamespaceMode;
}
export const WindowsNamespaceOption: Codec<WindowsNamespaceOption> = defineCodec<WindowsNamespaceOption>({
  name: 'runtime.v1.WindowsNamespaceOption',
  create: (i?: Init<WindowsNamespaceOption>): WindowsNamespaceOption => ({
    network: i?.network ?? 0,
  }),
  write(m: Init<WindowsNamespaceOption>, w: Writer): Writer {
    if (m.network) w.uint32(8).int32(m.network);
    return w;
  },
  read(r: Reader, length: number): WindowsNamespaceOption {
    const end = r.pos + length;
    const m = WindowsNamespaceOption.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.network = r.int32() as NamespaceMode;
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface WindowsSandboxSecurityContext {
  runAsUsername: string;
  credentialSpec: string;
  hostProcess: boolean;
  namespaceOptions?: WindowsNamespaceOption | undefined;
}
export const WindowsSandboxSecurityContext: Codec<WindowsSandboxSecurityContext> = defineCodec<WindowsSandboxSecurityContext>({
  name: 'runtime.v1.WindowsSandboxSecurityContext',
  create: (i?: Init<WindowsSandboxSecurityContext>): WindowsSandboxSecurityContext => ({
    runAsUsername: i?.runAsUsername ?? '',
    credentialSpec: i?.credentialSpec ?? '',
    hostProcess: i?.hostProcess ?? false,
    namespaceOptions: i?.namespaceOptions != null ? WindowsNamespaceOption.create(i?.namespaceOptions) : undefined,
  }),
  write(m: Init<WindowsSandboxSecurityContext>, w: Writer): Writer {
    if (m.runAsUsername) w.uint32(10).string(m.runAsUsername);
    if (m.credentialSpec) w.uint32(18).string(m.credentialSpec);
    if (m.hostProcess) w.uint32(24).bool(m.hostProcess);
    if (m.namespaceOptions != null) WindowsNamespaceOption.write(m.namespaceOptions, w.uint32(34).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): WindowsSandboxSecurityContext {
    const end = r.pos + length;
    const m = WindowsSandboxSecurityContext.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.runAsUsername = r.string();
          break;
        case 18:
          m.credentialSpec = r.string();
          break;
        case 24:
          m.hostProcess = r.bool();
          break;
        case 34:
          m.namespaceOptions = WindowsNamespaceOption.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface WindowsPodSandboxConfig {
  securityContext?: WindowsSandboxSecurityContext | undefined;
}
export const WindowsPodSandboxConfig: Codec<WindowsPodSandboxConfig> = defineCodec<WindowsPodSandboxConfig>({
  name: 'runtime.v1.WindowsPodSandboxConfig',
  create: (i?: Init<WindowsPodSandboxConfig>): WindowsPodSandboxConfig => ({
    securityContext: i?.securityContext != null ? WindowsSandboxSecurityContext.create(i?.securityContext) : undefined,
  }),
  write(m: Init<WindowsPodSandboxConfig>, w: Writer): Writer {
    if (m.securityContext != null) WindowsSandboxSecurityContext.write(m.securityContext, w.uint32(10).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): WindowsPodSandboxConfig {
    const end = r.pos + length;
    const m = WindowsPodSandboxConfig.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.securityContext = WindowsSandboxSecurityContext.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface WindowsContainerSecurityContext {
  runAsUsername: string;
  credentialSpec: string;
  hostProcess: boolean;
}
export const WindowsContainerSecurityContext: Codec<WindowsContainerSecurityContext> = defineCodec<WindowsContainerSecurityContext>({
  name: 'runtime.v1.WindowsContainerSecurityContext',
  create: (i?: Init<WindowsContainerSecurityContext>): WindowsContainerSecurityContext => ({
    runAsUsername: i?.runAsUsername ?? '',
    credentialSpec: i?.credentialSpec ?? '',
    hostProcess: i?.hostProcess ?? false,
  }),
  write(m: Init<WindowsContainerSecurityContext>, w: Writer): Writer {
    if (m.runAsUsername) w.uint32(10).string(m.runAsUsername);
    if (m.credentialSpec) w.uint32(18).string(m.credentialSpec);
    if (m.hostProcess) w.uint32(24).bool(m.hostProcess);
    return w;
  },
  read(r: Reader, length: number): WindowsContainerSecurityContext {
    const end = r.pos + length;
    const m = WindowsContainerSecurityContext.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.runAsUsername = r.string();
          break;
        case 18:
          m.credentialSpec = r.string();
          break;
        case 24:
          m.hostProcess = r.bool();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface WindowsContainerConfig {
  resources?: WindowsContainerResources | undefined;
  securityContext?: WindowsContainerSecurityContext | undefined;
}
export const WindowsContainerConfig: Codec<WindowsContainerConfig> = defineCodec<WindowsContainerConfig>({
  name: 'runtime.v1.WindowsContainerConfig',
  create: (i?: Init<WindowsContainerConfig>): WindowsContainerConfig => ({
    resources: i?.resources != null ? WindowsContainerResources.create(i?.resources) : undefined,
    securityContext: i?.securityContext != null ? WindowsContainerSecurityContext.create(i?.securityContext) : undefined,
  }),
  write(m: Init<WindowsContainerConfig>, w: Writer): Writer {
    if (m.resources != null) WindowsContainerResources.write(m.resources, w.uint32(10).fork()).ldelim();
    if (m.securityContext != null) WindowsContainerSecurityContext.write(m.securityContext, w.uint32(18).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): WindowsContainerConfig {
    const end = r.pos + length;
    const m = WindowsContainerConfig.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.resources = WindowsContainerResources.read(r, r.uint32());
          break;
        case 18:
          m.securityContext = WindowsContainerSecurityContext.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface WindowsContainerResources {
  cpuShares: bigint;
  cpuCount: bigint;
  cpuMaximum: bigint;
  memoryLimitInBytes: bigint;
  rootfsSizeInBytes: bigint;
  affinityCpus: WindowsCpuGroupAffinity[];
}
export const WindowsContainerResources: Codec<WindowsContainerResources> = defineCodec<WindowsContainerResources>({
  name: 'runtime.v1.WindowsContainerResources',
  create: (i?: Init<WindowsContainerResources>): WindowsContainerResources => ({
    cpuShares: i?.cpuShares ?? 0n,
    cpuCount: i?.cpuCount ?? 0n,
    cpuMaximum: i?.cpuMaximum ?? 0n,
    memoryLimitInBytes: i?.memoryLimitInBytes ?? 0n,
    rootfsSizeInBytes: i?.rootfsSizeInBytes ?? 0n,
    affinityCpus: i?.affinityCpus?.map(WindowsCpuGroupAffinity.create) ?? [],
  }),
  write(m: Init<WindowsContainerResources>, w: Writer): Writer {
    if (m.cpuShares) w.uint32(8).int64(toLong(m.cpuShares));
    if (m.cpuCount) w.uint32(16).int64(toLong(m.cpuCount));
    if (m.cpuMaximum) w.uint32(24).int64(toLong(m.cpuMaximum));
    if (m.memoryLimitInBytes) w.uint32(32).int64(toLong(m.memoryLimitInBytes));
    if (m.rootfsSizeInBytes) w.uint32(40).int64(toLong(m.rootfsSizeInBytes));
    if (m.affinityCpus) for (const v of m.affinityCpus) WindowsCpuGroupAffinity.write(v, w.uint32(50).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): WindowsContainerResources {
    const end = r.pos + length;
    const m = WindowsContainerResources.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.cpuShares = fromLong(r.int64());
          break;
        case 16:
          m.cpuCount = fromLong(r.int64());
          break;
        case 24:
          m.cpuMaximum = fromLong(r.int64());
          break;
        case 32:
          m.memoryLimitInBytes = fromLong(r.int64());
          break;
        case 40:
          m.rootfsSizeInBytes = fromLong(r.int64());
          break;
        case 50:
          m.affinityCpus.push(WindowsCpuGroupAffinity.read(r, r.uint32()));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface WindowsCpuGroupAffinity {
  cpuMask: bigint;
  cpuGroup: number;
}
export const WindowsCpuGroupAffinity: Codec<WindowsCpuGroupAffinity> = defineCodec<WindowsCpuGroupAffinity>({
  name: 'runtime.v1.WindowsCpuGroupAffinity',
  create: (i?: Init<WindowsCpuGroupAffinity>): WindowsCpuGroupAffinity => ({
    cpuMask: i?.cpuMask ?? 0n,
    cpuGroup: i?.cpuGroup ?? 0,
  }),
  write(m: Init<WindowsCpuGroupAffinity>, w: Writer): Writer {
    if (m.cpuMask) w.uint32(8).uint64(toULong(m.cpuMask));
    if (m.cpuGroup) w.uint32(16).uint32(m.cpuGroup);
    return w;
  },
  read(r: Reader, length: number): WindowsCpuGroupAffinity {
    const end = r.pos + length;
    const m = WindowsCpuGroupAffinity.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.cpuMask = fromULong(r.uint64());
          break;
        case 16:
          m.cpuGroup = r.uint32();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** The name of a container within its sandbox. `attempt` counts restarts. */
export interface ContainerMetadata {
  name: string;
  attempt: number;
}
export const ContainerMetadata: Codec<ContainerMetadata> = defineCodec<ContainerMetadata>({
  name: 'runtime.v1.ContainerMetadata',
  create: (i?: Init<ContainerMetadata>): ContainerMetadata => ({
    name: i?.name ?? '',
    attempt: i?.attempt ?? 0,
  }),
  write(m: Init<ContainerMetadata>, w: Writer): Writer {
    if (m.name) w.uint32(10).string(m.name);
    if (m.attempt) w.uint32(16).uint32(m.attempt);
    return w;
  },
  read(r: Reader, length: number): ContainerMetadata {
    const end = r.pos + length;
    const m = ContainerMetadata.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.name = r.string();
          break;
        case 16:
          m.attempt = r.uint32();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** `permissions` of r, w and m for the device cgroup. */
export interface Device {
  containerPath: string;
  hostPath: string;
  permissions: string;
}
export const Device: Codec<Device> = defineCodec<Device>({
  name: 'runtime.v1.Device',
  create: (i?: Init<Device>): Device => ({
    containerPath: i?.containerPath ?? '',
    hostPath: i?.hostPath ?? '',
    permissions: i?.permissions ?? '',
  }),
  write(m: Init<Device>, w: Writer): Writer {
    if (m.containerPath) w.uint32(10).string(m.containerPath);
    if (m.hostPath) w.uint32(18).string(m.hostPath);
    if (m.permissions) w.uint32(26).string(m.permissions);
    return w;
  },
  read(r: Reader, length: number): Device {
    const end = r.pos + length;
    const m = Device.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.containerPath = r.string();
          break;
        case 18:
          m.hostPath = r.string();
          break;
        case 26:
          m.permissions = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** A fully qualified CDI device: vendor/class=name. */
export interface CDIDevice {
  name: string;
}
export const CDIDevice: Codec<CDIDevice> = defineCodec<CDIDevice>({
  name: 'runtime.v1.CDIDevice',
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

/** Everything about one container. */
export interface ContainerConfig {
  metadata?: ContainerMetadata | undefined;
  image?: ImageSpec | undefined;
  command: string[];
  args: string[];
  workingDir: string;
  envs: KeyValue[];
  mounts: Mount[];
  devices: Device[];
  labels: Record<string, string>;
  annotations: Record<string, string>;
  logPath: string;
  stdin: boolean;
  stdinOnce: boolean;
  tty: boolean;
  linux?: LinuxContainerConfig | undefined;
  windows?: WindowsContainerConfig | undefined;
  CDIDevices: CDIDevice[];
  stopSignal: Signal;
}
export const ContainerConfig: Codec<ContainerConfig> = defineCodec<ContainerConfig>({
  name: 'runtime.v1.ContainerConfig',
  create: (i?: Init<ContainerConfig>): ContainerConfig => ({
    metadata: i?.metadata != null ? ContainerMetadata.create(i?.metadata) : undefined,
    image: i?.image != null ? ImageSpec.create(i?.image) : undefined,
    command: [...(i?.command ?? [])],
    args: [...(i?.args ?? [])],
    workingDir: i?.workingDir ?? '',
    envs: i?.envs?.map(KeyValue.create) ?? [],
    mounts: i?.mounts?.map(Mount.create) ?? [],
    devices: i?.devices?.map(Device.create) ?? [],
    labels: { ...i?.labels } as Record<string, string>,
    annotations: { ...i?.annotations } as Record<string, string>,
    logPath: i?.logPath ?? '',
    stdin: i?.stdin ?? false,
    stdinOnce: i?.stdinOnce ?? false,
    tty: i?.tty ?? false,
    linux: i?.linux != null ? LinuxContainerConfig.create(i?.linux) : undefined,
    windows: i?.windows != null ? WindowsContainerConfig.create(i?.windows) : undefined,
    CDIDevices: i?.CDIDevices?.map(CDIDevice.create) ?? [],
    stopSignal: i?.stopSignal ?? 0,
  }),
  write(m: Init<ContainerConfig>, w: Writer): Writer {
    if (m.metadata != null) ContainerMetadata.write(m.metadata, w.uint32(10).fork()).ldelim();
    if (m.image != null) ImageSpec.write(m.image, w.uint32(18).fork()).ldelim();
    if (m.command) for (const v of m.command) w.uint32(26).string(v);
    if (m.args) for (const v of m.args) w.uint32(34).string(v);
    if (m.workingDir) w.uint32(42).string(m.workingDir);
    if (m.envs) for (const v of m.envs) KeyValue.write(v, w.uint32(50).fork()).ldelim();
    if (m.mounts) for (const v of m.mounts) Mount.write(v, w.uint32(58).fork()).ldelim();
    if (m.devices) for (const v of m.devices) Device.write(v, w.uint32(66).fork()).ldelim();
    if (m.labels) for (const [k, v] of Object.entries(m.labels)) {
      if (v === undefined) continue;
      w.uint32(74).fork().uint32(10).string(k);
      w.uint32(18).string(v).ldelim();
    }
    if (m.annotations) for (const [k, v] of Object.entries(m.annotations)) {
      if (v === undefined) continue;
      w.uint32(82).fork().uint32(10).string(k);
      w.uint32(18).string(v).ldelim();
    }
    if (m.logPath) w.uint32(90).string(m.logPath);
    if (m.stdin) w.uint32(96).bool(m.stdin);
    if (m.stdinOnce) w.uint32(104).bool(m.stdinOnce);
    if (m.tty) w.uint32(112).bool(m.tty);
    if (m.linux != null) LinuxContainerConfig.write(m.linux, w.uint32(122).fork()).ldelim();
    if (m.windows != null) WindowsContainerConfig.write(m.windows, w.uint32(130).fork()).ldelim();
    if (m.CDIDevices) for (const v of m.CDIDevices) CDIDevice.write(v, w.uint32(138).fork()).ldelim();
    if (m.stopSignal) w.uint32(144).int32(m.stopSignal);
    return w;
  },
  read(r: Reader, length: number): ContainerConfig {
    const end = r.pos + length;
    const m = ContainerConfig.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.metadata = ContainerMetadata.read(r, r.uint32());
          break;
        case 18:
          m.image = ImageSpec.read(r, r.uint32());
          break;
        case 26:
          m.command.push(r.string());
          break;
        case 34:
          m.args.push(r.string());
          break;
        case 42:
          m.workingDir = r.string();
          break;
        case 50:
          m.envs.push(KeyValue.read(r, r.uint32()));
          break;
        case 58:
          m.mounts.push(Mount.read(r, r.uint32()));
          break;
        case 66:
          m.devices.push(Device.read(r, r.uint32()));
          break;
        case 74:
          readEntry(r, m.labels, () => r.string(), '');
          break;
        case 82:
          readEntry(r, m.annotations, () => r.string(), '');
          break;
        case 90:
          m.logPath = r.string();
          break;
        case 96:
          m.stdin = r.bool();
          break;
        case 104:
          m.stdinOnce = r.bool();
          break;
        case 112:
          m.tty = r.bool();
          break;
        case 122:
          m.linux = LinuxContainerConfig.read(r, r.uint32());
          break;
        case 130:
          m.windows = WindowsContainerConfig.read(r, r.uint32());
          break;
        case 138:
          m.CDIDevices.push(CDIDevice.read(r, r.uint32()));
          break;
        case 144:
          m.stopSignal = r.int32() as Signal;
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** `sandbox_config` repeats what RunPodSandbox was given. */
export interface CreateContainerRequest {
  podSandboxId: string;
  config?: ContainerConfig | undefined;
  sandboxConfig?: PodSandboxConfig | undefined;
}
export const CreateContainerRequest: Codec<CreateContainerRequest> = defineCodec<CreateContainerRequest>({
  name: 'runtime.v1.CreateContainerRequest',
  create: (i?: Init<CreateContainerRequest>): CreateContainerRequest => ({
    podSandboxId: i?.podSandboxId ?? '',
    config: i?.config != null ? ContainerConfig.create(i?.config) : undefined,
    sandboxConfig: i?.sandboxConfig != null ? PodSandboxConfig.create(i?.sandboxConfig) : undefined,
  }),
  write(m: Init<CreateContainerRequest>, w: Writer): Writer {
    if (m.podSandboxId) w.uint32(10).string(m.podSandboxId);
    if (m.config != null) ContainerConfig.write(m.config, w.uint32(18).fork()).ldelim();
    if (m.sandboxConfig != null) PodSandboxConfig.write(m.sandboxConfig, w.uint32(26).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): CreateContainerRequest {
    const end = r.pos + length;
    const m = CreateContainerRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.podSandboxId = r.string();
          break;
        case 18:
          m.config = ContainerConfig.read(r, r.uint32());
          break;
        case 26:
          m.sandboxConfig = PodSandboxConfig.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface CreateContainerResponse {
  containerId: string;
}
export const CreateContainerResponse: Codec<CreateContainerResponse> = defineCodec<CreateContainerResponse>({
  name: 'runtime.v1.CreateContainerResponse',
  create: (i?: Init<CreateContainerResponse>): CreateContainerResponse => ({
    containerId: i?.containerId ?? '',
  }),
  write(m: Init<CreateContainerResponse>, w: Writer): Writer {
    if (m.containerId) w.uint32(10).string(m.containerId);
    return w;
  },
  read(r: Reader, length: number): CreateContainerResponse {
    const end = r.pos + length;
    const m = CreateContainerResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.containerId = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface StartContainerRequest {
  containerId: string;
}
export const StartContainerRequest: Codec<StartContainerRequest> = defineCodec<StartContainerRequest>({
  name: 'runtime.v1.StartContainerRequest',
  create: (i?: Init<StartContainerRequest>): StartContainerRequest => ({
    containerId: i?.containerId ?? '',
  }),
  write(m: Init<StartContainerRequest>, w: Writer): Writer {
    if (m.containerId) w.uint32(10).string(m.containerId);
    return w;
  },
  read(r: Reader, length: number): StartContainerRequest {
    const end = r.pos + length;
    const m = StartContainerRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.containerId = r.string();
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
  name: 'runtime.v1.StartContainerResponse',
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

/** `timeout` is the grace in seconds; 0 or less kills immediately. */
export interface StopContainerRequest {
  containerId: string;
  timeout: bigint;
}
export const StopContainerRequest: Codec<StopContainerRequest> = defineCodec<StopContainerRequest>({
  name: 'runtime.v1.StopContainerRequest',
  create: (i?: Init<StopContainerRequest>): StopContainerRequest => ({
    containerId: i?.containerId ?? '',
    timeout: i?.timeout ?? 0n,
  }),
  write(m: Init<StopContainerRequest>, w: Writer): Writer {
    if (m.containerId) w.uint32(10).string(m.containerId);
    if (m.timeout) w.uint32(16).int64(toLong(m.timeout));
    return w;
  },
  read(r: Reader, length: number): StopContainerRequest {
    const end = r.pos + length;
    const m = StopContainerRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.containerId = r.string();
          break;
        case 16:
          m.timeout = fromLong(r.int64());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface StopContainerResponse {
}
export const StopContainerResponse: Codec<StopContainerResponse> = defineCodec<StopContainerResponse>({
  name: 'runtime.v1.StopContainerResponse',
  create: (_i?: Init<StopContainerResponse>): StopContainerResponse => ({
  }),
  write(_m: Init<StopContainerResponse>, w: Writer): Writer {
    return w;
  },
  read(r: Reader, length: number): StopContainerResponse {
    const end = r.pos + length;
    const m = StopContainerResponse.create();
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

export interface RemoveContainerRequest {
  containerId: string;
}
export const RemoveContainerRequest: Codec<RemoveContainerRequest> = defineCodec<RemoveContainerRequest>({
  name: 'runtime.v1.RemoveContainerRequest',
  create: (i?: Init<RemoveContainerRequest>): RemoveContainerRequest => ({
    containerId: i?.containerId ?? '',
  }),
  write(m: Init<RemoveContainerRequest>, w: Writer): Writer {
    if (m.containerId) w.uint32(10).string(m.containerId);
    return w;
  },
  read(r: Reader, length: number): RemoveContainerRequest {
    const end = r.pos + length;
    const m = RemoveContainerRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.containerId = r.string();
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
  name: 'runtime.v1.RemoveContainerResponse',
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

export interface ContainerStateValue {
  state: ContainerState;
}
export const ContainerStateValue: Codec<ContainerStateValue> = defineCodec<ContainerStateValue>({
  name: 'runtime.v1.ContainerStateValue',
  create: (i?: Init<ContainerStateValue>): ContainerStateValue => ({
    state: i?.state ?? 0,
  }),
  write(m: Init<ContainerStateValue>, w: Writer): Writer {
    if (m.state) w.uint32(8).int32(m.state);
    return w;
  },
  read(r: Reader, length: number): ContainerStateValue {
    const end = r.pos + length;
    const m = ContainerStateValue.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.state = r.int32() as ContainerState;
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** All that is set must match. */
export interface ContainerFilter {
  id: string;
  state?: ContainerStateValue | undefined;
  podSandboxId: string;
  labelSelector: Record<string, string>;
}
export const ContainerFilter: Codec<ContainerFilter> = defineCodec<ContainerFilter>({
  name: 'runtime.v1.ContainerFilter',
  create: (i?: Init<ContainerFilter>): ContainerFilter => ({
    id: i?.id ?? '',
    state: i?.state != null ? ContainerStateValue.create(i?.state) : undefined,
    podSandboxId: i?.podSandboxId ?? '',
    labelSelector: { ...i?.labelSelector } as Record<string, string>,
  }),
  write(m: Init<ContainerFilter>, w: Writer): Writer {
    if (m.id) w.uint32(10).string(m.id);
    if (m.state != null) ContainerStateValue.write(m.state, w.uint32(18).fork()).ldelim();
    if (m.podSandboxId) w.uint32(26).string(m.podSandboxId);
    if (m.labelSelector) for (const [k, v] of Object.entries(m.labelSelector)) {
      if (v === undefined) continue;
      w.uint32(34).fork().uint32(10).string(k);
      w.uint32(18).string(v).ldelim();
    }
    return w;
  },
  read(r: Reader, length: number): ContainerFilter {
    const end = r.pos + length;
    const m = ContainerFilter.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.id = r.string();
          break;
        case 18:
          m.state = ContainerStateValue.read(r, r.uint32());
          break;
        case 26:
          m.podSandboxId = r.string();
          break;
        case 34:
          readEntry(r, m.labelSelector, () => r.string(), '');
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface ListContainersRequest {
  filter?: ContainerFilter | undefined;
}
export const ListContainersRequest: Codec<ListContainersRequest> = defineCodec<ListContainersRequest>({
  name: 'runtime.v1.ListContainersRequest',
  create: (i?: Init<ListContainersRequest>): ListContainersRequest => ({
    filter: i?.filter != null ? ContainerFilter.create(i?.filter) : undefined,
  }),
  write(m: Init<ListContainersRequest>, w: Writer): Writer {
    if (m.filter != null) ContainerFilter.write(m.filter, w.uint32(10).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): ListContainersRequest {
    const end = r.pos + length;
    const m = ListContainersRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.filter = ContainerFilter.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface Container {
  id: string;
  podSandboxId: string;
  metadata?: ContainerMetadata | undefined;
  image?: ImageSpec | undefined;
  imageRef: string;
  state: ContainerState;
  createdAt: bigint;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  imageId: string;
}
export const Container: Codec<Container> = defineCodec<Container>({
  name: 'runtime.v1.Container',
  create: (i?: Init<Container>): Container => ({
    id: i?.id ?? '',
    podSandboxId: i?.podSandboxId ?? '',
    metadata: i?.metadata != null ? ContainerMetadata.create(i?.metadata) : undefined,
    image: i?.image != null ? ImageSpec.create(i?.image) : undefined,
    imageRef: i?.imageRef ?? '',
    state: i?.state ?? 0,
    createdAt: i?.createdAt ?? 0n,
    labels: { ...i?.labels } as Record<string, string>,
    annotations: { ...i?.annotations } as Record<string, string>,
    imageId: i?.imageId ?? '',
  }),
  write(m: Init<Container>, w: Writer): Writer {
    if (m.id) w.uint32(10).string(m.id);
    if (m.podSandboxId) w.uint32(18).string(m.podSandboxId);
    if (m.metadata != null) ContainerMetadata.write(m.metadata, w.uint32(26).fork()).ldelim();
    if (m.image != null) ImageSpec.write(m.image, w.uint32(34).fork()).ldelim();
    if (m.imageRef) w.uint32(42).string(m.imageRef);
    if (m.state) w.uint32(48).int32(m.state);
    if (m.createdAt) w.uint32(56).int64(toLong(m.createdAt));
    if (m.labels) for (const [k, v] of Object.entries(m.labels)) {
      if (v === undefined) continue;
      w.uint32(66).fork().uint32(10).string(k);
      w.uint32(18).string(v).ldelim();
    }
    if (m.annotations) for (const [k, v] of Object.entries(m.annotations)) {
      if (v === undefined) continue;
      w.uint32(74).fork().uint32(10).string(k);
      w.uint32(18).string(v).ldelim();
    }
    if (m.imageId) w.uint32(82).string(m.imageId);
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
          m.metadata = ContainerMetadata.read(r, r.uint32());
          break;
        case 34:
          m.image = ImageSpec.read(r, r.uint32());
          break;
        case 42:
          m.imageRef = r.string();
          break;
        case 48:
          m.state = r.int32() as ContainerState;
          break;
        case 56:
          m.createdAt = fromLong(r.int64());
          break;
        case 66:
          readEntry(r, m.labels, () => r.string(), '');
          break;
        case 74:
          readEntry(r, m.annotations, () => r.string(), '');
          break;
        case 82:
          m.imageId = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface ListContainersResponse {
  containers: Container[];
}
export const ListContainersResponse: Codec<ListContainersResponse> = defineCodec<ListContainersResponse>({
  name: 'runtime.v1.ListContainersResponse',
  create: (i?: Init<ListContainersResponse>): ListContainersResponse => ({
    containers: i?.containers?.map(Container.create) ?? [],
  }),
  write(m: Init<ListContainersResponse>, w: Writer): Writer {
    if (m.containers) for (const v of m.containers) Container.write(v, w.uint32(10).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): ListContainersResponse {
    const end = r.pos + length;
    const m = ListContainersResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.containers.push(Container.read(r, r.uint32()));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface StreamContainersRequest {
  filter?: ContainerFilter | undefined;
}
export const StreamContainersRequest: Codec<StreamContainersRequest> = defineCodec<StreamContainersRequest>({
  name: 'runtime.v1.StreamContainersRequest',
  create: (i?: Init<StreamContainersRequest>): StreamContainersRequest => ({
    filter: i?.filter != null ? ContainerFilter.create(i?.filter) : undefined,
  }),
  write(m: Init<StreamContainersRequest>, w: Writer): Writer {
    if (m.filter != null) ContainerFilter.write(m.filter, w.uint32(10).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): StreamContainersRequest {
    const end = r.pos + length;
    const m = StreamContainersRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.filter = ContainerFilter.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface StreamContainersResponse {
  containers: Container[];
}
export const StreamContainersResponse: Codec<StreamContainersResponse> = defineCodec<StreamContainersResponse>({
  name: 'runtime.v1.StreamContainersResponse',
  create: (i?: Init<StreamContainersResponse>): StreamContainersResponse => ({
    containers: i?.containers?.map(Container.create) ?? [],
  }),
  write(m: Init<StreamContainersResponse>, w: Writer): Writer {
    if (m.containers) for (const v of m.containers) Container.write(v, w.uint32(10).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): StreamContainersResponse {
    const end = r.pos + length;
    const m = StreamContainersResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.containers.push(Container.read(r, r.uint32()));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface ContainerStatusRequest {
  containerId: string;
  verbose: boolean;
}
export const ContainerStatusRequest: Codec<ContainerStatusRequest> = defineCodec<ContainerStatusRequest>({
  name: 'runtime.v1.ContainerStatusRequest',
  create: (i?: Init<ContainerStatusRequest>): ContainerStatusRequest => ({
    containerId: i?.containerId ?? '',
    verbose: i?.verbose ?? false,
  }),
  write(m: Init<ContainerStatusRequest>, w: Writer): Writer {
    if (m.containerId) w.uint32(10).string(m.containerId);
    if (m.verbose) w.uint32(16).bool(m.verbose);
    return w;
  },
  read(r: Reader, length: number): ContainerStatusRequest {
    const end = r.pos + length;
    const m = ContainerStatusRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.containerId = r.string();
          break;
        case 16:
          m.verbose = r.bool();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** Times are nanoseconds since the epoch, 0 while it has not happened. `image_id` is the id that PullImage answered. */
export interface ContainerStatus {
  id: string;
  metadata?: ContainerMetadata | undefined;
  state: ContainerState;
  createdAt: bigint;
  startedAt: bigint;
  finishedAt: bigint;
  exitCode: number;
  image?: ImageSpec | undefined;
  imageRef: string;
  reason: string;
  message: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  mounts: Mount[];
  logPath: string;
  resources?: ContainerResources | undefined;
  imageId: string;
  user?: ContainerUser | undefined;
  stopSignal: Signal;
}
export const ContainerStatus: Codec<ContainerStatus> = defineCodec<ContainerStatus>({
  name: 'runtime.v1.ContainerStatus',
  create: (i?: Init<ContainerStatus>): ContainerStatus => ({
    id: i?.id ?? '',
    metadata: i?.metadata != null ? ContainerMetadata.create(i?.metadata) : undefined,
    state: i?.state ?? 0,
    createdAt: i?.createdAt ?? 0n,
    startedAt: i?.startedAt ?? 0n,
    finishedAt: i?.finishedAt ?? 0n,
    exitCode: i?.exitCode ?? 0,
    image: i?.image != null ? ImageSpec.create(i?.image) : undefined,
    imageRef: i?.imageRef ?? '',
    reason: i?.reason ?? '',
    message: i?.message ?? '',
    labels: { ...i?.labels } as Record<string, string>,
    annotations: { ...i?.annotations } as Record<string, string>,
    mounts: i?.mounts?.map(Mount.create) ?? [],
    logPath: i?.logPath ?? '',
    resources: i?.resources != null ? ContainerResources.create(i?.resources) : undefined,
    imageId: i?.imageId ?? '',
    user: i?.user != null ? ContainerUser.create(i?.user) : undefined,
    stopSignal: i?.stopSignal ?? 0,
  }),
  write(m: Init<ContainerStatus>, w: Writer): Writer {
    if (m.id) w.uint32(10).string(m.id);
    if (m.metadata != null) ContainerMetadata.write(m.metadata, w.uint32(18).fork()).ldelim();
    if (m.state) w.uint32(24).int32(m.state);
    if (m.createdAt) w.uint32(32).int64(toLong(m.createdAt));
    if (m.startedAt) w.uint32(40).int64(toLong(m.startedAt));
    if (m.finishedAt) w.uint32(48).int64(toLong(m.finishedAt));
    if (m.exitCode) w.uint32(56).int32(m.exitCode);
    if (m.image != null) ImageSpec.write(m.image, w.uint32(66).fork()).ldelim();
    if (m.imageRef) w.uint32(74).string(m.imageRef);
    if (m.reason) w.uint32(82).string(m.reason);
    if (m.message) w.uint32(90).string(m.message);
    if (m.labels) for (const [k, v] of Object.entries(m.labels)) {
      if (v === undefined) continue;
      w.uint32(98).fork().uint32(10).string(k);
      w.uint32(18).string(v).ldelim();
    }
    if (m.annotations) for (const [k, v] of Object.entries(m.annotations)) {
      if (v === undefined) continue;
      w.uint32(106).fork().uint32(10).string(k);
      w.uint32(18).string(v).ldelim();
    }
    if (m.mounts) for (const v of m.mounts) Mount.write(v, w.uint32(114).fork()).ldelim();
    if (m.logPath) w.uint32(122).string(m.logPath);
    if (m.resources != null) ContainerResources.write(m.resources, w.uint32(130).fork()).ldelim();
    if (m.imageId) w.uint32(138).string(m.imageId);
    if (m.user != null) ContainerUser.write(m.user, w.uint32(146).fork()).ldelim();
    if (m.stopSignal) w.uint32(152).int32(m.stopSignal);
    return w;
  },
  read(r: Reader, length: number): ContainerStatus {
    const end = r.pos + length;
    const m = ContainerStatus.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.id = r.string();
          break;
        case 18:
          m.metadata = ContainerMetadata.read(r, r.uint32());
          break;
        case 24:
          m.state = r.int32() as ContainerState;
          break;
        case 32:
          m.createdAt = fromLong(r.int64());
          break;
        case 40:
          m.startedAt = fromLong(r.int64());
          break;
        case 48:
          m.finishedAt = fromLong(r.int64());
          break;
        case 56:
          m.exitCode = r.int32();
          break;
        case 66:
          m.image = ImageSpec.read(r, r.uint32());
          break;
        case 74:
          m.imageRef = r.string();
          break;
        case 82:
          m.reason = r.string();
          break;
        case 90:
          m.message = r.string();
          break;
        case 98:
          readEntry(r, m.labels, () => r.string(), '');
          break;
        case 106:
          readEntry(r, m.annotations, () => r.string(), '');
          break;
        case 114:
          m.mounts.push(Mount.read(r, r.uint32()));
          break;
        case 122:
          m.logPath = r.string();
          break;
        case 130:
          m.resources = ContainerResources.read(r, r.uint32());
          break;
        case 138:
          m.imageId = r.string();
          break;
        case 146:
          m.user = ContainerUser.read(r, r.uint32());
          break;
        case 152:
          m.stopSignal = r.int32() as Signal;
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface ContainerStatusResponse {
  status?: ContainerStatus | undefined;
  info: Record<string, string>;
}
export const ContainerStatusResponse: Codec<ContainerStatusResponse> = defineCodec<ContainerStatusResponse>({
  name: 'runtime.v1.ContainerStatusResponse',
  create: (i?: Init<ContainerStatusResponse>): ContainerStatusResponse => ({
    status: i?.status != null ? ContainerStatus.create(i?.status) : undefined,
    info: { ...i?.info } as Record<string, string>,
  }),
  write(m: Init<ContainerStatusResponse>, w: Writer): Writer {
    if (m.status != null) ContainerStatus.write(m.status, w.uint32(10).fork()).ldelim();
    if (m.info) for (const [k, v] of Object.entries(m.info)) {
      if (v === undefined) continue;
      w.uint32(18).fork().uint32(10).string(k);
      w.uint32(18).string(v).ldelim();
    }
    return w;
  },
  read(r: Reader, length: number): ContainerStatusResponse {
    const end = r.pos + length;
    const m = ContainerStatusResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.status = ContainerStatus.read(r, r.uint32());
          break;
        case 18:
          readEntry(r, m.info, () => r.string(), '');
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** The limits in force. */
export interface ContainerResources {
  linux?: LinuxContainerResources | undefined;
  windows?: WindowsContainerResources | undefined;
}
export const ContainerResources: Codec<ContainerResources> = defineCodec<ContainerResources>({
  name: 'runtime.v1.ContainerResources',
  create: (i?: Init<ContainerResources>): ContainerResources => ({
    linux: i?.linux != null ? LinuxContainerResources.create(i?.linux) : undefined,
    windows: i?.windows != null ? WindowsContainerResources.create(i?.windows) : undefined,
  }),
  write(m: Init<ContainerResources>, w: Writer): Writer {
    if (m.linux != null) LinuxContainerResources.write(m.linux, w.uint32(10).fork()).ldelim();
    if (m.windows != null) WindowsContainerResources.write(m.windows, w.uint32(18).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): ContainerResources {
    const end = r.pos + length;
    const m = ContainerResources.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.linux = LinuxContainerResources.read(r, r.uint32());
          break;
        case 18:
          m.windows = WindowsContainerResources.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface ContainerUser {
  linux?: LinuxContainerUser | undefined;
}
export const ContainerUser: Codec<ContainerUser> = defineCodec<ContainerUser>({
  name: 'runtime.v1.ContainerUser',
  create: (i?: Init<ContainerUser>): ContainerUser => ({
    linux: i?.linux != null ? LinuxContainerUser.create(i?.linux) : undefined,
  }),
  write(m: Init<ContainerUser>, w: Writer): Writer {
    if (m.linux != null) LinuxContainerUser.write(m.linux, w.uint32(10).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): ContainerUser {
    const end = r.pos + length;
    const m = ContainerUser.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.linux = LinuxContainerUser.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface UpdateContainerResourcesRequest {
  containerId: string;
  linux?: LinuxContainerResources | undefined;
  windows?: WindowsContainerResources | undefined;
  annotations: Record<string, string>;
}
export const UpdateContainerResourcesRequest: Codec<UpdateContainerResourcesRequest> = defineCodec<UpdateContainerResourcesRequest>({
  name: 'runtime.v1.UpdateContainerResourcesRequest',
  create: (i?: Init<UpdateContainerResourcesRequest>): UpdateContainerResourcesRequest => ({
    containerId: i?.containerId ?? '',
    linux: i?.linux != null ? LinuxContainerResources.create(i?.linux) : undefined,
    windows: i?.windows != null ? WindowsContainerResources.create(i?.windows) : undefined,
    annotations: { ...i?.annotations } as Record<string, string>,
  }),
  write(m: Init<UpdateContainerResourcesRequest>, w: Writer): Writer {
    if (m.containerId) w.uint32(10).string(m.containerId);
    if (m.linux != null) LinuxContainerResources.write(m.linux, w.uint32(18).fork()).ldelim();
    if (m.windows != null) WindowsContainerResources.write(m.windows, w.uint32(26).fork()).ldelim();
    if (m.annotations) for (const [k, v] of Object.entries(m.annotations)) {
      if (v === undefined) continue;
      w.uint32(34).fork().uint32(10).string(k);
      w.uint32(18).string(v).ldelim();
    }
    return w;
  },
  read(r: Reader, length: number): UpdateContainerResourcesRequest {
    const end = r.pos + length;
    const m = UpdateContainerResourcesRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.containerId = r.string();
          break;
        case 18:
          m.linux = LinuxContainerResources.read(r, r.uint32());
          break;
        case 26:
          m.windows = WindowsContainerResources.read(r, r.uint32());
          break;
        case 34:
          readEntry(r, m.annotations, () => r.string(), '');
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface UpdateContainerResourcesResponse {
}
export const UpdateContainerResourcesResponse: Codec<UpdateContainerResourcesResponse> = defineCodec<UpdateContainerResourcesResponse>({
  name: 'runtime.v1.UpdateContainerResourcesResponse',
  create: (_i?: Init<UpdateContainerResourcesResponse>): UpdateContainerResourcesResponse => ({
  }),
  write(_m: Init<UpdateContainerResourcesResponse>, w: Writer): Writer {
    return w;
  },
  read(r: Reader, length: number): UpdateContainerResourcesResponse {
    const end = r.pos + length;
    const m = UpdateContainerResourcesResponse.create();
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

/** `timeout` in seconds; 0 is none. */
export interface ExecSyncRequest {
  containerId: string;
  cmd: string[];
  timeout: bigint;
}
export const ExecSyncRequest: Codec<ExecSyncRequest> = defineCodec<ExecSyncRequest>({
  name: 'runtime.v1.ExecSyncRequest',
  create: (i?: Init<ExecSyncRequest>): ExecSyncRequest => ({
    containerId: i?.containerId ?? '',
    cmd: [...(i?.cmd ?? [])],
    timeout: i?.timeout ?? 0n,
  }),
  write(m: Init<ExecSyncRequest>, w: Writer): Writer {
    if (m.containerId) w.uint32(10).string(m.containerId);
    if (m.cmd) for (const v of m.cmd) w.uint32(18).string(v);
    if (m.timeout) w.uint32(24).int64(toLong(m.timeout));
    return w;
  },
  read(r: Reader, length: number): ExecSyncRequest {
    const end = r.pos + length;
    const m = ExecSyncRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.containerId = r.string();
          break;
        case 18:
          m.cmd.push(r.string());
          break;
        case 24:
          m.timeout = fromLong(r.int64());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** Both streams in full, each up to the runtime's limit. */
export interface ExecSyncResponse {
  stdout: Uint8Array;
  stderr: Uint8Array;
  exitCode: number;
}
export const ExecSyncResponse: Codec<ExecSyncResponse> = defineCodec<ExecSyncResponse>({
  name: 'runtime.v1.ExecSyncResponse',
  create: (i?: Init<ExecSyncResponse>): ExecSyncResponse => ({
    stdout: i?.stdout ?? EMPTY,
    stderr: i?.stderr ?? EMPTY,
    exitCode: i?.exitCode ?? 0,
  }),
  write(m: Init<ExecSyncResponse>, w: Writer): Writer {
    if (m.stdout?.length) w.uint32(10).bytes(m.stdout);
    if (m.stderr?.length) w.uint32(18).bytes(m.stderr);
    if (m.exitCode) w.uint32(24).int32(m.exitCode);
    return w;
  },
  read(r: Reader, length: number): ExecSyncResponse {
    const end = r.pos + length;
    const m = ExecSyncResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.stdout = r.bytes();
          break;
        case 18:
          m.stderr = r.bytes();
          break;
        case 24:
          m.exitCode = r.int32();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** At least one of stdin, stdout and stderr; a terminal has no stderr of its own. */
export interface ExecRequest {
  containerId: string;
  cmd: string[];
  tty: boolean;
  stdin: boolean;
  stdout: boolean;
  stderr: boolean;
}
export const ExecRequest: Codec<ExecRequest> = defineCodec<ExecRequest>({
  name: 'runtime.v1.ExecRequest',
  create: (i?: Init<ExecRequest>): ExecRequest => ({
    containerId: i?.containerId ?? '',
    cmd: [...(i?.cmd ?? [])],
    tty: i?.tty ?? false,
    stdin: i?.stdin ?? false,
    stdout: i?.stdout ?? false,
    stderr: i?.stderr ?? false,
  }),
  write(m: Init<ExecRequest>, w: Writer): Writer {
    if (m.containerId) w.uint32(10).string(m.containerId);
    if (m.cmd) for (const v of m.cmd) w.uint32(18).string(v);
    if (m.tty) w.uint32(24).bool(m.tty);
    if (m.stdin) w.uint32(32).bool(m.stdin);
    if (m.stdout) w.uint32(40).bool(m.stdout);
    if (m.stderr) w.uint32(48).bool(m.stderr);
    return w;
  },
  read(r: Reader, length: number): ExecRequest {
    const end = r.pos + length;
    const m = ExecRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.containerId = r.string();
          break;
        case 18:
          m.cmd.push(r.string());
          break;
        case 24:
          m.tty = r.bool();
          break;
        case 32:
          m.stdin = r.bool();
          break;
        case 40:
          m.stdout = r.bool();
          break;
        case 48:
          m.stderr = r.bool();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** A URL that the streams are had from, once. */
export interface ExecResponse {
  url: string;
}
export const ExecResponse: Codec<ExecResponse> = defineCodec<ExecResponse>({
  name: 'runtime.v1.ExecResponse',
  create: (i?: Init<ExecResponse>): ExecResponse => ({
    url: i?.url ?? '',
  }),
  write(m: Init<ExecResponse>, w: Writer): Writer {
    if (m.url) w.uint32(10).string(m.url);
    return w;
  },
  read(r: Reader, length: number): ExecResponse {
    const end = r.pos + length;
    const m = ExecResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.url = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface AttachRequest {
  containerId: string;
  stdin: boolean;
  tty: boolean;
  stdout: boolean;
  stderr: boolean;
}
export const AttachRequest: Codec<AttachRequest> = defineCodec<AttachRequest>({
  name: 'runtime.v1.AttachRequest',
  create: (i?: Init<AttachRequest>): AttachRequest => ({
    containerId: i?.containerId ?? '',
    stdin: i?.stdin ?? false,
    tty: i?.tty ?? false,
    stdout: i?.stdout ?? false,
    stderr: i?.stderr ?? false,
  }),
  write(m: Init<AttachRequest>, w: Writer): Writer {
    if (m.containerId) w.uint32(10).string(m.containerId);
    if (m.stdin) w.uint32(16).bool(m.stdin);
    if (m.tty) w.uint32(24).bool(m.tty);
    if (m.stdout) w.uint32(32).bool(m.stdout);
    if (m.stderr) w.uint32(40).bool(m.stderr);
    return w;
  },
  read(r: Reader, length: number): AttachRequest {
    const end = r.pos + length;
    const m = AttachRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.containerId = r.string();
          break;
        case 16:
          m.stdin = r.bool();
          break;
        case 24:
          m.tty = r.bool();
          break;
        case 32:
          m.stdout = r.bool();
          break;
        case 40:
          m.stderr = r.bool();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** A URL that the streams are had from, once. */
export interface AttachResponse {
  url: string;
}
export const AttachResponse: Codec<AttachResponse> = defineCodec<AttachResponse>({
  name: 'runtime.v1.AttachResponse',
  create: (i?: Init<AttachResponse>): AttachResponse => ({
    url: i?.url ?? '',
  }),
  write(m: Init<AttachResponse>, w: Writer): Writer {
    if (m.url) w.uint32(10).string(m.url);
    return w;
  },
  read(r: Reader, length: number): AttachResponse {
    const end = r.pos + length;
    const m = AttachResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.url = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface PortForwardRequest {
  podSandboxId: string;
  port: number[];
}
export const PortForwardRequest: Codec<PortForwardRequest> = defineCodec<PortForwardRequest>({
  name: 'runtime.v1.PortForwardRequest',
  create: (i?: Init<PortForwardRequest>): PortForwardRequest => ({
    podSandboxId: i?.podSandboxId ?? '',
    port: [...(i?.port ?? [])],
  }),
  write(m: Init<PortForwardRequest>, w: Writer): Writer {
    if (m.podSandboxId) w.uint32(10).string(m.podSandboxId);
    if (m.port?.length) {
      w.uint32(18).fork();
      for (const v of m.port) w.int32(v);
      w.ldelim();
    }
    return w;
  },
  read(r: Reader, length: number): PortForwardRequest {
    const end = r.pos + length;
    const m = PortForwardRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.podSandboxId = r.string();
          break;
        case 16:
          m.port.push(r.int32());
          break;
        case 18:
          for (const to = r.uint32() + r.pos; r.pos < to; ) m.port.push(r.int32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** A URL that the connections are made through, once. */
export interface PortForwardResponse {
  url: string;
}
export const PortForwardResponse: Codec<PortForwardResponse> = defineCodec<PortForwardResponse>({
  name: 'runtime.v1.PortForwardResponse',
  create: (i?: Init<PortForwardResponse>): PortForwardResponse => ({
    url: i?.url ?? '',
  }),
  write(m: Init<PortForwardResponse>, w: Writer): Writer {
    if (m.url) w.uint32(10).string(m.url);
    return w;
  },
  read(r: Reader, length: number): PortForwardResponse {
    const end = r.pos + length;
    const m = PortForwardResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.url = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface ImageFilter {
  image?: ImageSpec | undefined;
}
export const ImageFilter: Codec<ImageFilter> = defineCodec<ImageFilter>({
  name: 'runtime.v1.ImageFilter',
  create: (i?: Init<ImageFilter>): ImageFilter => ({
    image: i?.image != null ? ImageSpec.create(i?.image) : undefined,
  }),
  write(m: Init<ImageFilter>, w: Writer): Writer {
    if (m.image != null) ImageSpec.write(m.image, w.uint32(10).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): ImageFilter {
    const end = r.pos + length;
    const m = ImageFilter.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.image = ImageSpec.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface ListImagesRequest {
  filter?: ImageFilter | undefined;
}
export const ListImagesRequest: Codec<ListImagesRequest> = defineCodec<ListImagesRequest>({
  name: 'runtime.v1.ListImagesRequest',
  create: (i?: Init<ListImagesRequest>): ListImagesRequest => ({
    filter: i?.filter != null ? ImageFilter.create(i?.filter) : undefined,
  }),
  write(m: Init<ListImagesRequest>, w: Writer): Writer {
    if (m.filter != null) ImageFilter.write(m.filter, w.uint32(10).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): ListImagesRequest {
    const end = r.pos + length;
    const m = ListImagesRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.filter = ImageFilter.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** `id` is the config digest. Either `uid` or `username` tells who the image runs as. */
export interface Image {
  id: string;
  repoTags: string[];
  repoDigests: string[];
  size: bigint;
  uid?: Int64Value | undefined;
  username: string;
  spec?: ImageSpec | undefined;
  pinned: boolean;
}
export const Image: Codec<Image> = defineCodec<Image>({
  name: 'runtime.v1.Image',
  create: (i?: Init<Image>): Image => ({
    id: i?.id ?? '',
    repoTags: [...(i?.repoTags ?? [])],
    repoDigests: [...(i?.repoDigests ?? [])],
    size: i?.size ?? 0n,
    uid: i?.uid != null ? Int64Value.create(i?.uid) : undefined,
    username: i?.username ?? '',
    spec: i?.spec != null ? ImageSpec.create(i?.spec) : undefined,
    pinned: i?.pinned ?? false,
  }),
  write(m: Init<Image>, w: Writer): Writer {
    if (m.id) w.uint32(10).string(m.id);
    if (m.repoTags) for (const v of m.repoTags) w.uint32(18).string(v);
    if (m.repoDigests) for (const v of m.repoDigests) w.uint32(26).string(v);
    if (m.size) w.uint32(32).uint64(toULong(m.size));
    if (m.uid != null) Int64Value.write(m.uid, w.uint32(42).fork()).ldelim();
    if (m.username) w.uint32(50).string(m.username);
    if (m.spec != null) ImageSpec.write(m.spec, w.uint32(58).fork()).ldelim();
    if (m.pinned) w.uint32(64).bool(m.pinned);
    return w;
  },
  read(r: Reader, length: number): Image {
    const end = r.pos + length;
    const m = Image.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.id = r.string();
          break;
        case 18:
          m.repoTags.push(r.string());
          break;
        case 26:
          m.repoDigests.push(r.string());
          break;
        case 32:
          m.size = fromULong(r.uint64());
          break;
        case 42:
          m.uid = Int64Value.read(r, r.uint32());
          break;
        case 50:
          m.username = r.string();
          break;
        case 58:
          m.spec = ImageSpec.read(r, r.uint32());
          break;
        case 64:
          m.pinned = r.bool();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface ListImagesResponse {
  images: Image[];
}
export const ListImagesResponse: Codec<ListImagesResponse> = defineCodec<ListImagesResponse>({
  name: 'runtime.v1.ListImagesResponse',
  create: (i?: Init<ListImagesResponse>): ListImagesResponse => ({
    images: i?.images?.map(Image.create) ?? [],
  }),
  write(m: Init<ListImagesResponse>, w: Writer): Writer {
    if (m.images) for (const v of m.images) Image.write(v, w.uint32(10).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): ListImagesResponse {
    const end = r.pos + length;
    const m = ListImagesResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.images.push(Image.read(r, r.uint32()));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface StreamImagesRequest {
  filter?: ImageFilter | undefined;
}
export const StreamImagesRequest: Codec<StreamImagesRequest> = defineCodec<StreamImagesRequest>({
  name: 'runtime.v1.StreamImagesRequest',
  create: (i?: Init<StreamImagesRequest>): StreamImagesRequest => ({
    filter: i?.filter != null ? ImageFilter.create(i?.filter) : undefined,
  }),
  write(m: Init<StreamImagesRequest>, w: Writer): Writer {
    if (m.filter != null) ImageFilter.write(m.filter, w.uint32(10).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): StreamImagesRequest {
    const end = r.pos + length;
    const m = StreamImagesRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.filter = ImageFilter.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface StreamImagesResponse {
  images: Image[];
}
export const StreamImagesResponse: Codec<StreamImagesResponse> = defineCodec<StreamImagesResponse>({
  name: 'runtime.v1.StreamImagesResponse',
  create: (i?: Init<StreamImagesResponse>): StreamImagesResponse => ({
    images: i?.images?.map(Image.create) ?? [],
  }),
  write(m: Init<StreamImagesResponse>, w: Writer): Writer {
    if (m.images) for (const v of m.images) Image.write(v, w.uint32(10).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): StreamImagesResponse {
    const end = r.pos + length;
    const m = StreamImagesResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.images.push(Image.read(r, r.uint32()));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface ImageStatusRequest {
  image?: ImageSpec | undefined;
  verbose: boolean;
}
export const ImageStatusRequest: Codec<ImageStatusRequest> = defineCodec<ImageStatusRequest>({
  name: 'runtime.v1.ImageStatusRequest',
  create: (i?: Init<ImageStatusRequest>): ImageStatusRequest => ({
    image: i?.image != null ? ImageSpec.create(i?.image) : undefined,
    verbose: i?.verbose ?? false,
  }),
  write(m: Init<ImageStatusRequest>, w: Writer): Writer {
    if (m.image != null) ImageSpec.write(m.image, w.uint32(10).fork()).ldelim();
    if (m.verbose) w.uint32(16).bool(m.verbose);
    return w;
  },
  read(r: Reader, length: number): ImageStatusRequest {
    const end = r.pos + length;
    const m = ImageStatusRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.image = ImageSpec.read(r, r.uint32());
          break;
        case 16:
          m.verbose = r.bool();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** `image` is absent when the image is not there. */
export interface ImageStatusResponse {
  image?: Image | undefined;
  info: Record<string, string>;
}
export const ImageStatusResponse: Codec<ImageStatusResponse> = defineCodec<ImageStatusResponse>({
  name: 'runtime.v1.ImageStatusResponse',
  create: (i?: Init<ImageStatusResponse>): ImageStatusResponse => ({
    image: i?.image != null ? Image.create(i?.image) : undefined,
    info: { ...i?.info } as Record<string, string>,
  }),
  write(m: Init<ImageStatusResponse>, w: Writer): Writer {
    if (m.image != null) Image.write(m.image, w.uint32(10).fork()).ldelim();
    if (m.info) for (const [k, v] of Object.entries(m.info)) {
      if (v === undefined) continue;
      w.uint32(18).fork().uint32(10).string(k);
      w.uint32(18).string(v).ldelim();
    }
    return w;
  },
  read(r: Reader, length: number): ImageStatusResponse {
    const end = r.pos + length;
    const m = ImageStatusResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.image = Image.read(r, r.uint32());
          break;
        case 18:
          readEntry(r, m.info, () => r.string(), '');
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** Credentials for one registry: user and password, both in `auth` as base64, or a token. */
export interface AuthConfig {
  username: string;
  password: string;
  auth: string;
  serverAddress: string;
  identityToken: string;
  registryToken: string;
}
export const AuthConfig: Codec<AuthConfig> = defineCodec<AuthConfig>({
  name: 'runtime.v1.AuthConfig',
  create: (i?: Init<AuthConfig>): AuthConfig => ({
    username: i?.username ?? '',
    password: i?.password ?? '',
    auth: i?.auth ?? '',
    serverAddress: i?.serverAddress ?? '',
    identityToken: i?.identityToken ?? '',
    registryToken: i?.registryToken ?? '',
  }),
  write(m: Init<AuthConfig>, w: Writer): Writer {
    if (m.username) w.uint32(10).string(m.username);
    if (m.password) w.uint32(18).string(m.password);
    if (m.auth) w.uint32(26).string(m.auth);
    if (m.serverAddress) w.uint32(34).string(m.serverAddress);
    if (m.identityToken) w.uint32(42).string(m.identityToken);
    if (m.registryToken) w.uint32(50).string(m.registryToken);
    return w;
  },
  read(r: Reader, length: number): AuthConfig {
    const end = r.pos + length;
    const m = AuthConfig.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.username = r.string();
          break;
        case 18:
          m.password = r.string();
          break;
        case 26:
          m.auth = r.string();
          break;
        case 34:
          m.serverAddress = r.string();
          break;
        case 42:
          m.identityToken = r.string();
          break;
        case 50:
          m.registryToken = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** `sandbox_config` is the pod that the image is for. */
export interface PullImageRequest {
  image?: ImageSpec | undefined;
  auth?: AuthConfig | undefined;
  sandboxConfig?: PodSandboxConfig | undefined;
}
export const PullImageRequest: Codec<PullImageRequest> = defineCodec<PullImageRequest>({
  name: 'runtime.v1.PullImageRequest',
  create: (i?: Init<PullImageRequest>): PullImageRequest => ({
    image: i?.image != null ? ImageSpec.create(i?.image) : undefined,
    auth: i?.auth != null ? AuthConfig.create(i?.auth) : undefined,
    sandboxConfig: i?.sandboxConfig != null ? PodSandboxConfig.create(i?.sandboxConfig) : undefined,
  }),
  write(m: Init<PullImageRequest>, w: Writer): Writer {
    if (m.image != null) ImageSpec.write(m.image, w.uint32(10).fork()).ldelim();
    if (m.auth != null) AuthConfig.write(m.auth, w.uint32(18).fork()).ldelim();
    if (m.sandboxConfig != null) PodSandboxConfig.write(m.sandboxConfig, w.uint32(26).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): PullImageRequest {
    const end = r.pos + length;
    const m = PullImageRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.image = ImageSpec.read(r, r.uint32());
          break;
        case 18:
          m.auth = AuthConfig.read(r, r.uint32());
          break;
        case 26:
          m.sandboxConfig = PodSandboxConfig.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** `image_ref` is the image's id. */
export interface PullImageResponse {
  imageRef: string;
}
export const PullImageResponse: Codec<PullImageResponse> = defineCodec<PullImageResponse>({
  name: 'runtime.v1.PullImageResponse',
  create: (i?: Init<PullImageResponse>): PullImageResponse => ({
    imageRef: i?.imageRef ?? '',
  }),
  write(m: Init<PullImageResponse>, w: Writer): Writer {
    if (m.imageRef) w.uint32(10).string(m.imageRef);
    return w;
  },
  read(r: Reader, length: number): PullImageResponse {
    const end = r.pos + length;
    const m = PullImageResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.imageRef = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface RemoveImageRequest {
  image?: ImageSpec | undefined;
}
export const RemoveImageRequest: Codec<RemoveImageRequest> = defineCodec<RemoveImageRequest>({
  name: 'runtime.v1.RemoveImageRequest',
  create: (i?: Init<RemoveImageRequest>): RemoveImageRequest => ({
    image: i?.image != null ? ImageSpec.create(i?.image) : undefined,
  }),
  write(m: Init<RemoveImageRequest>, w: Writer): Writer {
    if (m.image != null) ImageSpec.write(m.image, w.uint32(10).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): RemoveImageRequest {
    const end = r.pos + length;
    const m = RemoveImageRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.image = ImageSpec.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface RemoveImageResponse {
}
export const RemoveImageResponse: Codec<RemoveImageResponse> = defineCodec<RemoveImageResponse>({
  name: 'runtime.v1.RemoveImageResponse',
  create: (_i?: Init<RemoveImageResponse>): RemoveImageResponse => ({
  }),
  write(_m: Init<RemoveImageResponse>, w: Writer): Writer {
    return w;
  },
  read(r: Reader, length: number): RemoveImageResponse {
    const end = r.pos + length;
    const m = RemoveImageResponse.create();
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

/** The node's pod CIDR, several separated by commas. */
export interface NetworkConfig {
  podCidr: string;
}
export const NetworkConfig: Codec<NetworkConfig> = defineCodec<NetworkConfig>({
  name: 'runtime.v1.NetworkConfig',
  create: (i?: Init<NetworkConfig>): NetworkConfig => ({
    podCidr: i?.podCidr ?? '',
  }),
  write(m: Init<NetworkConfig>, w: Writer): Writer {
    if (m.podCidr) w.uint32(10).string(m.podCidr);
    return w;
  },
  read(r: Reader, length: number): NetworkConfig {
    const end = r.pos + length;
    const m = NetworkConfig.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.podCidr = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface RuntimeConfig {
  networkConfig?: NetworkConfig | undefined;
}
export const RuntimeConfig: Codec<RuntimeConfig> = defineCodec<RuntimeConfig>({
  name: 'runtime.v1.RuntimeConfig',
  create: (i?: Init<RuntimeConfig>): RuntimeConfig => ({
    networkConfig: i?.networkConfig != null ? NetworkConfig.create(i?.networkConfig) : undefined,
  }),
  write(m: Init<RuntimeConfig>, w: Writer): Writer {
    if (m.networkConfig != null) NetworkConfig.write(m.networkConfig, w.uint32(10).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): RuntimeConfig {
    const end = r.pos + length;
    const m = RuntimeConfig.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.networkConfig = NetworkConfig.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface UpdateRuntimeConfigRequest {
  runtimeConfig?: RuntimeConfig | undefined;
}
export const UpdateRuntimeConfigRequest: Codec<UpdateRuntimeConfigRequest> = defineCodec<UpdateRuntimeConfigRequest>({
  name: 'runtime.v1.UpdateRuntimeConfigRequest',
  create: (i?: Init<UpdateRuntimeConfigRequest>): UpdateRuntimeConfigRequest => ({
    runtimeConfig: i?.runtimeConfig != null ? RuntimeConfig.create(i?.runtimeConfig) : undefined,
  }),
  write(m: Init<UpdateRuntimeConfigRequest>, w: Writer): Writer {
    if (m.runtimeConfig != null) RuntimeConfig.write(m.runtimeConfig, w.uint32(10).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): UpdateRuntimeConfigRequest {
    const end = r.pos + length;
    const m = UpdateRuntimeConfigRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.runtimeConfig = RuntimeConfig.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface UpdateRuntimeConfigResponse {
}
export const UpdateRuntimeConfigResponse: Codec<UpdateRuntimeConfigResponse> = defineCodec<UpdateRuntimeConfigResponse>({
  name: 'runtime.v1.UpdateRuntimeConfigResponse',
  create: (_i?: Init<UpdateRuntimeConfigResponse>): UpdateRuntimeConfigResponse => ({
  }),
  write(_m: Init<UpdateRuntimeConfigResponse>, w: Writer): Writer {
    return w;
  },
  read(r: Reader, length: number): UpdateRuntimeConfigResponse {
    const end = r.pos + length;
    const m = UpdateRuntimeConfigResponse.create();
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

/** RuntimeReady and NetworkReady are the ones that a kubelet requires. */
export interface RuntimeCondition {
  type: string;
  status: boolean;
  reason: string;
  message: string;
}
export const RuntimeCondition: Codec<RuntimeCondition> = defineCodec<RuntimeCondition>({
  name: 'runtime.v1.RuntimeCondition',
  create: (i?: Init<RuntimeCondition>): RuntimeCondition => ({
    type: i?.type ?? '',
    status: i?.status ?? false,
    reason: i?.reason ?? '',
    message: i?.message ?? '',
  }),
  write(m: Init<RuntimeCondition>, w: Writer): Writer {
    if (m.type) w.uint32(10).string(m.type);
    if (m.status) w.uint32(16).bool(m.status);
    if (m.reason) w.uint32(26).string(m.reason);
    if (m.message) w.uint32(34).string(m.message);
    return w;
  },
  read(r: Reader, length: number): RuntimeCondition {
    const end = r.pos + length;
    const m = RuntimeCondition.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.type = r.string();
          break;
        case 16:
          m.status = r.bool();
          break;
        case 26:
          m.reason = r.string();
          break;
        case 34:
          m.message = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** Conditions from which the kubelet derives the node's readiness. */
export interface RuntimeStatus {
  conditions: RuntimeCondition[];
}
export const RuntimeStatus: Codec<RuntimeStatus> = defineCodec<RuntimeStatus>({
  name: 'runtime.v1.RuntimeStatus',
  create: (i?: Init<RuntimeStatus>): RuntimeStatus => ({
    conditions: i?.conditions?.map(RuntimeCondition.create) ?? [],
  }),
  write(m: Init<RuntimeStatus>, w: Writer): Writer {
    if (m.conditions) for (const v of m.conditions) RuntimeCondition.write(v, w.uint32(10).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): RuntimeStatus {
    const end = r.pos + length;
    const m = RuntimeStatus.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.conditions.push(RuntimeCondition.read(r, r.uint32()));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface StatusRequest {
  verbose: boolean;
}
export const StatusRequest: Codec<StatusRequest> = defineCodec<StatusRequest>({
  name: 'runtime.v1.StatusRequest',
  create: (i?: Init<StatusRequest>): StatusRequest => ({
    verbose: i?.verbose ?? false,
  }),
  write(m: Init<StatusRequest>, w: Writer): Writer {
    if (m.verbose) w.uint32(8).bool(m.verbose);
    return w;
  },
  read(r: Reader, length: number): StatusRequest {
    const end = r.pos + length;
    const m = StatusRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.verbose = r.bool();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** Features of a handler on this node. */
export interface RuntimeHandlerFeatures {
  recursiveReadOnlyMounts: boolean;
  userNamespaces: boolean;
}
export const RuntimeHandlerFeatures: Codec<RuntimeHandlerFeatures> = defineCodec<RuntimeHandlerFeatures>({
  name: 'runtime.v1.RuntimeHandlerFeatures',
  create: (i?: Init<RuntimeHandlerFeatures>): RuntimeHandlerFeatures => ({
    recursiveReadOnlyMounts: i?.recursiveReadOnlyMounts ?? false,
    userNamespaces: i?.userNamespaces ?? false,
  }),
  write(m: Init<RuntimeHandlerFeatures>, w: Writer): Writer {
    if (m.recursiveReadOnlyMounts) w.uint32(8).bool(m.recursiveReadOnlyMounts);
    if (m.userNamespaces) w.uint32(16).bool(m.userNamespaces);
    return w;
  },
  read(r: Reader, length: number): RuntimeHandlerFeatures {
    const end = r.pos + length;
    const m = RuntimeHandlerFeatures.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.recursiveReadOnlyMounts = r.bool();
          break;
        case 16:
          m.userNamespaces = r.bool();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** The empty name is the default handler. */
export interface RuntimeHandler {
  name: string;
  features?: RuntimeHandlerFeatures | undefined;
}
export const RuntimeHandler: Codec<RuntimeHandler> = defineCodec<RuntimeHandler>({
  name: 'runtime.v1.RuntimeHandler',
  create: (i?: Init<RuntimeHandler>): RuntimeHandler => ({
    name: i?.name ?? '',
    features: i?.features != null ? RuntimeHandlerFeatures.create(i?.features) : undefined,
  }),
  write(m: Init<RuntimeHandler>, w: Writer): Writer {
    if (m.name) w.uint32(10).string(m.name);
    if (m.features != null) RuntimeHandlerFeatures.write(m.features, w.uint32(18).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): RuntimeHandler {
    const end = r.pos + length;
    const m = RuntimeHandler.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.name = r.string();
          break;
        case 18:
          m.features = RuntimeHandlerFeatures.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** Features of the runtime for every handler. */
export interface RuntimeFeatures {
  supplementalGroupsPolicy: boolean;
  userNamespacesHostNetwork: boolean;
}
export const RuntimeFeatures: Codec<RuntimeFeatures> = defineCodec<RuntimeFeatures>({
  name: 'runtime.v1.RuntimeFeatures',
  create: (i?: Init<RuntimeFeatures>): RuntimeFeatures => ({
    supplementalGroupsPolicy: i?.supplementalGroupsPolicy ?? false,
    userNamespacesHostNetwork: i?.userNamespacesHostNetwork ?? false,
  }),
  write(m: Init<RuntimeFeatures>, w: Writer): Writer {
    if (m.supplementalGroupsPolicy) w.uint32(8).bool(m.supplementalGroupsPolicy);
    if (m.userNamespacesHostNetwork) w.uint32(16).bool(m.userNamespacesHostNetwork);
    return w;
  },
  read(r: Reader, length: number): RuntimeFeatures {
    const end = r.pos + length;
    const m = RuntimeFeatures.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.supplementalGroupsPolicy = r.bool();
          break;
        case 16:
          m.userNamespacesHostNetwork = r.bool();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** `info` is for people, and only filled for verbose requests. */
export interface StatusResponse {
  status?: RuntimeStatus | undefined;
  info: Record<string, string>;
  runtimeHandlers: RuntimeHandler[];
  features?: RuntimeFeatures | undefined;
}
export const StatusResponse: Codec<StatusResponse> = defineCodec<StatusResponse>({
  name: 'runtime.v1.StatusResponse',
  create: (i?: Init<StatusResponse>): StatusResponse => ({
    status: i?.status != null ? RuntimeStatus.create(i?.status) : undefined,
    info: { ...i?.info } as Record<string, string>,
    runtimeHandlers: i?.runtimeHandlers?.map(RuntimeHandler.create) ?? [],
    features: i?.features != null ? RuntimeFeatures.create(i?.features) : undefined,
  }),
  write(m: Init<StatusResponse>, w: Writer): Writer {
    if (m.status != null) RuntimeStatus.write(m.status, w.uint32(10).fork()).ldelim();
    if (m.info) for (const [k, v] of Object.entries(m.info)) {
      if (v === undefined) continue;
      w.uint32(18).fork().uint32(10).string(k);
      w.uint32(18).string(v).ldelim();
    }
    if (m.runtimeHandlers) for (const v of m.runtimeHandlers) RuntimeHandler.write(v, w.uint32(26).fork()).ldelim();
    if (m.features != null) RuntimeFeatures.write(m.features, w.uint32(34).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): StatusResponse {
    const end = r.pos + length;
    const m = StatusResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.status = RuntimeStatus.read(r, r.uint32());
          break;
        case 18:
          readEntry(r, m.info, () => r.string(), '');
          break;
        case 26:
          m.runtimeHandlers.push(RuntimeHandler.read(r, r.uint32()));
          break;
        case 34:
          m.features = RuntimeFeatures.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface ImageFsInfoRequest {
}
export const ImageFsInfoRequest: Codec<ImageFsInfoRequest> = defineCodec<ImageFsInfoRequest>({
  name: 'runtime.v1.ImageFsInfoRequest',
  create: (_i?: Init<ImageFsInfoRequest>): ImageFsInfoRequest => ({
  }),
  write(_m: Init<ImageFsInfoRequest>, w: Writer): Writer {
    return w;
  },
  read(r: Reader, length: number): ImageFsInfoRequest {
    const end = r.pos + length;
    const m = ImageFsInfoRequest.create();
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

export interface UInt64Value {
  value: bigint;
}
export const UInt64Value: Codec<UInt64Value> = defineCodec<UInt64Value>({
  name: 'runtime.v1.UInt64Value',
  create: (i?: Init<UInt64Value>): UInt64Value => ({
    value: i?.value ?? 0n,
  }),
  write(m: Init<UInt64Value>, w: Writer): Writer {
    if (m.value) w.uint32(8).uint64(toULong(m.value));
    return w;
  },
  read(r: Reader, length: number): UInt64Value {
    const end = r.pos + length;
    const m = UInt64Value.create();
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

/** A directory on the file system. */
export interface FilesystemIdentifier {
  mountpoint: string;
}
export const FilesystemIdentifier: Codec<FilesystemIdentifier> = defineCodec<FilesystemIdentifier>({
  name: 'runtime.v1.FilesystemIdentifier',
  create: (i?: Init<FilesystemIdentifier>): FilesystemIdentifier => ({
    mountpoint: i?.mountpoint ?? '',
  }),
  write(m: Init<FilesystemIdentifier>, w: Writer): Writer {
    if (m.mountpoint) w.uint32(10).string(m.mountpoint);
    return w;
  },
  read(r: Reader, length: number): FilesystemIdentifier {
    const end = r.pos + length;
    const m = FilesystemIdentifier.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.mountpoint = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** `timestamp` in nanoseconds since the epoch. */
export interface FilesystemUsage {
  timestamp: bigint;
  fsId?: FilesystemIdentifier | undefined;
  usedBytes?: UInt64Value | undefined;
  inodesUsed?: UInt64Value | undefined;
}
export const FilesystemUsage: Codec<FilesystemUsage> = defineCodec<FilesystemUsage>({
  name: 'runtime.v1.FilesystemUsage',
  create: (i?: Init<FilesystemUsage>): FilesystemUsage => ({
    timestamp: i?.timestamp ?? 0n,
    fsId: i?.fsId != null ? FilesystemIdentifier.create(i?.fsId) : undefined,
    usedBytes: i?.usedBytes != null ? UInt64Value.create(i?.usedBytes) : undefined,
    inodesUsed: i?.inodesUsed != null ? UInt64Value.create(i?.inodesUsed) : undefined,
  }),
  write(m: Init<FilesystemUsage>, w: Writer): Writer {
    if (m.timestamp) w.uint32(8).int64(toLong(m.timestamp));
    if (m.fsId != null) FilesystemIdentifier.write(m.fsId, w.uint32(18).fork()).ldelim();
    if (m.usedBytes != null) UInt64Value.write(m.usedBytes, w.uint32(26).fork()).ldelim();
    if (m.inodesUsed != null) UInt64Value.write(m.inodesUsed, w.uint32(34).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): FilesystemUsage {
    const end = r.pos + length;
    const m = FilesystemUsage.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.timestamp = fromLong(r.int64());
          break;
        case 18:
          m.fsId = FilesystemIdentifier.read(r, r.uint32());
          break;
        case 26:
          m.usedBytes = UInt64Value.read(r, r.uint32());
          break;
        case 34:
          m.inodesUsed = UInt64Value.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface WindowsFilesystemUsage {
  timestamp: bigint;
  fsId?: FilesystemIdentifier | undefined;
  usedBytes?: UInt64Value | undefined;
}
export const WindowsFilesystemUsage: Codec<WindowsFilesystemUsage> = defineCodec<WindowsFilesystemUsage>({
  name: 'runtime.v1.WindowsFilesystemUsage',
  create: (i?: Init<WindowsFilesystemUsage>): WindowsFilesystemUsage => ({
    timestamp: i?.timestamp ?? 0n,
    fsId: i?.fsId != null ? FilesystemIdentifier.create(i?.fsId) : undefined,
    usedBytes: i?.usedBytes != null ? UInt64Value.create(i?.usedBytes) : undefined,
  }),
  write(m: Init<WindowsFilesystemUsage>, w: Writer): Writer {
    if (m.timestamp) w.uint32(8).int64(toLong(m.timestamp));
    if (m.fsId != null) FilesystemIdentifier.write(m.fsId, w.uint32(18).fork()).ldelim();
    if (m.usedBytes != null) UInt64Value.write(m.usedBytes, w.uint32(26).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): WindowsFilesystemUsage {
    const end = r.pos + length;
    const m = WindowsFilesystemUsage.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.timestamp = fromLong(r.int64());
          break;
        case 18:
          m.fsId = FilesystemIdentifier.read(r, r.uint32());
          break;
        case 26:
          m.usedBytes = UInt64Value.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** Space of images, and of containers' writable layers. */
export interface ImageFsInfoResponse {
  imageFilesystems: FilesystemUsage[];
  containerFilesystems: FilesystemUsage[];
}
export const ImageFsInfoResponse: Codec<ImageFsInfoResponse> = defineCodec<ImageFsInfoResponse>({
  name: 'runtime.v1.ImageFsInfoResponse',
  create: (i?: Init<ImageFsInfoResponse>): ImageFsInfoResponse => ({
    imageFilesystems: i?.imageFilesystems?.map(FilesystemUsage.create) ?? [],
    containerFilesystems: i?.containerFilesystems?.map(FilesystemUsage.create) ?? [],
  }),
  write(m: Init<ImageFsInfoResponse>, w: Writer): Writer {
    if (m.imageFilesystems) for (const v of m.imageFilesystems) FilesystemUsage.write(v, w.uint32(10).fork()).ldelim();
    if (m.containerFilesystems) for (const v of m.containerFilesystems) FilesystemUsage.write(v, w.uint32(18).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): ImageFsInfoResponse {
    const end = r.pos + length;
    const m = ImageFsInfoResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.imageFilesystems.push(FilesystemUsage.read(r, r.uint32()));
          break;
        case 18:
          m.containerFilesystems.push(FilesystemUsage.read(r, r.uint32()));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface ContainerStatsRequest {
  containerId: string;
}
export const ContainerStatsRequest: Codec<ContainerStatsRequest> = defineCodec<ContainerStatsRequest>({
  name: 'runtime.v1.ContainerStatsRequest',
  create: (i?: Init<ContainerStatsRequest>): ContainerStatsRequest => ({
    containerId: i?.containerId ?? '',
  }),
  write(m: Init<ContainerStatsRequest>, w: Writer): Writer {
    if (m.containerId) w.uint32(10).string(m.containerId);
    return w;
  },
  read(r: Reader, length: number): ContainerStatsRequest {
    const end = r.pos + length;
    const m = ContainerStatsRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.containerId = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface ContainerStatsResponse {
  stats?: ContainerStats | undefined;
}
export const ContainerStatsResponse: Codec<ContainerStatsResponse> = defineCodec<ContainerStatsResponse>({
  name: 'runtime.v1.ContainerStatsResponse',
  create: (i?: Init<ContainerStatsResponse>): ContainerStatsResponse => ({
    stats: i?.stats != null ? ContainerStats.create(i?.stats) : undefined,
  }),
  write(m: Init<ContainerStatsResponse>, w: Writer): Writer {
    if (m.stats != null) ContainerStats.write(m.stats, w.uint32(10).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): ContainerStatsResponse {
    const end = r.pos + length;
    const m = ContainerStatsResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.stats = ContainerStats.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface ListContainerStatsRequest {
  filter?: ContainerStatsFilter | undefined;
}
export const ListContainerStatsRequest: Codec<ListContainerStatsRequest> = defineCodec<ListContainerStatsRequest>({
  name: 'runtime.v1.ListContainerStatsRequest',
  create: (i?: Init<ListContainerStatsRequest>): ListContainerStatsRequest => ({
    filter: i?.filter != null ? ContainerStatsFilter.create(i?.filter) : undefined,
  }),
  write(m: Init<ListContainerStatsRequest>, w: Writer): Writer {
    if (m.filter != null) ContainerStatsFilter.write(m.filter, w.uint32(10).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): ListContainerStatsRequest {
    const end = r.pos + length;
    const m = ListContainerStatsRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.filter = ContainerStatsFilter.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface ContainerStatsFilter {
  id: string;
  podSandboxId: string;
  labelSelector: Record<string, string>;
}
export const ContainerStatsFilter: Codec<ContainerStatsFilter> = defineCodec<ContainerStatsFilter>({
  name: 'runtime.v1.ContainerStatsFilter',
  create: (i?: Init<ContainerStatsFilter>): ContainerStatsFilter => ({
    id: i?.id ?? '',
    podSandboxId: i?.podSandboxId ?? '',
    labelSelector: { ...i?.labelSelector } as Record<string, string>,
  }),
  write(m: Init<ContainerStatsFilter>, w: Writer): Writer {
    if (m.id) w.uint32(10).string(m.id);
    if (m.podSandboxId) w.uint32(18).string(m.podSandboxId);
    if (m.labelSelector) for (const [k, v] of Object.entries(m.labelSelector)) {
      if (v === undefined) continue;
      w.uint32(26).fork().uint32(10).string(k);
      w.uint32(18).string(v).ldelim();
    }
    return w;
  },
  read(r: Reader, length: number): ContainerStatsFilter {
    const end = r.pos + length;
    const m = ContainerStatsFilter.create();
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
          readEntry(r, m.labelSelector, () => r.string(), '');
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface ListContainerStatsResponse {
  stats: ContainerStats[];
}
export const ListContainerStatsResponse: Codec<ListContainerStatsResponse> = defineCodec<ListContainerStatsResponse>({
  name: 'runtime.v1.ListContainerStatsResponse',
  create: (i?: Init<ListContainerStatsResponse>): ListContainerStatsResponse => ({
    stats: i?.stats?.map(ContainerStats.create) ?? [],
  }),
  write(m: Init<ListContainerStatsResponse>, w: Writer): Writer {
    if (m.stats) for (const v of m.stats) ContainerStats.write(v, w.uint32(10).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): ListContainerStatsResponse {
    const end = r.pos + length;
    const m = ListContainerStatsResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.stats.push(ContainerStats.read(r, r.uint32()));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface StreamContainerStatsRequest {
  filter?: ContainerStatsFilter | undefined;
}
export const StreamContainerStatsRequest: Codec<StreamContainerStatsRequest> = defineCodec<StreamContainerStatsRequest>({
  name: 'runtime.v1.StreamContainerStatsRequest',
  create: (i?: Init<StreamContainerStatsRequest>): StreamContainerStatsRequest => ({
    filter: i?.filter != null ? ContainerStatsFilter.create(i?.filter) : undefined,
  }),
  write(m: Init<StreamContainerStatsRequest>, w: Writer): Writer {
    if (m.filter != null) ContainerStatsFilter.write(m.filter, w.uint32(10).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): StreamContainerStatsRequest {
    const end = r.pos + length;
    const m = StreamContainerStatsRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.filter = ContainerStatsFilter.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface StreamContainerStatsResponse {
  containerStats: ContainerStats[];
}
export const StreamContainerStatsResponse: Codec<StreamContainerStatsResponse> = defineCodec<StreamContainerStatsResponse>({
  name: 'runtime.v1.StreamContainerStatsResponse',
  create: (i?: Init<StreamContainerStatsResponse>): StreamContainerStatsResponse => ({
    containerStats: i?.containerStats?.map(ContainerStats.create) ?? [],
  }),
  write(m: Init<StreamContainerStatsResponse>, w: Writer): Writer {
    if (m.containerStats) for (const v of m.containerStats) ContainerStats.write(v, w.uint32(10).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): StreamContainerStatsResponse {
    const end = r.pos + length;
    const m = StreamContainerStatsResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.containerStats.push(ContainerStats.read(r, r.uint32()));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface ContainerAttributes {
  id: string;
  metadata?: ContainerMetadata | undefined;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}
export const ContainerAttributes: Codec<ContainerAttributes> = defineCodec<ContainerAttributes>({
  name: 'runtime.v1.ContainerAttributes',
  create: (i?: Init<ContainerAttributes>): ContainerAttributes => ({
    id: i?.id ?? '',
    metadata: i?.metadata != null ? ContainerMetadata.create(i?.metadata) : undefined,
    labels: { ...i?.labels } as Record<string, string>,
    annotations: { ...i?.annotations } as Record<string, string>,
  }),
  write(m: Init<ContainerAttributes>, w: Writer): Writer {
    if (m.id) w.uint32(10).string(m.id);
    if (m.metadata != null) ContainerMetadata.write(m.metadata, w.uint32(18).fork()).ldelim();
    if (m.labels) for (const [k, v] of Object.entries(m.labels)) {
      if (v === undefined) continue;
      w.uint32(26).fork().uint32(10).string(k);
      w.uint32(18).string(v).ldelim();
    }
    if (m.annotations) for (const [k, v] of Object.entries(m.annotations)) {
      if (v === undefined) continue;
      w.uint32(34).fork().uint32(10).string(k);
      w.uint32(18).string(v).ldelim();
    }
    return w;
  },
  read(r: Reader, length: number): ContainerAttributes {
    const end = r.pos + length;
    const m = ContainerAttributes.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.id = r.string();
          break;
        case 18:
          m.metadata = ContainerMetadata.read(r, r.uint32());
          break;
        case 26:
          readEntry(r, m.labels, () => r.string(), '');
          break;
        case 34:
          readEntry(r, m.annotations, () => r.string(), '');
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** `attributes` name the container; an absent figure is not known. */
export interface ContainerStats {
  attributes?: ContainerAttributes | undefined;
  cpu?: CpuUsage | undefined;
  memory?: MemoryUsage | undefined;
  writableLayer?: FilesystemUsage | undefined;
  swap?: SwapUsage | undefined;
  io?: IoUsage | undefined;
}
export const ContainerStats: Codec<ContainerStats> = defineCodec<ContainerStats>({
  name: 'runtime.v1.ContainerStats',
  create: (i?: Init<ContainerStats>): ContainerStats => ({
    attributes: i?.attributes != null ? ContainerAttributes.create(i?.attributes) : undefined,
    cpu: i?.cpu != null ? CpuUsage.create(i?.cpu) : undefined,
    memory: i?.memory != null ? MemoryUsage.create(i?.memory) : undefined,
    writableLayer: i?.writableLayer != null ? FilesystemUsage.create(i?.writableLayer) : undefined,
    swap: i?.swap != null ? SwapUsage.create(i?.swap) : undefined,
    io: i?.io != null ? IoUsage.create(i?.io) : undefined,
  }),
  write(m: Init<ContainerStats>, w: Writer): Writer {
    if (m.attributes != null) ContainerAttributes.write(m.attributes, w.uint32(10).fork()).ldelim();
    if (m.cpu != null) CpuUsage.write(m.cpu, w.uint32(18).fork()).ldelim();
    if (m.memory != null) MemoryUsage.write(m.memory, w.uint32(26).fork()).ldelim();
    if (m.writableLayer != null) FilesystemUsage.write(m.writableLayer, w.uint32(34).fork()).ldelim();
    if (m.swap != null) SwapUsage.write(m.swap, w.uint32(42).fork()).ldelim();
    if (m.io != null) IoUsage.write(m.io, w.uint32(50).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): ContainerStats {
    const end = r.pos + length;
    const m = ContainerStats.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.attributes = ContainerAttributes.read(r, r.uint32());
          break;
        case 18:
          m.cpu = CpuUsage.read(r, r.uint32());
          break;
        case 26:
          m.memory = MemoryUsage.read(r, r.uint32());
          break;
        case 34:
          m.writableLayer = FilesystemUsage.read(r, r.uint32());
          break;
        case 42:
          m.swap = SwapUsage.read(r, r.uint32());
          break;
        case 50:
          m.io = IoUsage.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface WindowsContainerStats {
  attributes?: ContainerAttributes | undefined;
  cpu?: WindowsCpuUsage | undefined;
  memory?: WindowsMemoryUsage | undefined;
  writableLayer?: WindowsFilesystemUsage | undefined;
}
export const WindowsContainerStats: Codec<WindowsContainerStats> = defineCodec<WindowsContainerStats>({
  name: 'runtime.v1.WindowsContainerStats',
  create: (i?: Init<WindowsContainerStats>): WindowsContainerStats => ({
    attributes: i?.attributes != null ? ContainerAttributes.create(i?.attributes) : undefined,
    cpu: i?.cpu != null ? WindowsCpuUsage.create(i?.cpu) : undefined,
    memory: i?.memory != null ? WindowsMemoryUsage.create(i?.memory) : undefined,
    writableLayer: i?.writableLayer != null ? WindowsFilesystemUsage.create(i?.writableLayer) : undefined,
  }),
  write(m: Init<WindowsContainerStats>, w: Writer): Writer {
    if (m.attributes != null) ContainerAttributes.write(m.attributes, w.uint32(10).fork()).ldelim();
    if (m.cpu != null) WindowsCpuUsage.write(m.cpu, w.uint32(18).fork()).ldelim();
    if (m.memory != null) WindowsMemoryUsage.write(m.memory, w.uint32(26).fork()).ldelim();
    if (m.writableLayer != null) WindowsFilesystemUsage.write(m.writableLayer, w.uint32(34).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): WindowsContainerStats {
    const end = r.pos + length;
    const m = WindowsContainerStats.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.attributes = ContainerAttributes.read(r, r.uint32());
          break;
        case 18:
          m.cpu = WindowsCpuUsage.read(r, r.uint32());
          break;
        case 26:
          m.memory = WindowsMemoryUsage.read(r, r.uint32());
          break;
        case 34:
          m.writableLayer = WindowsFilesystemUsage.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface PsiStats {
  Full?: PsiData | undefined;
  Some?: PsiData | undefined;
}
export const PsiStats: Codec<PsiStats> = defineCodec<PsiStats>({
  name: 'runtime.v1.PsiStats',
  create: (i?: Init<PsiStats>): PsiStats => ({
    Full: i?.Full != null ? PsiData.create(i?.Full) : undefined,
    Some: i?.Some != null ? PsiData.create(i?.Some) : undefined,
  }),
  write(m: Init<PsiStats>, w: Writer): Writer {
    if (m.Full != null) PsiData.write(m.Full, w.uint32(10).fork()).ldelim();
    if (m.Some != null) PsiData.write(m.Some, w.uint32(18).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): PsiStats {
    const end = r.pos + length;
    const m = PsiStats.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.Full = PsiData.read(r, r.uint32());
          break;
        case 18:
          m.Some = PsiData.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface PsiData {
  Total: bigint;
  Avg10: number;
  Avg60: number;
  Avg300: number;
}
export const PsiData: Codec<PsiData> = defineCodec<PsiData>({
  name: 'runtime.v1.PsiData',
  create: (i?: Init<PsiData>): PsiData => ({
    Total: i?.Total ?? 0n,
    Avg10: i?.Avg10 ?? 0,
    Avg60: i?.Avg60 ?? 0,
    Avg300: i?.Avg300 ?? 0,
  }),
  write(m: Init<PsiData>, w: Writer): Writer {
    if (m.Total) w.uint32(8).uint64(toULong(m.Total));
    if (m.Avg10) w.uint32(17).double(m.Avg10);
    if (m.Avg60) w.uint32(25).double(m.Avg60);
    if (m.Avg300) w.uint32(33).double(m.Avg300);
    return w;
  },
  read(r: Reader, length: number): PsiData {
    const end = r.pos + length;
    const m = PsiData.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.Total = fromULong(r.uint64());
          break;
        case 17:
          m.Avg10 = r.double();
          break;
        case 25:
          m.Avg60 = r.double();
          break;
        case 33:
          m.Avg300 = r.double();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** `usage_core_nano_seconds` only grows; `usage_nano_cores` is its rate. */
export interface CpuUsage {
  timestamp: bigint;
  usageCoreNanoSeconds?: UInt64Value | undefined;
  usageNanoCores?: UInt64Value | undefined;
  psi?: PsiStats | undefined;
}
export const CpuUsage: Codec<CpuUsage> = defineCodec<CpuUsage>({
  name: 'runtime.v1.CpuUsage',
  create: (i?: Init<CpuUsage>): CpuUsage => ({
    timestamp: i?.timestamp ?? 0n,
    usageCoreNanoSeconds: i?.usageCoreNanoSeconds != null ? UInt64Value.create(i?.usageCoreNanoSeconds) : undefined,
    usageNanoCores: i?.usageNanoCores != null ? UInt64Value.create(i?.usageNanoCores) : undefined,
    psi: i?.psi != null ? PsiStats.create(i?.psi) : undefined,
  }),
  write(m: Init<CpuUsage>, w: Writer): Writer {
    if (m.timestamp) w.uint32(8).int64(toLong(m.timestamp));
    if (m.usageCoreNanoSeconds != null) UInt64Value.write(m.usageCoreNanoSeconds, w.uint32(18).fork()).ldelim();
    if (m.usageNanoCores != null) UInt64Value.write(m.usageNanoCores, w.uint32(26).fork()).ldelim();
    if (m.psi != null) PsiStats.write(m.psi, w.uint32(34).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): CpuUsage {
    const end = r.pos + length;
    const m = CpuUsage.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.timestamp = fromLong(r.int64());
          break;
        case 18:
          m.usageCoreNanoSeconds = UInt64Value.read(r, r.uint32());
          break;
        case 26:
          m.usageNanoCores = UInt64Value.read(r, r.uint32());
          break;
        case 34:
          m.psi = PsiStats.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface WindowsCpuUsage {
  timestamp: bigint;
  usageCoreNanoSeconds?: UInt64Value | undefined;
  usageNanoCores?: UInt64Value | undefined;
}
export const WindowsCpuUsage: Codec<WindowsCpuUsage> = defineCodec<WindowsCpuUsage>({
  name: 'runtime.v1.WindowsCpuUsage',
  create: (i?: Init<WindowsCpuUsage>): WindowsCpuUsage => ({
    timestamp: i?.timestamp ?? 0n,
    usageCoreNanoSeconds: i?.usageCoreNanoSeconds != null ? UInt64Value.create(i?.usageCoreNanoSeconds) : undefined,
    usageNanoCores: i?.usageNanoCores != null ? UInt64Value.create(i?.usageNanoCores) : undefined,
  }),
  write(m: Init<WindowsCpuUsage>, w: Writer): Writer {
    if (m.timestamp) w.uint32(8).int64(toLong(m.timestamp));
    if (m.usageCoreNanoSeconds != null) UInt64Value.write(m.usageCoreNanoSeconds, w.uint32(18).fork()).ldelim();
    if (m.usageNanoCores != null) UInt64Value.write(m.usageNanoCores, w.uint32(26).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): WindowsCpuUsage {
    const end = r.pos + length;
    const m = WindowsCpuUsage.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.timestamp = fromLong(r.int64());
          break;
        case 18:
          m.usageCoreNanoSeconds = UInt64Value.read(r, r.uint32());
          break;
        case 26:
          m.usageNanoCores = UInt64Value.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** `working_set_bytes` is usage without memory that the kernel can drop immediately. */
export interface MemoryUsage {
  timestamp: bigint;
  workingSetBytes?: UInt64Value | undefined;
  availableBytes?: UInt64Value | undefined;
  usageBytes?: UInt64Value | undefined;
  rssBytes?: UInt64Value | undefined;
  pageFaults?: UInt64Value | undefined;
  majorPageFaults?: UInt64Value | undefined;
  psi?: PsiStats | undefined;
}
export const MemoryUsage: Codec<MemoryUsage> = defineCodec<MemoryUsage>({
  name: 'runtime.v1.MemoryUsage',
  create: (i?: Init<MemoryUsage>): MemoryUsage => ({
    timestamp: i?.timestamp ?? 0n,
    workingSetBytes: i?.workingSetBytes != null ? UInt64Value.create(i?.workingSetBytes) : undefined,
    availableBytes: i?.availableBytes != null ? UInt64Value.create(i?.availableBytes) : undefined,
    usageBytes: i?.usageBytes != null ? UInt64Value.create(i?.usageBytes) : undefined,
    rssBytes: i?.rssBytes != null ? UInt64Value.create(i?.rssBytes) : undefined,
    pageFaults: i?.pageFaults != null ? UInt64Value.create(i?.pageFaults) : undefined,
    majorPageFaults: i?.majorPageFaults != null ? UInt64Value.create(i?.majorPageFaults) : undefined,
    psi: i?.psi != null ? PsiStats.create(i?.psi) : undefined,
  }),
  write(m: Init<MemoryUsage>, w: Writer): Writer {
    if (m.timestamp) w.uint32(8).int64(toLong(m.timestamp));
    if (m.workingSetBytes != null) UInt64Value.write(m.workingSetBytes, w.uint32(18).fork()).ldelim();
    if (m.availableBytes != null) UInt64Value.write(m.availableBytes, w.uint32(26).fork()).ldelim();
    if (m.usageBytes != null) UInt64Value.write(m.usageBytes, w.uint32(34).fork()).ldelim();
    if (m.rssBytes != null) UInt64Value.write(m.rssBytes, w.uint32(42).fork()).ldelim();
    if (m.pageFaults != null) UInt64Value.write(m.pageFaults, w.uint32(50).fork()).ldelim();
    if (m.majorPageFaults != null) UInt64Value.write(m.majorPageFaults, w.uint32(58).fork()).ldelim();
    if (m.psi != null) PsiStats.write(m.psi, w.uint32(66).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): MemoryUsage {
    const end = r.pos + length;
    const m = MemoryUsage.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.timestamp = fromLong(r.int64());
          break;
        case 18:
          m.workingSetBytes = UInt64Value.read(r, r.uint32());
          break;
        case 26:
          m.availableBytes = UInt64Value.read(r, r.uint32());
          break;
        case 34:
          m.usageBytes = UInt64Value.read(r, r.uint32());
          break;
        case 42:
          m.rssBytes = UInt64Value.read(r, r.uint32());
          break;
        case 50:
          m.pageFaults = UInt64Value.read(r, r.uint32());
          break;
        case 58:
          m.majorPageFaults = UInt64Value.read(r, r.uint32());
          break;
        case 66:
          m.psi = PsiStats.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface IoUsage {
  timestamp: bigint;
  psi?: PsiStats | undefined;
}
export const IoUsage: Codec<IoUsage> = defineCodec<IoUsage>({
  name: 'runtime.v1.IoUsage',
  create: (i?: Init<IoUsage>): IoUsage => ({
    timestamp: i?.timestamp ?? 0n,
    psi: i?.psi != null ? PsiStats.create(i?.psi) : undefined,
  }),
  write(m: Init<IoUsage>, w: Writer): Writer {
    if (m.timestamp) w.uint32(8).int64(toLong(m.timestamp));
    if (m.psi != null) PsiStats.write(m.psi, w.uint32(18).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): IoUsage {
    const end = r.pos + length;
    const m = IoUsage.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.timestamp = fromLong(r.int64());
          break;
        case 18:
          m.psi = PsiStats.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface SwapUsage {
  timestamp: bigint;
  swapAvailableBytes?: UInt64Value | undefined;
  swapUsageBytes?: UInt64Value | undefined;
}
export const SwapUsage: Codec<SwapUsage> = defineCodec<SwapUsage>({
  name: 'runtime.v1.SwapUsage',
  create: (i?: Init<SwapUsage>): SwapUsage => ({
    timestamp: i?.timestamp ?? 0n,
    swapAvailableBytes: i?.swapAvailableBytes != null ? UInt64Value.create(i?.swapAvailableBytes) : undefined,
    swapUsageBytes: i?.swapUsageBytes != null ? UInt64Value.create(i?.swapUsageBytes) : undefined,
  }),
  write(m: Init<SwapUsage>, w: Writer): Writer {
    if (m.timestamp) w.uint32(8).int64(toLong(m.timestamp));
    if (m.swapAvailableBytes != null) UInt64Value.write(m.swapAvailableBytes, w.uint32(18).fork()).ldelim();
    if (m.swapUsageBytes != null) UInt64Value.write(m.swapUsageBytes, w.uint32(26).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): SwapUsage {
    const end = r.pos + length;
    const m = SwapUsage.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.timestamp = fromLong(r.int64());
          break;
        case 18:
          m.swapAvailableBytes = UInt64Value.read(r, r.uint32());
          break;
        case 26:
          m.swapUsageBytes = UInt64Value.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface WindowsMemoryUsage {
  timestamp: bigint;
  workingSetBytes?: UInt64Value | undefined;
  availableBytes?: UInt64Value | undefined;
  pageFaults?: UInt64Value | undefined;
  commitMemoryBytes?: UInt64Value | undefined;
}
export const WindowsMemoryUsage: Codec<WindowsMemoryUsage> = defineCodec<WindowsMemoryUsage>({
  name: 'runtime.v1.WindowsMemoryUsage',
  create: (i?: Init<WindowsMemoryUsage>): WindowsMemoryUsage => ({
    timestamp: i?.timestamp ?? 0n,
    workingSetBytes: i?.workingSetBytes != null ? UInt64Value.create(i?.workingSetBytes) : undefined,
    availableBytes: i?.availableBytes != null ? UInt64Value.create(i?.availableBytes) : undefined,
    pageFaults: i?.pageFaults != null ? UInt64Value.create(i?.pageFaults) : undefined,
    commitMemoryBytes: i?.commitMemoryBytes != null ? UInt64Value.create(i?.commitMemoryBytes) : undefined,
  }),
  write(m: Init<WindowsMemoryUsage>, w: Writer): Writer {
    if (m.timestamp) w.uint32(8).int64(toLong(m.timestamp));
    if (m.workingSetBytes != null) UInt64Value.write(m.workingSetBytes, w.uint32(18).fork()).ldelim();
    if (m.availableBytes != null) UInt64Value.write(m.availableBytes, w.uint32(26).fork()).ldelim();
    if (m.pageFaults != null) UInt64Value.write(m.pageFaults, w.uint32(34).fork()).ldelim();
    if (m.commitMemoryBytes != null) UInt64Value.write(m.commitMemoryBytes, w.uint32(42).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): WindowsMemoryUsage {
    const end = r.pos + length;
    const m = WindowsMemoryUsage.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.timestamp = fromLong(r.int64());
          break;
        case 18:
          m.workingSetBytes = UInt64Value.read(r, r.uint32());
          break;
        case 26:
          m.availableBytes = UInt64Value.read(r, r.uint32());
          break;
        case 34:
          m.pageFaults = UInt64Value.read(r, r.uint32());
          break;
        case 42:
          m.commitMemoryBytes = UInt64Value.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface ReopenContainerLogRequest {
  containerId: string;
}
export const ReopenContainerLogRequest: Codec<ReopenContainerLogRequest> = defineCodec<ReopenContainerLogRequest>({
  name: 'runtime.v1.ReopenContainerLogRequest',
  create: (i?: Init<ReopenContainerLogRequest>): ReopenContainerLogRequest => ({
    containerId: i?.containerId ?? '',
  }),
  write(m: Init<ReopenContainerLogRequest>, w: Writer): Writer {
    if (m.containerId) w.uint32(10).string(m.containerId);
    return w;
  },
  read(r: Reader, length: number): ReopenContainerLogRequest {
    const end = r.pos + length;
    const m = ReopenContainerLogRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.containerId = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface ReopenContainerLogResponse {
}
export const ReopenContainerLogResponse: Codec<ReopenContainerLogResponse> = defineCodec<ReopenContainerLogResponse>({
  name: 'runtime.v1.ReopenContainerLogResponse',
  create: (_i?: Init<ReopenContainerLogResponse>): ReopenContainerLogResponse => ({
  }),
  write(_m: Init<ReopenContainerLogResponse>, w: Writer): Writer {
    return w;
  },
  read(r: Reader, length: number): ReopenContainerLogResponse {
    const end = r.pos + length;
    const m = ReopenContainerLogResponse.create();
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

/** `location` is the archive to write; `timeout` in seconds. */
export interface CheckpointContainerRequest {
  containerId: string;
  location: string;
  timeout: bigint;
}
export const CheckpointContainerRequest: Codec<CheckpointContainerRequest> = defineCodec<CheckpointContainerRequest>({
  name: 'runtime.v1.CheckpointContainerRequest',
  create: (i?: Init<CheckpointContainerRequest>): CheckpointContainerRequest => ({
    containerId: i?.containerId ?? '',
    location: i?.location ?? '',
    timeout: i?.timeout ?? 0n,
  }),
  write(m: Init<CheckpointContainerRequest>, w: Writer): Writer {
    if (m.containerId) w.uint32(10).string(m.containerId);
    if (m.location) w.uint32(18).string(m.location);
    if (m.timeout) w.uint32(24).int64(toLong(m.timeout));
    return w;
  },
  read(r: Reader, length: number): CheckpointContainerRequest {
    const end = r.pos + length;
    const m = CheckpointContainerRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.containerId = r.string();
          break;
        case 18:
          m.location = r.string();
          break;
        case 24:
          m.timeout = fromLong(r.int64());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface CheckpointContainerResponse {
}
export const CheckpointContainerResponse: Codec<CheckpointContainerResponse> = defineCodec<CheckpointContainerResponse>({
  name: 'runtime.v1.CheckpointContainerResponse',
  create: (_i?: Init<CheckpointContainerResponse>): CheckpointContainerResponse => ({
  }),
  write(_m: Init<CheckpointContainerResponse>, w: Writer): Writer {
    return w;
  },
  read(r: Reader, length: number): CheckpointContainerResponse {
    const end = r.pos + length;
    const m = CheckpointContainerResponse.create();
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

export interface GetEventsRequest {
}
export const GetEventsRequest: Codec<GetEventsRequest> = defineCodec<GetEventsRequest>({
  name: 'runtime.v1.GetEventsRequest',
  create: (_i?: Init<GetEventsRequest>): GetEventsRequest => ({
  }),
  write(_m: Init<GetEventsRequest>, w: Writer): Writer {
    return w;
  },
  read(r: Reader, length: number): GetEventsRequest {
    const end = r.pos + length;
    const m = GetEventsRequest.create();
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

/** `created_at` in nanoseconds. The statuses are as they were at the event. */
export interface ContainerEventResponse {
  containerId: string;
  containerEventType: ContainerEventType;
  createdAt: bigint;
  podSandboxStatus?: PodSandboxStatus | undefined;
  containersStatuses: ContainerStatus[];
}
export const ContainerEventResponse: Codec<ContainerEventResponse> = defineCodec<ContainerEventResponse>({
  name: 'runtime.v1.ContainerEventResponse',
  create: (i?: Init<ContainerEventResponse>): ContainerEventResponse => ({
    containerId: i?.containerId ?? '',
    containerEventType: i?.containerEventType ?? 0,
    createdAt: i?.createdAt ?? 0n,
    podSandboxStatus: i?.podSandboxStatus != null ? PodSandboxStatus.create(i?.podSandboxStatus) : undefined,
    containersStatuses: i?.containersStatuses?.map(ContainerStatus.create) ?? [],
  }),
  write(m: Init<ContainerEventResponse>, w: Writer): Writer {
    if (m.containerId) w.uint32(10).string(m.containerId);
    if (m.containerEventType) w.uint32(16).int32(m.containerEventType);
    if (m.createdAt) w.uint32(24).int64(toLong(m.createdAt));
    if (m.podSandboxStatus != null) PodSandboxStatus.write(m.podSandboxStatus, w.uint32(34).fork()).ldelim();
    if (m.containersStatuses) for (const v of m.containersStatuses) ContainerStatus.write(v, w.uint32(42).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): ContainerEventResponse {
    const end = r.pos + length;
    const m = ContainerEventResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.containerId = r.string();
          break;
        case 16:
          m.containerEventType = r.int32() as ContainerEventType;
          break;
        case 24:
          m.createdAt = fromLong(r.int64());
          break;
        case 34:
          m.podSandboxStatus = PodSandboxStatus.read(r, r.uint32());
          break;
        case 42:
          m.containersStatuses.push(ContainerStatus.read(r, r.uint32()));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface ListMetricDescriptorsRequest {
}
export const ListMetricDescriptorsRequest: Codec<ListMetricDescriptorsRequest> = defineCodec<ListMetricDescriptorsRequest>({
  name: 'runtime.v1.ListMetricDescriptorsRequest',
  create: (_i?: Init<ListMetricDescriptorsRequest>): ListMetricDescriptorsRequest => ({
  }),
  write(_m: Init<ListMetricDescriptorsRequest>, w: Writer): Writer {
    return w;
  },
  read(r: Reader, length: number): ListMetricDescriptorsRequest {
    const end = r.pos + length;
    const m = ListMetricDescriptorsRequest.create();
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

export interface ListMetricDescriptorsResponse {
  descriptors: MetricDescriptor[];
}
export const ListMetricDescriptorsResponse: Codec<ListMetricDescriptorsResponse> = defineCodec<ListMetricDescriptorsResponse>({
  name: 'runtime.v1.ListMetricDescriptorsResponse',
  create: (i?: Init<ListMetricDescriptorsResponse>): ListMetricDescriptorsResponse => ({
    descriptors: i?.descriptors?.map(MetricDescriptor.create) ?? [],
  }),
  write(m: Init<ListMetricDescriptorsResponse>, w: Writer): Writer {
    if (m.descriptors) for (const v of m.descriptors) MetricDescriptor.write(v, w.uint32(10).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): ListMetricDescriptorsResponse {
    const end = r.pos + length;
    const m = ListMetricDescriptorsResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.descriptors.push(MetricDescriptor.read(r, r.uint32()));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** A metric's name, help and label keys; its values come in the same order of labels. */
export interface MetricDescriptor {
  name: string;
  help: string;
  labelKeys: string[];
}
export const MetricDescriptor: Codec<MetricDescriptor> = defineCodec<MetricDescriptor>({
  name: 'runtime.v1.MetricDescriptor',
  create: (i?: Init<MetricDescriptor>): MetricDescriptor => ({
    name: i?.name ?? '',
    help: i?.help ?? '',
    labelKeys: [...(i?.labelKeys ?? [])],
  }),
  write(m: Init<MetricDescriptor>, w: Writer): Writer {
    if (m.name) w.uint32(10).string(m.name);
    if (m.help) w.uint32(18).string(m.help);
    if (m.labelKeys) for (const v of m.labelKeys) w.uint32(26).string(v);
    return w;
  },
  read(r: Reader, length: number): MetricDescriptor {
    const end = r.pos + length;
    const m = MetricDescriptor.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.name = r.string();
          break;
        case 18:
          m.help = r.string();
          break;
        case 26:
          m.labelKeys.push(r.string());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface ListPodSandboxMetricsRequest {
}
export const ListPodSandboxMetricsRequest: Codec<ListPodSandboxMetricsRequest> = defineCodec<ListPodSandboxMetricsRequest>({
  name: 'runtime.v1.ListPodSandboxMetricsRequest',
  create: (_i?: Init<ListPodSandboxMetricsRequest>): ListPodSandboxMetricsRequest => ({
  }),
  write(_m: Init<ListPodSandboxMetricsRequest>, w: Writer): Writer {
    return w;
  },
  read(r: Reader, length: number): ListPodSandboxMetricsRequest {
    const end = r.pos + length;
    const m = ListPodSandboxMetricsRequest.create();
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

export interface ListPodSandboxMetricsResponse {
  podMetrics: PodSandboxMetrics[];
}
export const ListPodSandboxMetricsResponse: Codec<ListPodSandboxMetricsResponse> = defineCodec<ListPodSandboxMetricsResponse>({
  name: 'runtime.v1.ListPodSandboxMetricsResponse',
  create: (i?: Init<ListPodSandboxMetricsResponse>): ListPodSandboxMetricsResponse => ({
    podMetrics: i?.podMetrics?.map(PodSandboxMetrics.create) ?? [],
  }),
  write(m: Init<ListPodSandboxMetricsResponse>, w: Writer): Writer {
    if (m.podMetrics) for (const v of m.podMetrics) PodSandboxMetrics.write(v, w.uint32(10).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): ListPodSandboxMetricsResponse {
    const end = r.pos + length;
    const m = ListPodSandboxMetricsResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.podMetrics.push(PodSandboxMetrics.read(r, r.uint32()));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface StreamPodSandboxMetricsRequest {
}
export const StreamPodSandboxMetricsRequest: Codec<StreamPodSandboxMetricsRequest> = defineCodec<StreamPodSandboxMetricsRequest>({
  name: 'runtime.v1.StreamPodSandboxMetricsRequest',
  create: (_i?: Init<StreamPodSandboxMetricsRequest>): StreamPodSandboxMetricsRequest => ({
  }),
  write(_m: Init<StreamPodSandboxMetricsRequest>, w: Writer): Writer {
    return w;
  },
  read(r: Reader, length: number): StreamPodSandboxMetricsRequest {
    const end = r.pos + length;
    const m = StreamPodSandboxMetricsRequest.create();
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

export interface StreamPodSandboxMetricsResponse {
  podSandboxMetrics: PodSandboxMetrics[];
}
export const StreamPodSandboxMetricsResponse: Codec<StreamPodSandboxMetricsResponse> = defineCodec<StreamPodSandboxMetricsResponse>({
  name: 'runtime.v1.StreamPodSandboxMetricsResponse',
  create: (i?: Init<StreamPodSandboxMetricsResponse>): StreamPodSandboxMetricsResponse => ({
    podSandboxMetrics: i?.podSandboxMetrics?.map(PodSandboxMetrics.create) ?? [],
  }),
  write(m: Init<StreamPodSandboxMetricsResponse>, w: Writer): Writer {
    if (m.podSandboxMetrics) for (const v of m.podSandboxMetrics) PodSandboxMetrics.write(v, w.uint32(10).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): StreamPodSandboxMetricsResponse {
    const end = r.pos + length;
    const m = StreamPodSandboxMetricsResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.podSandboxMetrics.push(PodSandboxMetrics.read(r, r.uint32()));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface PodSandboxMetrics {
  podSandboxId: string;
  metrics: Metric[];
  containerMetrics: ContainerMetrics[];
}
export const PodSandboxMetrics: Codec<PodSandboxMetrics> = defineCodec<PodSandboxMetrics>({
  name: 'runtime.v1.PodSandboxMetrics',
  create: (i?: Init<PodSandboxMetrics>): PodSandboxMetrics => ({
    podSandboxId: i?.podSandboxId ?? '',
    metrics: i?.metrics?.map(Metric.create) ?? [],
    containerMetrics: i?.containerMetrics?.map(ContainerMetrics.create) ?? [],
  }),
  write(m: Init<PodSandboxMetrics>, w: Writer): Writer {
    if (m.podSandboxId) w.uint32(10).string(m.podSandboxId);
    if (m.metrics) for (const v of m.metrics) Metric.write(v, w.uint32(18).fork()).ldelim();
    if (m.containerMetrics) for (const v of m.containerMetrics) ContainerMetrics.write(v, w.uint32(26).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): PodSandboxMetrics {
    const end = r.pos + length;
    const m = PodSandboxMetrics.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.podSandboxId = r.string();
          break;
        case 18:
          m.metrics.push(Metric.read(r, r.uint32()));
          break;
        case 26:
          m.containerMetrics.push(ContainerMetrics.read(r, r.uint32()));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface ContainerMetrics {
  containerId: string;
  metrics: Metric[];
}
export const ContainerMetrics: Codec<ContainerMetrics> = defineCodec<ContainerMetrics>({
  name: 'runtime.v1.ContainerMetrics',
  create: (i?: Init<ContainerMetrics>): ContainerMetrics => ({
    containerId: i?.containerId ?? '',
    metrics: i?.metrics?.map(Metric.create) ?? [],
  }),
  write(m: Init<ContainerMetrics>, w: Writer): Writer {
    if (m.containerId) w.uint32(10).string(m.containerId);
    if (m.metrics) for (const v of m.metrics) Metric.write(v, w.uint32(18).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): ContainerMetrics {
    const end = r.pos + length;
    const m = ContainerMetrics.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.containerId = r.string();
          break;
        case 18:
          m.metrics.push(Metric.read(r, r.uint32()));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** A zero `timestamp` means now. */
export interface Metric {
  name: string;
  timestamp: bigint;
  metricType: MetricType;
  labelValues: string[];
  value?: UInt64Value | undefined;
}
export const Metric: Codec<Metric> = defineCodec<Metric>({
  name: 'runtime.v1.Metric',
  create: (i?: Init<Metric>): Metric => ({
    name: i?.name ?? '',
    timestamp: i?.timestamp ?? 0n,
    metricType: i?.metricType ?? 0,
    labelValues: [...(i?.labelValues ?? [])],
    value: i?.value != null ? UInt64Value.create(i?.value) : undefined,
  }),
  write(m: Init<Metric>, w: Writer): Writer {
    if (m.name) w.uint32(10).string(m.name);
    if (m.timestamp) w.uint32(16).int64(toLong(m.timestamp));
    if (m.metricType) w.uint32(24).int32(m.metricType);
    if (m.labelValues) for (const v of m.labelValues) w.uint32(34).string(v);
    if (m.value != null) UInt64Value.write(m.value, w.uint32(42).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): Metric {
    const end = r.pos + length;
    const m = Metric.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.name = r.string();
          break;
        case 16:
          m.timestamp = fromLong(r.int64());
          break;
        case 24:
          m.metricType = r.int32() as MetricType;
          break;
        case 34:
          m.labelValues.push(r.string());
          break;
        case 42:
          m.value = UInt64Value.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface RuntimeConfigRequest {
}
export const RuntimeConfigRequest: Codec<RuntimeConfigRequest> = defineCodec<RuntimeConfigRequest>({
  name: 'runtime.v1.RuntimeConfigRequest',
  create: (_i?: Init<RuntimeConfigRequest>): RuntimeConfigRequest => ({
  }),
  write(_m: Init<RuntimeConfigRequest>, w: Writer): Writer {
    return w;
  },
  read(r: Reader, length: number): RuntimeConfigRequest {
    const end = r.pos + length;
    const m = RuntimeConfigRequest.create();
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

export interface RuntimeConfigResponse {
  linux?: LinuxRuntimeConfiguration | undefined;
}
export const RuntimeConfigResponse: Codec<RuntimeConfigResponse> = defineCodec<RuntimeConfigResponse>({
  name: 'runtime.v1.RuntimeConfigResponse',
  create: (i?: Init<RuntimeConfigResponse>): RuntimeConfigResponse => ({
    linux: i?.linux != null ? LinuxRuntimeConfiguration.create(i?.linux) : undefined,
  }),
  write(m: Init<RuntimeConfigResponse>, w: Writer): Writer {
    if (m.linux != null) LinuxRuntimeConfiguration.write(m.linux, w.uint32(10).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): RuntimeConfigResponse {
    const end = r.pos + length;
    const m = RuntimeConfigResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.linux = LinuxRuntimeConfiguration.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** The cgroup driver that the kubelet must use as well. */
export interface LinuxRuntimeConfiguration {
  cgroupDriver: CgroupDriver;
}
export const LinuxRuntimeConfiguration: Codec<LinuxRuntimeConfiguration> = defineCodec<LinuxRuntimeConfiguration>({
  name: 'runtime.v1.LinuxRuntimeConfiguration',
  create: (i?: Init<LinuxRuntimeConfiguration>): LinuxRuntimeConfiguration => ({
    cgroupDriver: i?.cgroupDriver ?? 0,
  }),
  write(m: Init<LinuxRuntimeConfiguration>, w: Writer): Writer {
    if (m.cgroupDriver) w.uint32(8).int32(m.cgroupDriver);
    return w;
  },
  read(r: Reader, length: number): LinuxRuntimeConfiguration {
    const end = r.pos + length;
    const m = LinuxRuntimeConfiguration.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.cgroupDriver = r.int32() as CgroupDriver;
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface UpdatePodSandboxResourcesRequest {
  podSandboxId: string;
  overhead?: LinuxContainerResources | undefined;
  resources?: LinuxContainerResources | undefined;
}
export const UpdatePodSandboxResourcesRequest: Codec<UpdatePodSandboxResourcesRequest> = defineCodec<UpdatePodSandboxResourcesRequest>({
  name: 'runtime.v1.UpdatePodSandboxResourcesRequest',
  create: (i?: Init<UpdatePodSandboxResourcesRequest>): UpdatePodSandboxResourcesRequest => ({
    podSandboxId: i?.podSandboxId ?? '',
    overhead: i?.overhead != null ? LinuxContainerResources.create(i?.overhead) : undefined,
    resources: i?.resources != null ? LinuxContainerResources.create(i?.resources) : undefined,
  }),
  write(m: Init<UpdatePodSandboxResourcesRequest>, w: Writer): Writer {
    if (m.podSandboxId) w.uint32(10).string(m.podSandboxId);
    if (m.overhead != null) LinuxContainerResources.write(m.overhead, w.uint32(18).fork()).ldelim();
    if (m.resources != null) LinuxContainerResources.write(m.resources, w.uint32(26).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): UpdatePodSandboxResourcesRequest {
    const end = r.pos + length;
    const m = UpdatePodSandboxResourcesRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.podSandboxId = r.string();
          break;
        case 18:
          m.overhead = LinuxContainerResources.read(r, r.uint32());
          break;
        case 26:
          m.resources = LinuxContainerResources.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface UpdatePodSandboxResourcesResponse {
}
export const UpdatePodSandboxResourcesResponse: Codec<UpdatePodSandboxResourcesResponse> = defineCodec<UpdatePodSandboxResourcesResponse>({
  name: 'runtime.v1.UpdatePodSandboxResourcesResponse',
  create: (_i?: Init<UpdatePodSandboxResourcesResponse>): UpdatePodSandboxResourcesResponse => ({
  }),
  write(_m: Init<UpdatePodSandboxResourcesResponse>, w: Writer): Writer {
    return w;
  },
  read(r: Reader, length: number): UpdatePodSandboxResourcesResponse {
    const end = r.pos + length;
    const m = UpdatePodSandboxResourcesResponse.create();
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

/** Sandboxes and containers. */
export const RuntimeService = {
  name: 'runtime.v1.RuntimeService',
  methods: {
    /** Names the runtime and its versions. */
    version: { name: 'Version', request: VersionRequest, response: VersionResponse },
    /** Makes and starts a sandbox; it is ready when this answers. */
    runPodSandbox: { name: 'RunPodSandbox', request: RunPodSandboxRequest, response: RunPodSandboxResponse },
    /** Ends all that runs in a sandbox and gives its network back. The kubelet calls it at least once before it removes one. */
    stopPodSandbox: { name: 'StopPodSandbox', request: StopPodSandboxRequest, response: StopPodSandboxResponse },
    /** Takes a sandbox and its containers away. */
    removePodSandbox: { name: 'RemovePodSandbox', request: RemovePodSandboxRequest, response: RemovePodSandboxResponse },
    /** NOT_FOUND for an unknown sandbox. */
    podSandboxStatus: { name: 'PodSandboxStatus', request: PodSandboxStatusRequest, response: PodSandboxStatusResponse },
    listPodSandbox: { name: 'ListPodSandbox', request: ListPodSandboxRequest, response: ListPodSandboxResponse },
    streamPodSandboxes: { name: 'StreamPodSandboxes', request: StreamPodSandboxesRequest, response: StreamPodSandboxesResponse, responseStream: true },
    /** Makes a container in a sandbox. */
    createContainer: { name: 'CreateContainer', request: CreateContainerRequest, response: CreateContainerResponse },
    /** Starts a created container. */
    startContainer: { name: 'StartContainer', request: StartContainerRequest, response: StartContainerResponse },
    /** Ends a container, with a grace. Safe to repeat. */
    stopContainer: { name: 'StopContainer', request: StopContainerRequest, response: StopContainerResponse },
    /** Takes a container away, running or not. Safe to repeat. */
    removeContainer: { name: 'RemoveContainer', request: RemoveContainerRequest, response: RemoveContainerResponse },
    listContainers: { name: 'ListContainers', request: ListContainersRequest, response: ListContainersResponse },
    streamContainers: { name: 'StreamContainers', request: StreamContainersRequest, response: StreamContainersResponse, responseStream: true },
    /** NOT_FOUND for an unknown container. */
    containerStatus: { name: 'ContainerStatus', request: ContainerStatusRequest, response: ContainerStatusResponse },
    /** Changes the cgroup limits of a container. */
    updateContainerResources: { name: 'UpdateContainerResources', request: UpdateContainerResourcesRequest, response: UpdateContainerResourcesResponse },
    /** Asks for a new log file, after the kubelet has moved the old one away. */
    reopenContainerLog: { name: 'ReopenContainerLog', request: ReopenContainerLogRequest, response: ReopenContainerLogResponse },
    /** Runs a command in a container and waits for it. */
    execSync: { name: 'ExecSync', request: ExecSyncRequest, response: ExecSyncResponse },
    /** Prepares a command whose streams are had from a URL. */
    exec: { name: 'Exec', request: ExecRequest, response: ExecResponse },
    /** Prepares access to the streams of a container. */
    attach: { name: 'Attach', request: AttachRequest, response: AttachResponse },
    /** Prepares connections into a sandbox. */
    portForward: { name: 'PortForward', request: PortForwardRequest, response: PortForwardResponse },
    containerStats: { name: 'ContainerStats', request: ContainerStatsRequest, response: ContainerStatsResponse },
    listContainerStats: { name: 'ListContainerStats', request: ListContainerStatsRequest, response: ListContainerStatsResponse },
    streamContainerStats: { name: 'StreamContainerStats', request: StreamContainerStatsRequest, response: StreamContainerStatsResponse, responseStream: true },
    podSandboxStats: { name: 'PodSandboxStats', request: PodSandboxStatsRequest, response: PodSandboxStatsResponse },
    listPodSandboxStats: { name: 'ListPodSandboxStats', request: ListPodSandboxStatsRequest, response: ListPodSandboxStatsResponse },
    streamPodSandboxStats: { name: 'StreamPodSandboxStats', request: StreamPodSandboxStatsRequest, response: StreamPodSandboxStatsResponse, responseStream: true },
    /** Tells the runtime the node's pod CIDR. */
    updateRuntimeConfig: { name: 'UpdateRuntimeConfig', request: UpdateRuntimeConfigRequest, response: UpdateRuntimeConfigResponse },
    /** Whether the runtime and its network are ready. */
    status: { name: 'Status', request: StatusRequest, response: StatusResponse },
    /** Writes the state of a running container to an archive. */
    checkpointContainer: { name: 'CheckpointContainer', request: CheckpointContainerRequest, response: CheckpointContainerResponse },
    /** Streams what happens to containers. */
    getContainerEvents: { name: 'GetContainerEvents', request: GetEventsRequest, response: ContainerEventResponse, responseStream: true },
    listMetricDescriptors: { name: 'ListMetricDescriptors', request: ListMetricDescriptorsRequest, response: ListMetricDescriptorsResponse },
    listPodSandboxMetrics: { name: 'ListPodSandboxMetrics', request: ListPodSandboxMetricsRequest, response: ListPodSandboxMetricsResponse },
    streamPodSandboxMetrics: { name: 'StreamPodSandboxMetrics', request: StreamPodSandboxMetricsRequest, response: StreamPodSandboxMetricsResponse, responseStream: true },
    /** Tells the kubelet what it must agree on with the runtime. */
    runtimeConfig: { name: 'RuntimeConfig', request: RuntimeConfigRequest, response: RuntimeConfigResponse },
    updatePodSandboxResources: { name: 'UpdatePodSandboxResources', request: UpdatePodSandboxResourcesRequest, response: UpdatePodSandboxResourcesResponse },
  },
} as const;

/** Images. */
export const ImageService = {
  name: 'runtime.v1.ImageService',
  methods: {
    listImages: { name: 'ListImages', request: ListImagesRequest, response: ListImagesResponse },
    streamImages: { name: 'StreamImages', request: StreamImagesRequest, response: StreamImagesResponse, responseStream: true },
    /** An image that is not there is an empty answer. */
    imageStatus: { name: 'ImageStatus', request: ImageStatusRequest, response: ImageStatusResponse },
    /** Brings an image onto the node. */
    pullImage: { name: 'PullImage', request: PullImageRequest, response: PullImageResponse },
    /** Takes an image away, with all its names. Safe to repeat. */
    removeImage: { name: 'RemoveImage', request: RemoveImageRequest, response: RemoveImageResponse },
    /** Space of images. */
    imageFsInfo: { name: 'ImageFsInfo', request: ImageFsInfoRequest, response: ImageFsInfoResponse },
  },
} as const;
