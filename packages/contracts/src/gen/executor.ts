// Generated from proto/slipway/v1/executor.proto by scripts/generate-proto.mjs; do not edit.
import type { Codec, Init, Reader, Writer } from '@slipway/protobuf';
import { defineCodec, EMPTY, fromLong, fromULong, toLong, toULong } from '@slipway/protobuf';
import { ContainerRecord, SandboxRecord } from './records.js';
import { ContainerStats, LinuxContainerResources, LinuxPodSandboxStats } from '@slipway/cri';

export interface DescribeRequest {
}
export const DescribeRequest: Codec<DescribeRequest> = defineCodec<DescribeRequest>({
  name: 'slipway.v1.DescribeRequest',
  create: (_i?: Init<DescribeRequest>): DescribeRequest => ({
  }),
  write(_m: Init<DescribeRequest>, w: Writer): Writer {
    return w;
  },
  read(r: Reader, length: number): DescribeRequest {
    const end = r.pos + length;
    const m = DescribeRequest.create();
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

/** An executor instance's description of its handler. */
export interface HandlerInfo {
  name: string;
  /** runc, crun, runsc: how its binary is spoken to. null: it keeps records and runs nothing. Any other word: a foreign executor's own. */
  kind: string;
  /** The binary's path. */
  path: string;
  /** As the binary prints it, for example "1.1.5". */
  version: string;
  /** It ran a trial container on this host. */
  ready: boolean;
  /** Why it is not ready, and what to do. */
  reason: string;
  recursiveReadOnlyMounts: boolean;
  userNamespaces: boolean;
  /** The sandbox is itself a container of the runtime: every sandbox has an infra container. */
  sandboxIsContainer: boolean;
  networkReady: boolean;
  networkReason: string;
  /** cgroupfs or systemd. */
  cgroupDriver: string;
  /** v1, hybrid or v2. */
  cgroupMode: string;
  /** The instance that answered. */
  instance: string;
  /** Capabilities that this host can grant, for example CAP_CHOWN. */
  capabilities: string[];
  /** Mount options that the runtime knows, from its `features`. */
  mountOptions: string[];
  seccomp: boolean;
  /** Why there are no user namespaces, where there are none. */
  userNamespacesReason: string;
  /** Annotation keys of pods and containers that the runtime gets, besides the node's own; a trailing * matches the rest. */
  passAnnotations: string[];
  /** Infra containers: auto, always or never, which refuses pods that need one; none where no pod of the handler needs any. */
  infra: string;
  /** Under which this handler's pods lie that name no cgroup parent, in the form that the cgroup driver takes. */
  cgroupParent: string;
  /** Why containers cannot be checkpointed, on this host and with this runtime. */
  checkpointsReason: string;
}
export const HandlerInfo: Codec<HandlerInfo> = defineCodec<HandlerInfo>({
  name: 'slipway.v1.HandlerInfo',
  create: (i?: Init<HandlerInfo>): HandlerInfo => ({
    name: i?.name ?? '',
    kind: i?.kind ?? '',
    path: i?.path ?? '',
    version: i?.version ?? '',
    ready: i?.ready ?? false,
    reason: i?.reason ?? '',
    recursiveReadOnlyMounts: i?.recursiveReadOnlyMounts ?? false,
    userNamespaces: i?.userNamespaces ?? false,
    sandboxIsContainer: i?.sandboxIsContainer ?? false,
    networkReady: i?.networkReady ?? false,
    networkReason: i?.networkReason ?? '',
    cgroupDriver: i?.cgroupDriver ?? '',
    cgroupMode: i?.cgroupMode ?? '',
    instance: i?.instance ?? '',
    capabilities: [...(i?.capabilities ?? [])],
    mountOptions: [...(i?.mountOptions ?? [])],
    seccomp: i?.seccomp ?? false,
    userNamespacesReason: i?.userNamespacesReason ?? '',
    passAnnotations: [...(i?.passAnnotations ?? [])],
    infra: i?.infra ?? '',
    cgroupParent: i?.cgroupParent ?? '',
    checkpointsReason: i?.checkpointsReason ?? '',
  }),
  write(m: Init<HandlerInfo>, w: Writer): Writer {
    if (m.name) w.uint32(10).string(m.name);
    if (m.kind) w.uint32(18).string(m.kind);
    if (m.path) w.uint32(26).string(m.path);
    if (m.version) w.uint32(34).string(m.version);
    if (m.ready) w.uint32(40).bool(m.ready);
    if (m.reason) w.uint32(50).string(m.reason);
    if (m.recursiveReadOnlyMounts) w.uint32(56).bool(m.recursiveReadOnlyMounts);
    if (m.userNamespaces) w.uint32(64).bool(m.userNamespaces);
    if (m.sandboxIsContainer) w.uint32(72).bool(m.sandboxIsContainer);
    if (m.networkReady) w.uint32(80).bool(m.networkReady);
    if (m.networkReason) w.uint32(90).string(m.networkReason);
    if (m.cgroupDriver) w.uint32(98).string(m.cgroupDriver);
    if (m.cgroupMode) w.uint32(106).string(m.cgroupMode);
    if (m.instance) w.uint32(114).string(m.instance);
    if (m.capabilities) for (const v of m.capabilities) w.uint32(122).string(v);
    if (m.mountOptions) for (const v of m.mountOptions) w.uint32(130).string(v);
    if (m.seccomp) w.uint32(136).bool(m.seccomp);
    if (m.userNamespacesReason) w.uint32(146).string(m.userNamespacesReason);
    if (m.passAnnotations) for (const v of m.passAnnotations) w.uint32(154).string(v);
    if (m.infra) w.uint32(162).string(m.infra);
    if (m.cgroupParent) w.uint32(170).string(m.cgroupParent);
    if (m.checkpointsReason) w.uint32(178).string(m.checkpointsReason);
    return w;
  },
  read(r: Reader, length: number): HandlerInfo {
    const end = r.pos + length;
    const m = HandlerInfo.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.name = r.string();
          break;
        case 18:
          m.kind = r.string();
          break;
        case 26:
          m.path = r.string();
          break;
        case 34:
          m.version = r.string();
          break;
        case 40:
          m.ready = r.bool();
          break;
        case 50:
          m.reason = r.string();
          break;
        case 56:
          m.recursiveReadOnlyMounts = r.bool();
          break;
        case 64:
          m.userNamespaces = r.bool();
          break;
        case 72:
          m.sandboxIsContainer = r.bool();
          break;
        case 80:
          m.networkReady = r.bool();
          break;
        case 90:
          m.networkReason = r.string();
          break;
        case 98:
          m.cgroupDriver = r.string();
          break;
        case 106:
          m.cgroupMode = r.string();
          break;
        case 114:
          m.instance = r.string();
          break;
        case 122:
          m.capabilities.push(r.string());
          break;
        case 130:
          m.mountOptions.push(r.string());
          break;
        case 136:
          m.seccomp = r.bool();
          break;
        case 146:
          m.userNamespacesReason = r.string();
          break;
        case 154:
          m.passAnnotations.push(r.string());
          break;
        case 162:
          m.infra = r.string();
          break;
        case 170:
          m.cgroupParent = r.string();
          break;
        case 178:
          m.checkpointsReason = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface CreateSandboxRequest {
  /** As reserved: id, config, handler. */
  sandbox?: SandboxRecord | undefined;
  /** Where the builder made one. */
  infraBundle: string;
  /**
   * Makes everything and leaves the record an INTENT, `held`; the same call without it then makes it READY. So
   * somebody can look at a sandbox, or refuse it, before anybody sees it.
   */
  hold: boolean;
}
export const CreateSandboxRequest: Codec<CreateSandboxRequest> = defineCodec<CreateSandboxRequest>({
  name: 'slipway.v1.CreateSandboxRequest',
  create: (i?: Init<CreateSandboxRequest>): CreateSandboxRequest => ({
    sandbox: i?.sandbox != null ? SandboxRecord.create(i?.sandbox) : undefined,
    infraBundle: i?.infraBundle ?? '',
    hold: i?.hold ?? false,
  }),
  write(m: Init<CreateSandboxRequest>, w: Writer): Writer {
    if (m.sandbox != null) SandboxRecord.write(m.sandbox, w.uint32(10).fork()).ldelim();
    if (m.infraBundle) w.uint32(18).string(m.infraBundle);
    if (m.hold) w.uint32(24).bool(m.hold);
    return w;
  },
  read(r: Reader, length: number): CreateSandboxRequest {
    const end = r.pos + length;
    const m = CreateSandboxRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.sandbox = SandboxRecord.read(r, r.uint32());
          break;
        case 18:
          m.infraBundle = r.string();
          break;
        case 24:
          m.hold = r.bool();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface CreateSandboxResponse {
  sandbox?: SandboxRecord | undefined;
}
export const CreateSandboxResponse: Codec<CreateSandboxResponse> = defineCodec<CreateSandboxResponse>({
  name: 'slipway.v1.CreateSandboxResponse',
  create: (i?: Init<CreateSandboxResponse>): CreateSandboxResponse => ({
    sandbox: i?.sandbox != null ? SandboxRecord.create(i?.sandbox) : undefined,
  }),
  write(m: Init<CreateSandboxResponse>, w: Writer): Writer {
    if (m.sandbox != null) SandboxRecord.write(m.sandbox, w.uint32(10).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): CreateSandboxResponse {
    const end = r.pos + length;
    const m = CreateSandboxResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.sandbox = SandboxRecord.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface StopSandboxRequest {
  id: string;
}
export const StopSandboxRequest: Codec<StopSandboxRequest> = defineCodec<StopSandboxRequest>({
  name: 'slipway.v1.StopSandboxRequest',
  create: (i?: Init<StopSandboxRequest>): StopSandboxRequest => ({
    id: i?.id ?? '',
  }),
  write(m: Init<StopSandboxRequest>, w: Writer): Writer {
    if (m.id) w.uint32(10).string(m.id);
    return w;
  },
  read(r: Reader, length: number): StopSandboxRequest {
    const end = r.pos + length;
    const m = StopSandboxRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.id = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface StopSandboxResponse {
}
export const StopSandboxResponse: Codec<StopSandboxResponse> = defineCodec<StopSandboxResponse>({
  name: 'slipway.v1.StopSandboxResponse',
  create: (_i?: Init<StopSandboxResponse>): StopSandboxResponse => ({
  }),
  write(_m: Init<StopSandboxResponse>, w: Writer): Writer {
    return w;
  },
  read(r: Reader, length: number): StopSandboxResponse {
    const end = r.pos + length;
    const m = StopSandboxResponse.create();
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

export interface UpdateSandboxCall {
  id: string;
  /** Absent ones stay as they are. */
  overhead?: LinuxContainerResources | undefined;
  resources?: LinuxContainerResources | undefined;
}
export const UpdateSandboxCall: Codec<UpdateSandboxCall> = defineCodec<UpdateSandboxCall>({
  name: 'slipway.v1.UpdateSandboxCall',
  create: (i?: Init<UpdateSandboxCall>): UpdateSandboxCall => ({
    id: i?.id ?? '',
    overhead: i?.overhead != null ? LinuxContainerResources.create(i?.overhead) : undefined,
    resources: i?.resources != null ? LinuxContainerResources.create(i?.resources) : undefined,
  }),
  write(m: Init<UpdateSandboxCall>, w: Writer): Writer {
    if (m.id) w.uint32(10).string(m.id);
    if (m.overhead != null) LinuxContainerResources.write(m.overhead, w.uint32(18).fork()).ldelim();
    if (m.resources != null) LinuxContainerResources.write(m.resources, w.uint32(26).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): UpdateSandboxCall {
    const end = r.pos + length;
    const m = UpdateSandboxCall.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.id = r.string();
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

export interface UpdateSandboxResult {
}
export const UpdateSandboxResult: Codec<UpdateSandboxResult> = defineCodec<UpdateSandboxResult>({
  name: 'slipway.v1.UpdateSandboxResult',
  create: (_i?: Init<UpdateSandboxResult>): UpdateSandboxResult => ({
  }),
  write(_m: Init<UpdateSandboxResult>, w: Writer): Writer {
    return w;
  },
  read(r: Reader, length: number): UpdateSandboxResult {
    const end = r.pos + length;
    const m = UpdateSandboxResult.create();
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

export interface UpdatePodCidrCall {
  /** One, or one of each family. */
  podCidrs: string[];
}
export const UpdatePodCidrCall: Codec<UpdatePodCidrCall> = defineCodec<UpdatePodCidrCall>({
  name: 'slipway.v1.UpdatePodCidrCall',
  create: (i?: Init<UpdatePodCidrCall>): UpdatePodCidrCall => ({
    podCidrs: [...(i?.podCidrs ?? [])],
  }),
  write(m: Init<UpdatePodCidrCall>, w: Writer): Writer {
    if (m.podCidrs) for (const v of m.podCidrs) w.uint32(10).string(v);
    return w;
  },
  read(r: Reader, length: number): UpdatePodCidrCall {
    const end = r.pos + length;
    const m = UpdatePodCidrCall.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.podCidrs.push(r.string());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface UpdatePodCidrResult {
  /** Whether the list was written, and is not what it was. */
  changed: boolean;
  file: string;
}
export const UpdatePodCidrResult: Codec<UpdatePodCidrResult> = defineCodec<UpdatePodCidrResult>({
  name: 'slipway.v1.UpdatePodCidrResult',
  create: (i?: Init<UpdatePodCidrResult>): UpdatePodCidrResult => ({
    changed: i?.changed ?? false,
    file: i?.file ?? '',
  }),
  write(m: Init<UpdatePodCidrResult>, w: Writer): Writer {
    if (m.changed) w.uint32(8).bool(m.changed);
    if (m.file) w.uint32(18).string(m.file);
    return w;
  },
  read(r: Reader, length: number): UpdatePodCidrResult {
    const end = r.pos + length;
    const m = UpdatePodCidrResult.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.changed = r.bool();
          break;
        case 18:
          m.file = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface RemoveSandboxRequest {
  id: string;
}
export const RemoveSandboxRequest: Codec<RemoveSandboxRequest> = defineCodec<RemoveSandboxRequest>({
  name: 'slipway.v1.RemoveSandboxRequest',
  create: (i?: Init<RemoveSandboxRequest>): RemoveSandboxRequest => ({
    id: i?.id ?? '',
  }),
  write(m: Init<RemoveSandboxRequest>, w: Writer): Writer {
    if (m.id) w.uint32(10).string(m.id);
    return w;
  },
  read(r: Reader, length: number): RemoveSandboxRequest {
    const end = r.pos + length;
    const m = RemoveSandboxRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.id = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface RemoveSandboxResponse {
}
export const RemoveSandboxResponse: Codec<RemoveSandboxResponse> = defineCodec<RemoveSandboxResponse>({
  name: 'slipway.v1.RemoveSandboxResponse',
  create: (_i?: Init<RemoveSandboxResponse>): RemoveSandboxResponse => ({
  }),
  write(_m: Init<RemoveSandboxResponse>, w: Writer): Writer {
    return w;
  },
  read(r: Reader, length: number): RemoveSandboxResponse {
    const end = r.pos + length;
    const m = RemoveSandboxResponse.create();
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

export interface CreateContainerCall {
  /** With bundle, mounts, user, stop signal and log path as built. */
  container?: ContainerRecord | undefined;
}
export const CreateContainerCall: Codec<CreateContainerCall> = defineCodec<CreateContainerCall>({
  name: 'slipway.v1.CreateContainerCall',
  create: (i?: Init<CreateContainerCall>): CreateContainerCall => ({
    container: i?.container != null ? ContainerRecord.create(i?.container) : undefined,
  }),
  write(m: Init<CreateContainerCall>, w: Writer): Writer {
    if (m.container != null) ContainerRecord.write(m.container, w.uint32(10).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): CreateContainerCall {
    const end = r.pos + length;
    const m = CreateContainerCall.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.container = ContainerRecord.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface CreateContainerResult {
  container?: ContainerRecord | undefined;
}
export const CreateContainerResult: Codec<CreateContainerResult> = defineCodec<CreateContainerResult>({
  name: 'slipway.v1.CreateContainerResult',
  create: (i?: Init<CreateContainerResult>): CreateContainerResult => ({
    container: i?.container != null ? ContainerRecord.create(i?.container) : undefined,
  }),
  write(m: Init<CreateContainerResult>, w: Writer): Writer {
    if (m.container != null) ContainerRecord.write(m.container, w.uint32(10).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): CreateContainerResult {
    const end = r.pos + length;
    const m = CreateContainerResult.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.container = ContainerRecord.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface StartContainerCall {
  id: string;
}
export const StartContainerCall: Codec<StartContainerCall> = defineCodec<StartContainerCall>({
  name: 'slipway.v1.StartContainerCall',
  create: (i?: Init<StartContainerCall>): StartContainerCall => ({
    id: i?.id ?? '',
  }),
  write(m: Init<StartContainerCall>, w: Writer): Writer {
    if (m.id) w.uint32(10).string(m.id);
    return w;
  },
  read(r: Reader, length: number): StartContainerCall {
    const end = r.pos + length;
    const m = StartContainerCall.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.id = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface StartContainerResult {
}
export const StartContainerResult: Codec<StartContainerResult> = defineCodec<StartContainerResult>({
  name: 'slipway.v1.StartContainerResult',
  create: (_i?: Init<StartContainerResult>): StartContainerResult => ({
  }),
  write(_m: Init<StartContainerResult>, w: Writer): Writer {
    return w;
  },
  read(r: Reader, length: number): StartContainerResult {
    const end = r.pos + length;
    const m = StartContainerResult.create();
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

export interface StopContainerCall {
  id: string;
  /** Seconds until SIGKILL; 0 or less kills immediately. */
  graceSeconds: bigint;
}
export const StopContainerCall: Codec<StopContainerCall> = defineCodec<StopContainerCall>({
  name: 'slipway.v1.StopContainerCall',
  create: (i?: Init<StopContainerCall>): StopContainerCall => ({
    id: i?.id ?? '',
    graceSeconds: i?.graceSeconds ?? 0n,
  }),
  write(m: Init<StopContainerCall>, w: Writer): Writer {
    if (m.id) w.uint32(10).string(m.id);
    if (m.graceSeconds) w.uint32(16).int64(toLong(m.graceSeconds));
    return w;
  },
  read(r: Reader, length: number): StopContainerCall {
    const end = r.pos + length;
    const m = StopContainerCall.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.id = r.string();
          break;
        case 16:
          m.graceSeconds = fromLong(r.int64());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface StopContainerResult {
}
export const StopContainerResult: Codec<StopContainerResult> = defineCodec<StopContainerResult>({
  name: 'slipway.v1.StopContainerResult',
  create: (_i?: Init<StopContainerResult>): StopContainerResult => ({
  }),
  write(_m: Init<StopContainerResult>, w: Writer): Writer {
    return w;
  },
  read(r: Reader, length: number): StopContainerResult {
    const end = r.pos + length;
    const m = StopContainerResult.create();
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

export interface UpdateContainerCall {
  id: string;
  /** Fields at their zero value stay as they are. */
  resources?: LinuxContainerResources | undefined;
}
export const UpdateContainerCall: Codec<UpdateContainerCall> = defineCodec<UpdateContainerCall>({
  name: 'slipway.v1.UpdateContainerCall',
  create: (i?: Init<UpdateContainerCall>): UpdateContainerCall => ({
    id: i?.id ?? '',
    resources: i?.resources != null ? LinuxContainerResources.create(i?.resources) : undefined,
  }),
  write(m: Init<UpdateContainerCall>, w: Writer): Writer {
    if (m.id) w.uint32(10).string(m.id);
    if (m.resources != null) LinuxContainerResources.write(m.resources, w.uint32(18).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): UpdateContainerCall {
    const end = r.pos + length;
    const m = UpdateContainerCall.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.id = r.string();
          break;
        case 18:
          m.resources = LinuxContainerResources.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface UpdateContainerResult {
}
export const UpdateContainerResult: Codec<UpdateContainerResult> = defineCodec<UpdateContainerResult>({
  name: 'slipway.v1.UpdateContainerResult',
  create: (_i?: Init<UpdateContainerResult>): UpdateContainerResult => ({
  }),
  write(_m: Init<UpdateContainerResult>, w: Writer): Writer {
    return w;
  },
  read(r: Reader, length: number): UpdateContainerResult {
    const end = r.pos + length;
    const m = UpdateContainerResult.create();
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

export interface RemoveContainerCall {
  id: string;
}
export const RemoveContainerCall: Codec<RemoveContainerCall> = defineCodec<RemoveContainerCall>({
  name: 'slipway.v1.RemoveContainerCall',
  create: (i?: Init<RemoveContainerCall>): RemoveContainerCall => ({
    id: i?.id ?? '',
  }),
  write(m: Init<RemoveContainerCall>, w: Writer): Writer {
    if (m.id) w.uint32(10).string(m.id);
    return w;
  },
  read(r: Reader, length: number): RemoveContainerCall {
    const end = r.pos + length;
    const m = RemoveContainerCall.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.id = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface RemoveContainerResult {
}
export const RemoveContainerResult: Codec<RemoveContainerResult> = defineCodec<RemoveContainerResult>({
  name: 'slipway.v1.RemoveContainerResult',
  create: (_i?: Init<RemoveContainerResult>): RemoveContainerResult => ({
  }),
  write(_m: Init<RemoveContainerResult>, w: Writer): Writer {
    return w;
  },
  read(r: Reader, length: number): RemoveContainerResult {
    const end = r.pos + length;
    const m = RemoveContainerResult.create();
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

export interface ReopenContainerLogCall {
  id: string;
}
export const ReopenContainerLogCall: Codec<ReopenContainerLogCall> = defineCodec<ReopenContainerLogCall>({
  name: 'slipway.v1.ReopenContainerLogCall',
  create: (i?: Init<ReopenContainerLogCall>): ReopenContainerLogCall => ({
    id: i?.id ?? '',
  }),
  write(m: Init<ReopenContainerLogCall>, w: Writer): Writer {
    if (m.id) w.uint32(10).string(m.id);
    return w;
  },
  read(r: Reader, length: number): ReopenContainerLogCall {
    const end = r.pos + length;
    const m = ReopenContainerLogCall.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.id = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface ReopenContainerLogResult {
}
export const ReopenContainerLogResult: Codec<ReopenContainerLogResult> = defineCodec<ReopenContainerLogResult>({
  name: 'slipway.v1.ReopenContainerLogResult',
  create: (_i?: Init<ReopenContainerLogResult>): ReopenContainerLogResult => ({
  }),
  write(_m: Init<ReopenContainerLogResult>, w: Writer): Writer {
    return w;
  },
  read(r: Reader, length: number): ReopenContainerLogResult {
    const end = r.pos + length;
    const m = ReopenContainerLogResult.create();
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

export interface ExecSyncCall {
  id: string;
  command: string[];
  /** Seconds; 0 or less is no limit. */
  timeoutSeconds: bigint;
}
export const ExecSyncCall: Codec<ExecSyncCall> = defineCodec<ExecSyncCall>({
  name: 'slipway.v1.ExecSyncCall',
  create: (i?: Init<ExecSyncCall>): ExecSyncCall => ({
    id: i?.id ?? '',
    command: [...(i?.command ?? [])],
    timeoutSeconds: i?.timeoutSeconds ?? 0n,
  }),
  write(m: Init<ExecSyncCall>, w: Writer): Writer {
    if (m.id) w.uint32(10).string(m.id);
    if (m.command) for (const v of m.command) w.uint32(18).string(v);
    if (m.timeoutSeconds) w.uint32(24).int64(toLong(m.timeoutSeconds));
    return w;
  },
  read(r: Reader, length: number): ExecSyncCall {
    const end = r.pos + length;
    const m = ExecSyncCall.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.id = r.string();
          break;
        case 18:
          m.command.push(r.string());
          break;
        case 24:
          m.timeoutSeconds = fromLong(r.int64());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface ExecSyncResult {
  /** At most 16 MiB each; what is over is dropped. */
  stdout: Uint8Array;
  stderr: Uint8Array;
  exitCode: number;
}
export const ExecSyncResult: Codec<ExecSyncResult> = defineCodec<ExecSyncResult>({
  name: 'slipway.v1.ExecSyncResult',
  create: (i?: Init<ExecSyncResult>): ExecSyncResult => ({
    stdout: i?.stdout ?? EMPTY,
    stderr: i?.stderr ?? EMPTY,
    exitCode: i?.exitCode ?? 0,
  }),
  write(m: Init<ExecSyncResult>, w: Writer): Writer {
    if (m.stdout?.length) w.uint32(10).bytes(m.stdout);
    if (m.stderr?.length) w.uint32(18).bytes(m.stderr);
    if (m.exitCode) w.uint32(24).int32(m.exitCode);
    return w;
  },
  read(r: Reader, length: number): ExecSyncResult {
    const end = r.pos + length;
    const m = ExecSyncResult.create();
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

export interface ExecCall {
  id: string;
  command: string[];
  tty: boolean;
  stdin: boolean;
  stdout: boolean;
  stderr: boolean;
}
export const ExecCall: Codec<ExecCall> = defineCodec<ExecCall>({
  name: 'slipway.v1.ExecCall',
  create: (i?: Init<ExecCall>): ExecCall => ({
    id: i?.id ?? '',
    command: [...(i?.command ?? [])],
    tty: i?.tty ?? false,
    stdin: i?.stdin ?? false,
    stdout: i?.stdout ?? false,
    stderr: i?.stderr ?? false,
  }),
  write(m: Init<ExecCall>, w: Writer): Writer {
    if (m.id) w.uint32(10).string(m.id);
    if (m.command) for (const v of m.command) w.uint32(18).string(v);
    if (m.tty) w.uint32(24).bool(m.tty);
    if (m.stdin) w.uint32(32).bool(m.stdin);
    if (m.stdout) w.uint32(40).bool(m.stdout);
    if (m.stderr) w.uint32(48).bool(m.stderr);
    return w;
  },
  read(r: Reader, length: number): ExecCall {
    const end = r.pos + length;
    const m = ExecCall.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.id = r.string();
          break;
        case 18:
          m.command.push(r.string());
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

export interface AttachCall {
  id: string;
  tty: boolean;
  stdin: boolean;
  stdout: boolean;
  stderr: boolean;
}
export const AttachCall: Codec<AttachCall> = defineCodec<AttachCall>({
  name: 'slipway.v1.AttachCall',
  create: (i?: Init<AttachCall>): AttachCall => ({
    id: i?.id ?? '',
    tty: i?.tty ?? false,
    stdin: i?.stdin ?? false,
    stdout: i?.stdout ?? false,
    stderr: i?.stderr ?? false,
  }),
  write(m: Init<AttachCall>, w: Writer): Writer {
    if (m.id) w.uint32(10).string(m.id);
    if (m.tty) w.uint32(16).bool(m.tty);
    if (m.stdin) w.uint32(24).bool(m.stdin);
    if (m.stdout) w.uint32(32).bool(m.stdout);
    if (m.stderr) w.uint32(40).bool(m.stderr);
    return w;
  },
  read(r: Reader, length: number): AttachCall {
    const end = r.pos + length;
    const m = AttachCall.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.id = r.string();
          break;
        case 16:
          m.tty = r.bool();
          break;
        case 24:
          m.stdin = r.bool();
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

export interface PortForwardCall {
  sandboxId: string;
  /** Those a client may ask for; empty: any. */
  ports: number[];
}
export const PortForwardCall: Codec<PortForwardCall> = defineCodec<PortForwardCall>({
  name: 'slipway.v1.PortForwardCall',
  create: (i?: Init<PortForwardCall>): PortForwardCall => ({
    sandboxId: i?.sandboxId ?? '',
    ports: [...(i?.ports ?? [])],
  }),
  write(m: Init<PortForwardCall>, w: Writer): Writer {
    if (m.sandboxId) w.uint32(10).string(m.sandboxId);
    if (m.ports?.length) {
      w.uint32(18).fork();
      for (const v of m.ports) w.int32(v);
      w.ldelim();
    }
    return w;
  },
  read(r: Reader, length: number): PortForwardCall {
    const end = r.pos + length;
    const m = PortForwardCall.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.sandboxId = r.string();
          break;
        case 16:
          m.ports.push(r.int32());
          break;
        case 18:
          for (const to = r.uint32() + r.pos; r.pos < to; ) m.ports.push(r.int32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface StreamingUrl {
  /** Absolute; good for one connection within a minute. */
  url: string;
}
export const StreamingUrl: Codec<StreamingUrl> = defineCodec<StreamingUrl>({
  name: 'slipway.v1.StreamingUrl',
  create: (i?: Init<StreamingUrl>): StreamingUrl => ({
    url: i?.url ?? '',
  }),
  write(m: Init<StreamingUrl>, w: Writer): Writer {
    if (m.url) w.uint32(10).string(m.url);
    return w;
  },
  read(r: Reader, length: number): StreamingUrl {
    const end = r.pos + length;
    const m = StreamingUrl.create();
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

export interface CollectStatsRequest {
  containerIds: string[];
  sandboxIds: string[];
  /** Also reads the figures that only metrics need. */
  detail: boolean;
}
export const CollectStatsRequest: Codec<CollectStatsRequest> = defineCodec<CollectStatsRequest>({
  name: 'slipway.v1.CollectStatsRequest',
  create: (i?: Init<CollectStatsRequest>): CollectStatsRequest => ({
    containerIds: [...(i?.containerIds ?? [])],
    sandboxIds: [...(i?.sandboxIds ?? [])],
    detail: i?.detail ?? false,
  }),
  write(m: Init<CollectStatsRequest>, w: Writer): Writer {
    if (m.containerIds) for (const v of m.containerIds) w.uint32(10).string(v);
    if (m.sandboxIds) for (const v of m.sandboxIds) w.uint32(18).string(v);
    if (m.detail) w.uint32(24).bool(m.detail);
    return w;
  },
  read(r: Reader, length: number): CollectStatsRequest {
    const end = r.pos + length;
    const m = CollectStatsRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.containerIds.push(r.string());
          break;
        case 18:
          m.sandboxIds.push(r.string());
          break;
        case 24:
          m.detail = r.bool();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** Samples of those of the requested ids that the handler has. A figure that could not be read is absent, never zero. */
export interface CollectStatsResponse {
  containers: ContainerSample[];
  sandboxes: SandboxSample[];
  /** With detail: the file system that holds the writable layers. */
  containerFilesystem?: FilesystemCapacity | undefined;
}
export const CollectStatsResponse: Codec<CollectStatsResponse> = defineCodec<CollectStatsResponse>({
  name: 'slipway.v1.CollectStatsResponse',
  create: (i?: Init<CollectStatsResponse>): CollectStatsResponse => ({
    containers: i?.containers?.map(ContainerSample.create) ?? [],
    sandboxes: i?.sandboxes?.map(SandboxSample.create) ?? [],
    containerFilesystem: i?.containerFilesystem != null ? FilesystemCapacity.create(i?.containerFilesystem) : undefined,
  }),
  write(m: Init<CollectStatsResponse>, w: Writer): Writer {
    if (m.containers) for (const v of m.containers) ContainerSample.write(v, w.uint32(10).fork()).ldelim();
    if (m.sandboxes) for (const v of m.sandboxes) SandboxSample.write(v, w.uint32(18).fork()).ldelim();
    if (m.containerFilesystem != null) FilesystemCapacity.write(m.containerFilesystem, w.uint32(26).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): CollectStatsResponse {
    const end = r.pos + length;
    const m = CollectStatsResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.containers.push(ContainerSample.read(r, r.uint32()));
          break;
        case 18:
          m.sandboxes.push(SandboxSample.read(r, r.uint32()));
          break;
        case 26:
          m.containerFilesystem = FilesystemCapacity.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface ContainerSample {
  id: string;
  /** Without attributes, which are the record's. */
  stats?: ContainerStats | undefined;
  detail?: CgroupDetail | undefined;
}
export const ContainerSample: Codec<ContainerSample> = defineCodec<ContainerSample>({
  name: 'slipway.v1.ContainerSample',
  create: (i?: Init<ContainerSample>): ContainerSample => ({
    id: i?.id ?? '',
    stats: i?.stats != null ? ContainerStats.create(i?.stats) : undefined,
    detail: i?.detail != null ? CgroupDetail.create(i?.detail) : undefined,
  }),
  write(m: Init<ContainerSample>, w: Writer): Writer {
    if (m.id) w.uint32(10).string(m.id);
    if (m.stats != null) ContainerStats.write(m.stats, w.uint32(18).fork()).ldelim();
    if (m.detail != null) CgroupDetail.write(m.detail, w.uint32(26).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): ContainerSample {
    const end = r.pos + length;
    const m = ContainerSample.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.id = r.string();
          break;
        case 18:
          m.stats = ContainerStats.read(r, r.uint32());
          break;
        case 26:
          m.detail = CgroupDetail.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface SandboxSample {
  id: string;
  /** Without containers. */
  stats?: LinuxPodSandboxStats | undefined;
  detail?: CgroupDetail | undefined;
  /** With detail: every interface but the loopback. */
  interfaces: InterfaceCounters[];
}
export const SandboxSample: Codec<SandboxSample> = defineCodec<SandboxSample>({
  name: 'slipway.v1.SandboxSample',
  create: (i?: Init<SandboxSample>): SandboxSample => ({
    id: i?.id ?? '',
    stats: i?.stats != null ? LinuxPodSandboxStats.create(i?.stats) : undefined,
    detail: i?.detail != null ? CgroupDetail.create(i?.detail) : undefined,
    interfaces: i?.interfaces?.map(InterfaceCounters.create) ?? [],
  }),
  write(m: Init<SandboxSample>, w: Writer): Writer {
    if (m.id) w.uint32(10).string(m.id);
    if (m.stats != null) LinuxPodSandboxStats.write(m.stats, w.uint32(18).fork()).ldelim();
    if (m.detail != null) CgroupDetail.write(m.detail, w.uint32(26).fork()).ldelim();
    if (m.interfaces) for (const v of m.interfaces) InterfaceCounters.write(v, w.uint32(34).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): SandboxSample {
    const end = r.pos + length;
    const m = SandboxSample.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.id = r.string();
          break;
        case 18:
          m.stats = LinuxPodSandboxStats.read(r, r.uint32());
          break;
        case 26:
          m.detail = CgroupDetail.read(r, r.uint32());
          break;
        case 34:
          m.interfaces.push(InterfaceCounters.read(r, r.uint32()));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** Since the interface came to be. */
export interface InterfaceCounters {
  name: string;
  rxBytes: bigint;
  rxPackets: bigint;
  rxErrors: bigint;
  rxDropped: bigint;
  txBytes: bigint;
  txPackets: bigint;
  txErrors: bigint;
  txDropped: bigint;
}
export const InterfaceCounters: Codec<InterfaceCounters> = defineCodec<InterfaceCounters>({
  name: 'slipway.v1.InterfaceCounters',
  create: (i?: Init<InterfaceCounters>): InterfaceCounters => ({
    name: i?.name ?? '',
    rxBytes: i?.rxBytes ?? 0n,
    rxPackets: i?.rxPackets ?? 0n,
    rxErrors: i?.rxErrors ?? 0n,
    rxDropped: i?.rxDropped ?? 0n,
    txBytes: i?.txBytes ?? 0n,
    txPackets: i?.txPackets ?? 0n,
    txErrors: i?.txErrors ?? 0n,
    txDropped: i?.txDropped ?? 0n,
  }),
  write(m: Init<InterfaceCounters>, w: Writer): Writer {
    if (m.name) w.uint32(10).string(m.name);
    if (m.rxBytes) w.uint32(16).uint64(toULong(m.rxBytes));
    if (m.rxPackets) w.uint32(24).uint64(toULong(m.rxPackets));
    if (m.rxErrors) w.uint32(32).uint64(toULong(m.rxErrors));
    if (m.rxDropped) w.uint32(40).uint64(toULong(m.rxDropped));
    if (m.txBytes) w.uint32(48).uint64(toULong(m.txBytes));
    if (m.txPackets) w.uint32(56).uint64(toULong(m.txPackets));
    if (m.txErrors) w.uint32(64).uint64(toULong(m.txErrors));
    if (m.txDropped) w.uint32(72).uint64(toULong(m.txDropped));
    return w;
  },
  read(r: Reader, length: number): InterfaceCounters {
    const end = r.pos + length;
    const m = InterfaceCounters.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.name = r.string();
          break;
        case 16:
          m.rxBytes = fromULong(r.uint64());
          break;
        case 24:
          m.rxPackets = fromULong(r.uint64());
          break;
        case 32:
          m.rxErrors = fromULong(r.uint64());
          break;
        case 40:
          m.rxDropped = fromULong(r.uint64());
          break;
        case 48:
          m.txBytes = fromULong(r.uint64());
          break;
        case 56:
          m.txPackets = fromULong(r.uint64());
          break;
        case 64:
          m.txErrors = fromULong(r.uint64());
          break;
        case 72:
          m.txDropped = fromULong(r.uint64());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface FilesystemCapacity {
  /** As mountinfo names the source, for example /dev/sda1. */
  device: string;
  bytes: bigint;
}
export const FilesystemCapacity: Codec<FilesystemCapacity> = defineCodec<FilesystemCapacity>({
  name: 'slipway.v1.FilesystemCapacity',
  create: (i?: Init<FilesystemCapacity>): FilesystemCapacity => ({
    device: i?.device ?? '',
    bytes: i?.bytes ?? 0n,
  }),
  write(m: Init<FilesystemCapacity>, w: Writer): Writer {
    if (m.device) w.uint32(10).string(m.device);
    if (m.bytes) w.uint32(16).uint64(toULong(m.bytes));
    return w;
  },
  read(r: Reader, length: number): FilesystemCapacity {
    const end = r.pos + length;
    const m = FilesystemCapacity.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.device = r.string();
          break;
        case 16:
          m.bytes = fromULong(r.uint64());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** A cgroup's figures besides those of CRI's stats. A part is absent where its controller is. */
export interface CgroupDetail {
  /** Its path below the mount points of the hierarchies. */
  cgroup: string;
  /** Nanoseconds since the epoch. */
  timestamp: bigint;
  cpu?: CpuDetail | undefined;
  memory?: MemoryDetail | undefined;
  tasks?: TaskDetail | undefined;
  blockDevices: BlockDeviceUsage[];
  hugePages: HugePageUsage[];
  /** Only of containers, as are tasks and block devices. */
  cpuLimits?: CpuLimits | undefined;
  memoryLimits?: MemoryLimits | undefined;
}
export const CgroupDetail: Codec<CgroupDetail> = defineCodec<CgroupDetail>({
  name: 'slipway.v1.CgroupDetail',
  create: (i?: Init<CgroupDetail>): CgroupDetail => ({
    cgroup: i?.cgroup ?? '',
    timestamp: i?.timestamp ?? 0n,
    cpu: i?.cpu != null ? CpuDetail.create(i?.cpu) : undefined,
    memory: i?.memory != null ? MemoryDetail.create(i?.memory) : undefined,
    tasks: i?.tasks != null ? TaskDetail.create(i?.tasks) : undefined,
    blockDevices: i?.blockDevices?.map(BlockDeviceUsage.create) ?? [],
    hugePages: i?.hugePages?.map(HugePageUsage.create) ?? [],
    cpuLimits: i?.cpuLimits != null ? CpuLimits.create(i?.cpuLimits) : undefined,
    memoryLimits: i?.memoryLimits != null ? MemoryLimits.create(i?.memoryLimits) : undefined,
  }),
  write(m: Init<CgroupDetail>, w: Writer): Writer {
    if (m.cgroup) w.uint32(10).string(m.cgroup);
    if (m.timestamp) w.uint32(16).int64(toLong(m.timestamp));
    if (m.cpu != null) CpuDetail.write(m.cpu, w.uint32(26).fork()).ldelim();
    if (m.memory != null) MemoryDetail.write(m.memory, w.uint32(34).fork()).ldelim();
    if (m.tasks != null) TaskDetail.write(m.tasks, w.uint32(42).fork()).ldelim();
    if (m.blockDevices) for (const v of m.blockDevices) BlockDeviceUsage.write(v, w.uint32(50).fork()).ldelim();
    if (m.hugePages) for (const v of m.hugePages) HugePageUsage.write(v, w.uint32(58).fork()).ldelim();
    if (m.cpuLimits != null) CpuLimits.write(m.cpuLimits, w.uint32(66).fork()).ldelim();
    if (m.memoryLimits != null) MemoryLimits.write(m.memoryLimits, w.uint32(74).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): CgroupDetail {
    const end = r.pos + length;
    const m = CgroupDetail.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.cgroup = r.string();
          break;
        case 16:
          m.timestamp = fromLong(r.int64());
          break;
        case 26:
          m.cpu = CpuDetail.read(r, r.uint32());
          break;
        case 34:
          m.memory = MemoryDetail.read(r, r.uint32());
          break;
        case 42:
          m.tasks = TaskDetail.read(r, r.uint32());
          break;
        case 50:
          m.blockDevices.push(BlockDeviceUsage.read(r, r.uint32()));
          break;
        case 58:
          m.hugePages.push(HugePageUsage.read(r, r.uint32()));
          break;
        case 66:
          m.cpuLimits = CpuLimits.read(r, r.uint32());
          break;
        case 74:
          m.memoryLimits = MemoryLimits.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface CpuDetail {
  /** Nanoseconds of one core. */
  user: bigint;
  system: bigint;
  /** Enforcement of the quota: periods, periods that ran into it, nanoseconds lost to it. */
  periods: bigint;
  throttledPeriods: bigint;
  throttledTime: bigint;
}
export const CpuDetail: Codec<CpuDetail> = defineCodec<CpuDetail>({
  name: 'slipway.v1.CpuDetail',
  create: (i?: Init<CpuDetail>): CpuDetail => ({
    user: i?.user ?? 0n,
    system: i?.system ?? 0n,
    periods: i?.periods ?? 0n,
    throttledPeriods: i?.throttledPeriods ?? 0n,
    throttledTime: i?.throttledTime ?? 0n,
  }),
  write(m: Init<CpuDetail>, w: Writer): Writer {
    if (m.user) w.uint32(8).uint64(toULong(m.user));
    if (m.system) w.uint32(16).uint64(toULong(m.system));
    if (m.periods) w.uint32(24).uint64(toULong(m.periods));
    if (m.throttledPeriods) w.uint32(32).uint64(toULong(m.throttledPeriods));
    if (m.throttledTime) w.uint32(40).uint64(toULong(m.throttledTime));
    return w;
  },
  read(r: Reader, length: number): CpuDetail {
    const end = r.pos + length;
    const m = CpuDetail.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.user = fromULong(r.uint64());
          break;
        case 16:
          m.system = fromULong(r.uint64());
          break;
        case 24:
          m.periods = fromULong(r.uint64());
          break;
        case 32:
          m.throttledPeriods = fromULong(r.uint64());
          break;
        case 40:
          m.throttledTime = fromULong(r.uint64());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface CpuLimits {
  /** Microseconds. */
  period: bigint;
  /** Microseconds a period; 0 is no limit. */
  quota: bigint;
  shares: bigint;
}
export const CpuLimits: Codec<CpuLimits> = defineCodec<CpuLimits>({
  name: 'slipway.v1.CpuLimits',
  create: (i?: Init<CpuLimits>): CpuLimits => ({
    period: i?.period ?? 0n,
    quota: i?.quota ?? 0n,
    shares: i?.shares ?? 0n,
  }),
  write(m: Init<CpuLimits>, w: Writer): Writer {
    if (m.period) w.uint32(8).uint64(toULong(m.period));
    if (m.quota) w.uint32(16).uint64(toULong(m.quota));
    if (m.shares) w.uint32(24).uint64(toULong(m.shares));
    return w;
  },
  read(r: Reader, length: number): CpuLimits {
    const end = r.pos + length;
    const m = CpuLimits.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.period = fromULong(r.uint64());
          break;
        case 16:
          m.quota = fromULong(r.uint64());
          break;
        case 24:
          m.shares = fromULong(r.uint64());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** Bytes, of the cgroup and those below it. */
export interface MemoryDetail {
  cache: bigint;
  mappedFile: bigint;
  activeFile: bigint;
  inactiveFile: bigint;
  swap: bigint;
  kernel: bigint;
  /** The highest usage so far; 0 where the kernel does not keep it. */
  maxUsage: bigint;
  /** How often the limit was hit. */
  limitHits: bigint;
  oomKills: bigint;
  /** Page faults of the cgroup's own processes; those of all are in the stats. */
  ownPageFaults: bigint;
  ownMajorPageFaults: bigint;
}
export const MemoryDetail: Codec<MemoryDetail> = defineCodec<MemoryDetail>({
  name: 'slipway.v1.MemoryDetail',
  create: (i?: Init<MemoryDetail>): MemoryDetail => ({
    cache: i?.cache ?? 0n,
    mappedFile: i?.mappedFile ?? 0n,
    activeFile: i?.activeFile ?? 0n,
    inactiveFile: i?.inactiveFile ?? 0n,
    swap: i?.swap ?? 0n,
    kernel: i?.kernel ?? 0n,
    maxUsage: i?.maxUsage ?? 0n,
    limitHits: i?.limitHits ?? 0n,
    oomKills: i?.oomKills ?? 0n,
    ownPageFaults: i?.ownPageFaults ?? 0n,
    ownMajorPageFaults: i?.ownMajorPageFaults ?? 0n,
  }),
  write(m: Init<MemoryDetail>, w: Writer): Writer {
    if (m.cache) w.uint32(8).uint64(toULong(m.cache));
    if (m.mappedFile) w.uint32(16).uint64(toULong(m.mappedFile));
    if (m.activeFile) w.uint32(24).uint64(toULong(m.activeFile));
    if (m.inactiveFile) w.uint32(32).uint64(toULong(m.inactiveFile));
    if (m.swap) w.uint32(40).uint64(toULong(m.swap));
    if (m.kernel) w.uint32(48).uint64(toULong(m.kernel));
    if (m.maxUsage) w.uint32(56).uint64(toULong(m.maxUsage));
    if (m.limitHits) w.uint32(64).uint64(toULong(m.limitHits));
    if (m.oomKills) w.uint32(72).uint64(toULong(m.oomKills));
    if (m.ownPageFaults) w.uint32(80).uint64(toULong(m.ownPageFaults));
    if (m.ownMajorPageFaults) w.uint32(88).uint64(toULong(m.ownMajorPageFaults));
    return w;
  },
  read(r: Reader, length: number): MemoryDetail {
    const end = r.pos + length;
    const m = MemoryDetail.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.cache = fromULong(r.uint64());
          break;
        case 16:
          m.mappedFile = fromULong(r.uint64());
          break;
        case 24:
          m.activeFile = fromULong(r.uint64());
          break;
        case 32:
          m.inactiveFile = fromULong(r.uint64());
          break;
        case 40:
          m.swap = fromULong(r.uint64());
          break;
        case 48:
          m.kernel = fromULong(r.uint64());
          break;
        case 56:
          m.maxUsage = fromULong(r.uint64());
          break;
        case 64:
          m.limitHits = fromULong(r.uint64());
          break;
        case 72:
          m.oomKills = fromULong(r.uint64());
          break;
        case 80:
          m.ownPageFaults = fromULong(r.uint64());
          break;
        case 88:
          m.ownMajorPageFaults = fromULong(r.uint64());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** Bytes; 0 is no limit. */
export interface MemoryLimits {
  limit: bigint;
  reservation: bigint;
  /** Memory and swap together on cgroup v1. */
  swapLimit: bigint;
}
export const MemoryLimits: Codec<MemoryLimits> = defineCodec<MemoryLimits>({
  name: 'slipway.v1.MemoryLimits',
  create: (i?: Init<MemoryLimits>): MemoryLimits => ({
    limit: i?.limit ?? 0n,
    reservation: i?.reservation ?? 0n,
    swapLimit: i?.swapLimit ?? 0n,
  }),
  write(m: Init<MemoryLimits>, w: Writer): Writer {
    if (m.limit) w.uint32(8).uint64(toULong(m.limit));
    if (m.reservation) w.uint32(16).uint64(toULong(m.reservation));
    if (m.swapLimit) w.uint32(24).uint64(toULong(m.swapLimit));
    return w;
  },
  read(r: Reader, length: number): MemoryLimits {
    const end = r.pos + length;
    const m = MemoryLimits.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.limit = fromULong(r.uint64());
          break;
        case 16:
          m.reservation = fromULong(r.uint64());
          break;
        case 24:
          m.swapLimit = fromULong(r.uint64());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface TaskDetail {
  processes: bigint;
  threads: bigint;
  /** 0 is no limit. */
  maxThreads: bigint;
  fileDescriptors: bigint;
  sockets: bigint;
  /** RLIMIT_NOFILE of the first process; 0 is unlimited, or unknown. */
  maxOpenFiles: bigint;
}
export const TaskDetail: Codec<TaskDetail> = defineCodec<TaskDetail>({
  name: 'slipway.v1.TaskDetail',
  create: (i?: Init<TaskDetail>): TaskDetail => ({
    processes: i?.processes ?? 0n,
    threads: i?.threads ?? 0n,
    maxThreads: i?.maxThreads ?? 0n,
    fileDescriptors: i?.fileDescriptors ?? 0n,
    sockets: i?.sockets ?? 0n,
    maxOpenFiles: i?.maxOpenFiles ?? 0n,
  }),
  write(m: Init<TaskDetail>, w: Writer): Writer {
    if (m.processes) w.uint32(8).uint64(toULong(m.processes));
    if (m.threads) w.uint32(16).uint64(toULong(m.threads));
    if (m.maxThreads) w.uint32(24).uint64(toULong(m.maxThreads));
    if (m.fileDescriptors) w.uint32(32).uint64(toULong(m.fileDescriptors));
    if (m.sockets) w.uint32(40).uint64(toULong(m.sockets));
    if (m.maxOpenFiles) w.uint32(48).uint64(toULong(m.maxOpenFiles));
    return w;
  },
  read(r: Reader, length: number): TaskDetail {
    const end = r.pos + length;
    const m = TaskDetail.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.processes = fromULong(r.uint64());
          break;
        case 16:
          m.threads = fromULong(r.uint64());
          break;
        case 24:
          m.maxThreads = fromULong(r.uint64());
          break;
        case 32:
          m.fileDescriptors = fromULong(r.uint64());
          break;
        case 40:
          m.sockets = fromULong(r.uint64());
          break;
        case 48:
          m.maxOpenFiles = fromULong(r.uint64());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface BlockDeviceUsage {
  major: number;
  minor: number;
  /** Its name below /dev, with that prefix; empty when it has none. */
  device: string;
  readBytes: bigint;
  writeBytes: bigint;
  reads: bigint;
  writes: bigint;
}
export const BlockDeviceUsage: Codec<BlockDeviceUsage> = defineCodec<BlockDeviceUsage>({
  name: 'slipway.v1.BlockDeviceUsage',
  create: (i?: Init<BlockDeviceUsage>): BlockDeviceUsage => ({
    major: i?.major ?? 0,
    minor: i?.minor ?? 0,
    device: i?.device ?? '',
    readBytes: i?.readBytes ?? 0n,
    writeBytes: i?.writeBytes ?? 0n,
    reads: i?.reads ?? 0n,
    writes: i?.writes ?? 0n,
  }),
  write(m: Init<BlockDeviceUsage>, w: Writer): Writer {
    if (m.major) w.uint32(8).uint32(m.major);
    if (m.minor) w.uint32(16).uint32(m.minor);
    if (m.device) w.uint32(26).string(m.device);
    if (m.readBytes) w.uint32(32).uint64(toULong(m.readBytes));
    if (m.writeBytes) w.uint32(40).uint64(toULong(m.writeBytes));
    if (m.reads) w.uint32(48).uint64(toULong(m.reads));
    if (m.writes) w.uint32(56).uint64(toULong(m.writes));
    return w;
  },
  read(r: Reader, length: number): BlockDeviceUsage {
    const end = r.pos + length;
    const m = BlockDeviceUsage.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.major = r.uint32();
          break;
        case 16:
          m.minor = r.uint32();
          break;
        case 26:
          m.device = r.string();
          break;
        case 32:
          m.readBytes = fromULong(r.uint64());
          break;
        case 40:
          m.writeBytes = fromULong(r.uint64());
          break;
        case 48:
          m.reads = fromULong(r.uint64());
          break;
        case 56:
          m.writes = fromULong(r.uint64());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface HugePageUsage {
  /** For example 2MB. */
  pageSize: string;
  usage: bigint;
  maxUsage: bigint;
}
export const HugePageUsage: Codec<HugePageUsage> = defineCodec<HugePageUsage>({
  name: 'slipway.v1.HugePageUsage',
  create: (i?: Init<HugePageUsage>): HugePageUsage => ({
    pageSize: i?.pageSize ?? '',
    usage: i?.usage ?? 0n,
    maxUsage: i?.maxUsage ?? 0n,
  }),
  write(m: Init<HugePageUsage>, w: Writer): Writer {
    if (m.pageSize) w.uint32(10).string(m.pageSize);
    if (m.usage) w.uint32(16).uint64(toULong(m.usage));
    if (m.maxUsage) w.uint32(24).uint64(toULong(m.maxUsage));
    return w;
  },
  read(r: Reader, length: number): HugePageUsage {
    const end = r.pos + length;
    const m = HugePageUsage.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.pageSize = r.string();
          break;
        case 16:
          m.usage = fromULong(r.uint64());
          break;
        case 24:
          m.maxUsage = fromULong(r.uint64());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export const Executor = {
  name: 'slipway.v1.Executor',
  methods: {
    /** Describes this handler and its features on this host. */
    describe: { name: 'Describe', request: DescribeRequest, response: HandlerInfo, idempotent: true },
    /** Namespaces, network, cgroup, files and, where needed, the infra container. Moves the record to READY. */
    createSandbox: { name: 'CreateSandbox', request: CreateSandboxRequest, response: CreateSandboxResponse, idempotent: true },
    /** Ends the infra container, detaches the network, releases the namespaces. Moves the record to NOT_READY. */
    stopSandbox: { name: 'StopSandbox', request: StopSandboxRequest, response: StopSandboxResponse, idempotent: true },
    /** Keeps what a pod needs by now in its record, and limits its cgroup where that is not the kubelet's or systemd's. */
    updateSandbox: { name: 'UpdateSandbox', request: UpdateSandboxCall, response: UpdateSandboxResult, idempotent: true },
    /** Writes the CNI list of the configured template, where the kubelet's pod CIDR changes it. */
    updatePodCidr: { name: 'UpdatePodCidr', request: UpdatePodCidrCall, response: UpdatePodCidrResult, idempotent: true },
    /** Removes what is left of a sandbox: directory, mounts, cgroup. Stops it first where that was not done. */
    removeSandbox: { name: 'RemoveSandbox', request: RemoveSandboxRequest, response: RemoveSandboxResponse, idempotent: true },
    /** conmon and `create`. Moves the record to CREATED. */
    createContainer: { name: 'CreateContainer', request: CreateContainerCall, response: CreateContainerResult, idempotent: true },
    /** `start`. Moves the record to RUNNING; the log file exists when it answers. */
    startContainer: { name: 'StartContainer', request: StartContainerCall, response: StartContainerResult, idempotent: true },
    /** Signal, grace, SIGKILL; answers when the record is EXITED. */
    stopContainer: { name: 'StopContainer', request: StopContainerCall, response: StopContainerResult, idempotent: true },
    /** Changes the limits of a container that was created or runs. */
    updateContainer: { name: 'UpdateContainer', request: UpdateContainerCall, response: UpdateContainerResult, idempotent: true },
    /** Ends the container if it runs, and `delete`s it. */
    removeContainer: { name: 'RemoveContainer', request: RemoveContainerCall, response: RemoveContainerResult, idempotent: true },
    /** Opens the log file again after a rotation. Never waits for another call. */
    reopenContainerLog: { name: 'ReopenContainerLog', request: ReopenContainerLogCall, response: ReopenContainerLogResult, idempotent: true },
    /** Runs a command in a container and collects its output. */
    execSync: { name: 'ExecSync', request: ExecSyncCall, response: ExecSyncResult },
    /** A URL of this instance's streaming server at which a command runs in a container, once. */
    exec: { name: 'Exec', request: ExecCall, response: StreamingUrl, idempotent: true },
    /** A URL that joins a client to the streams of a running container. */
    attach: { name: 'Attach', request: AttachCall, response: StreamingUrl, idempotent: true },
    /** A URL that carries connections to ports of a sandbox. */
    portForward: { name: 'PortForward', request: PortForwardCall, response: StreamingUrl, idempotent: true },
    /** Usage of containers and sandboxes. A sample is answered again for up to a second; nothing waits for a lifecycle call. */
    collectStats: { name: 'CollectStats', request: CollectStatsRequest, response: CollectStatsResponse, idempotent: true },
  },
} as const;
