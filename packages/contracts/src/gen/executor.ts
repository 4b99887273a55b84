// Generated from proto/slipway/v1/executor.proto by scripts/generate-proto.mjs; do not edit.
import type { Codec, Init, Reader, Writer } from '@slipway/protobuf';
import { defineCodec, EMPTY, fromLong, toLong } from '@slipway/protobuf';
import { ContainerRecord, SandboxRecord } from './records.js';

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

/** What one executor instance says of its handler. */
export interface HandlerInfo {
  name: string;
  /** runc, crun, runsc: how its binary is spoken to. */
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
}
export const CreateSandboxRequest: Codec<CreateSandboxRequest> = defineCodec<CreateSandboxRequest>({
  name: 'slipway.v1.CreateSandboxRequest',
  create: (i?: Init<CreateSandboxRequest>): CreateSandboxRequest => ({
    sandbox: i?.sandbox != null ? SandboxRecord.create(i?.sandbox) : undefined,
    infraBundle: i?.infraBundle ?? '',
  }),
  write(m: Init<CreateSandboxRequest>, w: Writer): Writer {
    if (m.sandbox != null) SandboxRecord.write(m.sandbox, w.uint32(10).fork()).ldelim();
    if (m.infraBundle) w.uint32(18).string(m.infraBundle);
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
  /** Seconds until SIGKILL; 0 or less kills at once. */
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

export const Executor = {
  name: 'slipway.v1.Executor',
  methods: {
    /** What this handler is and can do on this host. */
    describe: { name: 'Describe', request: DescribeRequest, response: HandlerInfo, idempotent: true },
    /** Namespaces, network, cgroup, files and, where needed, the infra container. Moves the record to READY. */
    createSandbox: { name: 'CreateSandbox', request: CreateSandboxRequest, response: CreateSandboxResponse, idempotent: true },
    /** Ends the infra container, detaches the network, lets go of the namespaces. Moves the record to NOT_READY. */
    stopSandbox: { name: 'StopSandbox', request: StopSandboxRequest, response: StopSandboxResponse, idempotent: true },
    /** Removes what is left of a sandbox: directory, mounts, cgroup. Stops it first where that was not done. */
    removeSandbox: { name: 'RemoveSandbox', request: RemoveSandboxRequest, response: RemoveSandboxResponse, idempotent: true },
    /** conmon and `create`. Moves the record to CREATED. */
    createContainer: { name: 'CreateContainer', request: CreateContainerCall, response: CreateContainerResult, idempotent: true },
    /** `start`. Moves the record to RUNNING; the log file exists when it answers. */
    startContainer: { name: 'StartContainer', request: StartContainerCall, response: StartContainerResult, idempotent: true },
    /** Signal, grace, SIGKILL; answers when the record is EXITED. */
    stopContainer: { name: 'StopContainer', request: StopContainerCall, response: StopContainerResult, idempotent: true },
    /** Ends the container if it runs, and `delete`s it. */
    removeContainer: { name: 'RemoveContainer', request: RemoveContainerCall, response: RemoveContainerResult, idempotent: true },
    /** Opens the log file anew after a rotation. Never waits for another call. */
    reopenContainerLog: { name: 'ReopenContainerLog', request: ReopenContainerLogCall, response: ReopenContainerLogResult, idempotent: true },
    /** Runs a command in a container and collects its output. */
    execSync: { name: 'ExecSync', request: ExecSyncCall, response: ExecSyncResult },
  },
} as const;
