// Generated from proto/slipway/v1/records.proto by scripts/generate-proto.mjs; do not edit.
import type { Codec, Init, Reader, Writer } from '@slipway/protobuf';
import { defineCodec, EMPTY, fromLong, fromULong, readEntry, toLong, toULong } from '@slipway/protobuf';
import { ContainerConfig, ContainerUser, LinuxContainerResources, Mount, PodSandboxConfig } from '@slipway/cri';

/**
 * The life of a sandbox.
 *
 * INTENT ──▶ READY ──▶ NOT_READY ──▶ REMOVING ──▶ (deleted)
 * └────────────────────────────────────────────────▲
 *
 * A creation that fails when the executor is done with it comes back to INTENT, whatever its phase, and is undone.
 */
export const SandboxPhase = {
  /** Reserved; nothing of it may exist yet, all of it may. Not listed: nobody was given its id. */
  SANDBOX_INTENT: 0,
  /** Namespaces, network and cgroup stand. Moved here by the executor. */
  SANDBOX_READY: 1,
  /** Stopped, or its infra container died, or the node restarted. Moved here by the executor. */
  SANDBOX_NOT_READY: 2,
  /** Being taken down; still listed as not ready until the record is gone. */
  SANDBOX_REMOVING: 3,
} as const;
export type SandboxPhase = (typeof SandboxPhase)[keyof typeof SandboxPhase];

/**
 * The life of a container.
 *
 * INTENT ──▶ CREATED ──▶ RUNNING ──▶ EXITED ──▶ (deleted)
 * │           └──────────────────────▲          ▲
 * └─────────────────────────────────────────────┘
 *
 * A creation that fails when the executor is done with it comes back to INTENT, whatever its phase, and is undone.
 */
export const ContainerPhase = {
  /** Reserved: its bundle may be half made. Not listed: nobody was given its id. */
  CONTAINER_INTENT: 0,
  /** The OCI runtime created it; its init waits. Moved here by the executor. */
  CONTAINER_PHASE_CREATED: 1,
  /** Moved here by the executor that started it. */
  CONTAINER_PHASE_RUNNING: 2,
  /** Moved here once, by the executor that first sees the exit. */
  CONTAINER_PHASE_EXITED: 3,
} as const;
export type ContainerPhase = (typeof ContainerPhase)[keyof typeof ContainerPhase];

export interface SandboxRecord {
  /** 64 lower-case hex digits. */
  id: string;
  config?: PodSandboxConfig | undefined;
  /** The handler as the kubelet asked for it; empty means the default. */
  runtimeHandler: string;
  /** The handler that runs it. */
  handler: string;
  phase: SandboxPhase;
  /** Nanoseconds since the epoch. */
  createdAt: bigint;
  /** Pod addresses, the first is the primary one. Empty on the host network. */
  ips: string[];
  /** Pinned namespaces: kind (net, ipc, uts, pid, user) to the path that holds it. A kind that is missing is the host's. */
  namespaces: Record<string, string>;
  /** The directory of the sandbox's own files: resolv.conf, hostname, shm. */
  directory: string;
  /** The cgroup under which the pod's containers live, in the form the cgroup driver takes. */
  cgroupParent: string;
  /** The infra container, where the sandbox has one. */
  infra?: InfraContainer | undefined;
  /** The key of the operation that made it. */
  operation: string;
  /** Why it is not ready, for people. */
  reason: string;
  /** An INTENT that is complete and waits for the call that makes it READY. */
  held: boolean;
}
export const SandboxRecord: Codec<SandboxRecord> = defineCodec<SandboxRecord>({
  name: 'slipway.v1.SandboxRecord',
  create: (i?: Init<SandboxRecord>): SandboxRecord => ({
    id: i?.id ?? '',
    config: i?.config != null ? PodSandboxConfig.create(i?.config) : undefined,
    runtimeHandler: i?.runtimeHandler ?? '',
    handler: i?.handler ?? '',
    phase: i?.phase ?? 0,
    createdAt: i?.createdAt ?? 0n,
    ips: [...(i?.ips ?? [])],
    namespaces: { ...i?.namespaces } as Record<string, string>,
    directory: i?.directory ?? '',
    cgroupParent: i?.cgroupParent ?? '',
    infra: i?.infra != null ? InfraContainer.create(i?.infra) : undefined,
    operation: i?.operation ?? '',
    reason: i?.reason ?? '',
    held: i?.held ?? false,
  }),
  write(m: Init<SandboxRecord>, w: Writer): Writer {
    if (m.id) w.uint32(10).string(m.id);
    if (m.config != null) PodSandboxConfig.write(m.config, w.uint32(18).fork()).ldelim();
    if (m.runtimeHandler) w.uint32(26).string(m.runtimeHandler);
    if (m.handler) w.uint32(34).string(m.handler);
    if (m.phase) w.uint32(40).int32(m.phase);
    if (m.createdAt) w.uint32(48).int64(toLong(m.createdAt));
    if (m.ips) for (const v of m.ips) w.uint32(58).string(v);
    if (m.namespaces) for (const [k, v] of Object.entries(m.namespaces)) {
      if (v === undefined) continue;
      w.uint32(66).fork().uint32(10).string(k);
      w.uint32(18).string(v).ldelim();
    }
    if (m.directory) w.uint32(74).string(m.directory);
    if (m.cgroupParent) w.uint32(82).string(m.cgroupParent);
    if (m.infra != null) InfraContainer.write(m.infra, w.uint32(90).fork()).ldelim();
    if (m.operation) w.uint32(98).string(m.operation);
    if (m.reason) w.uint32(106).string(m.reason);
    if (m.held) w.uint32(112).bool(m.held);
    return w;
  },
  read(r: Reader, length: number): SandboxRecord {
    const end = r.pos + length;
    const m = SandboxRecord.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.id = r.string();
          break;
        case 18:
          m.config = PodSandboxConfig.read(r, r.uint32());
          break;
        case 26:
          m.runtimeHandler = r.string();
          break;
        case 34:
          m.handler = r.string();
          break;
        case 40:
          m.phase = r.int32() as SandboxPhase;
          break;
        case 48:
          m.createdAt = fromLong(r.int64());
          break;
        case 58:
          m.ips.push(r.string());
          break;
        case 66:
          readEntry(r, m.namespaces, () => r.string(), '');
          break;
        case 74:
          m.directory = r.string();
          break;
        case 82:
          m.cgroupParent = r.string();
          break;
        case 90:
          m.infra = InfraContainer.read(r, r.uint32());
          break;
        case 98:
          m.operation = r.string();
          break;
        case 106:
          m.reason = r.string();
          break;
        case 112:
          m.held = r.bool();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface InfraContainer {
  bundle: string;
  /** On the host. */
  pid: number;
  /** Field 22 of /proc/<pid>/stat, so that a reused pid is not taken for it. */
  startTicks: bigint;
}
export const InfraContainer: Codec<InfraContainer> = defineCodec<InfraContainer>({
  name: 'slipway.v1.InfraContainer',
  create: (i?: Init<InfraContainer>): InfraContainer => ({
    bundle: i?.bundle ?? '',
    pid: i?.pid ?? 0,
    startTicks: i?.startTicks ?? 0n,
  }),
  write(m: Init<InfraContainer>, w: Writer): Writer {
    if (m.bundle) w.uint32(10).string(m.bundle);
    if (m.pid) w.uint32(16).int32(m.pid);
    if (m.startTicks) w.uint32(24).uint64(toULong(m.startTicks));
    return w;
  },
  read(r: Reader, length: number): InfraContainer {
    const end = r.pos + length;
    const m = InfraContainer.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.bundle = r.string();
          break;
        case 16:
          m.pid = r.int32();
          break;
        case 24:
          m.startTicks = fromULong(r.uint64());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface ContainerRecord {
  /** 64 lower-case hex digits. */
  id: string;
  sandboxId: string;
  config?: ContainerConfig | undefined;
  handler: string;
  phase: ContainerPhase;
  /** Nanoseconds since the epoch; 0 while it has not happened. */
  createdAt: bigint;
  startedAt: bigint;
  finishedAt: bigint;
  exitCode: number;
  /** OOMKilled, Completed, Error, StartError, as kubelets show them. */
  reason: string;
  message: string;
  /** The image's id: its config digest. */
  imageId: string;
  /** The value of ContainerStatus.image_ref: a repo digest where the image has one, else the id. */
  imageRef: string;
  /** The container's init on the host, and when it started. */
  pid: number;
  startTicks: bigint;
  bundle: string;
  /** Absolute; empty when the pod has no log directory. */
  logPath: string;
  /** As ContainerStatus.mounts answers them. */
  mounts: Mount[];
  user?: ContainerUser | undefined;
  /** The name of the signal that ends it, for example SIGTERM. */
  stopSignal: string;
  resources?: LinuxContainerResources | undefined;
  /** The key of the operation that made it. */
  operation: string;
  /** diffIDs of the layers below its rootfs, and of image volumes: garbage collection leaves them. */
  layers: string[];
  /** The stop signal was sent at this time (nanoseconds since the epoch); written after it was sent, and sent once. */
  stopSignalledAt: bigint;
  /** The same in nanoseconds of the host's CLOCK_MONOTONIC: graces count from it, whatever becomes of the wall clock. */
  stopSignalledUptime: bigint;
}
export const ContainerRecord: Codec<ContainerRecord> = defineCodec<ContainerRecord>({
  name: 'slipway.v1.ContainerRecord',
  create: (i?: Init<ContainerRecord>): ContainerRecord => ({
    id: i?.id ?? '',
    sandboxId: i?.sandboxId ?? '',
    config: i?.config != null ? ContainerConfig.create(i?.config) : undefined,
    handler: i?.handler ?? '',
    phase: i?.phase ?? 0,
    createdAt: i?.createdAt ?? 0n,
    startedAt: i?.startedAt ?? 0n,
    finishedAt: i?.finishedAt ?? 0n,
    exitCode: i?.exitCode ?? 0,
    reason: i?.reason ?? '',
    message: i?.message ?? '',
    imageId: i?.imageId ?? '',
    imageRef: i?.imageRef ?? '',
    pid: i?.pid ?? 0,
    startTicks: i?.startTicks ?? 0n,
    bundle: i?.bundle ?? '',
    logPath: i?.logPath ?? '',
    mounts: i?.mounts?.map(Mount.create) ?? [],
    user: i?.user != null ? ContainerUser.create(i?.user) : undefined,
    stopSignal: i?.stopSignal ?? '',
    resources: i?.resources != null ? LinuxContainerResources.create(i?.resources) : undefined,
    operation: i?.operation ?? '',
    layers: [...(i?.layers ?? [])],
    stopSignalledAt: i?.stopSignalledAt ?? 0n,
    stopSignalledUptime: i?.stopSignalledUptime ?? 0n,
  }),
  write(m: Init<ContainerRecord>, w: Writer): Writer {
    if (m.id) w.uint32(10).string(m.id);
    if (m.sandboxId) w.uint32(18).string(m.sandboxId);
    if (m.config != null) ContainerConfig.write(m.config, w.uint32(26).fork()).ldelim();
    if (m.handler) w.uint32(34).string(m.handler);
    if (m.phase) w.uint32(40).int32(m.phase);
    if (m.createdAt) w.uint32(48).int64(toLong(m.createdAt));
    if (m.startedAt) w.uint32(56).int64(toLong(m.startedAt));
    if (m.finishedAt) w.uint32(64).int64(toLong(m.finishedAt));
    if (m.exitCode) w.uint32(72).int32(m.exitCode);
    if (m.reason) w.uint32(82).string(m.reason);
    if (m.message) w.uint32(90).string(m.message);
    if (m.imageId) w.uint32(98).string(m.imageId);
    if (m.imageRef) w.uint32(106).string(m.imageRef);
    if (m.pid) w.uint32(112).int32(m.pid);
    if (m.startTicks) w.uint32(120).uint64(toULong(m.startTicks));
    if (m.bundle) w.uint32(130).string(m.bundle);
    if (m.logPath) w.uint32(138).string(m.logPath);
    if (m.mounts) for (const v of m.mounts) Mount.write(v, w.uint32(146).fork()).ldelim();
    if (m.user != null) ContainerUser.write(m.user, w.uint32(154).fork()).ldelim();
    if (m.stopSignal) w.uint32(162).string(m.stopSignal);
    if (m.resources != null) LinuxContainerResources.write(m.resources, w.uint32(170).fork()).ldelim();
    if (m.operation) w.uint32(178).string(m.operation);
    if (m.layers) for (const v of m.layers) w.uint32(186).string(v);
    if (m.stopSignalledAt) w.uint32(192).int64(toLong(m.stopSignalledAt));
    if (m.stopSignalledUptime) w.uint32(200).int64(toLong(m.stopSignalledUptime));
    return w;
  },
  read(r: Reader, length: number): ContainerRecord {
    const end = r.pos + length;
    const m = ContainerRecord.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.id = r.string();
          break;
        case 18:
          m.sandboxId = r.string();
          break;
        case 26:
          m.config = ContainerConfig.read(r, r.uint32());
          break;
        case 34:
          m.handler = r.string();
          break;
        case 40:
          m.phase = r.int32() as ContainerPhase;
          break;
        case 48:
          m.createdAt = fromLong(r.int64());
          break;
        case 56:
          m.startedAt = fromLong(r.int64());
          break;
        case 64:
          m.finishedAt = fromLong(r.int64());
          break;
        case 72:
          m.exitCode = r.int32();
          break;
        case 82:
          m.reason = r.string();
          break;
        case 90:
          m.message = r.string();
          break;
        case 98:
          m.imageId = r.string();
          break;
        case 106:
          m.imageRef = r.string();
          break;
        case 112:
          m.pid = r.int32();
          break;
        case 120:
          m.startTicks = fromULong(r.uint64());
          break;
        case 130:
          m.bundle = r.string();
          break;
        case 138:
          m.logPath = r.string();
          break;
        case 146:
          m.mounts.push(Mount.read(r, r.uint32()));
          break;
        case 154:
          m.user = ContainerUser.read(r, r.uint32());
          break;
        case 162:
          m.stopSignal = r.string();
          break;
        case 170:
          m.resources = LinuxContainerResources.read(r, r.uint32());
          break;
        case 178:
          m.operation = r.string();
          break;
        case 186:
          m.layers.push(r.string());
          break;
        case 192:
          m.stopSignalledAt = fromLong(r.int64());
          break;
        case 200:
          m.stopSignalledUptime = fromLong(r.int64());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface ImageRecord {
  /** The config digest: sha256:<hex>. */
  id: string;
  /** Normal forms, for example docker.io/library/alpine:3.20. */
  repoTags: string[];
  /** For example docker.io/library/alpine@sha256:<hex>: what was asked for, index or manifest. */
  repoDigests: string[];
  /** Bytes of the compressed layers and the config. */
  size: bigint;
  /** The image's config, as its JSON bytes. */
  config: Uint8Array;
  layers: ImageLayer[];
  pinned: boolean;
  pulledAt: bigint;
  /** The manifest that was chosen for this platform. */
  manifestDigest: string;
}
export const ImageRecord: Codec<ImageRecord> = defineCodec<ImageRecord>({
  name: 'slipway.v1.ImageRecord',
  create: (i?: Init<ImageRecord>): ImageRecord => ({
    id: i?.id ?? '',
    repoTags: [...(i?.repoTags ?? [])],
    repoDigests: [...(i?.repoDigests ?? [])],
    size: i?.size ?? 0n,
    config: i?.config ?? EMPTY,
    layers: i?.layers?.map(ImageLayer.create) ?? [],
    pinned: i?.pinned ?? false,
    pulledAt: i?.pulledAt ?? 0n,
    manifestDigest: i?.manifestDigest ?? '',
  }),
  write(m: Init<ImageRecord>, w: Writer): Writer {
    if (m.id) w.uint32(10).string(m.id);
    if (m.repoTags) for (const v of m.repoTags) w.uint32(18).string(v);
    if (m.repoDigests) for (const v of m.repoDigests) w.uint32(26).string(v);
    if (m.size) w.uint32(32).uint64(toULong(m.size));
    if (m.config?.length) w.uint32(42).bytes(m.config);
    if (m.layers) for (const v of m.layers) ImageLayer.write(v, w.uint32(50).fork()).ldelim();
    if (m.pinned) w.uint32(56).bool(m.pinned);
    if (m.pulledAt) w.uint32(64).int64(toLong(m.pulledAt));
    if (m.manifestDigest) w.uint32(74).string(m.manifestDigest);
    return w;
  },
  read(r: Reader, length: number): ImageRecord {
    const end = r.pos + length;
    const m = ImageRecord.create();
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
          m.config = r.bytes();
          break;
        case 50:
          m.layers.push(ImageLayer.read(r, r.uint32()));
          break;
        case 56:
          m.pinned = r.bool();
          break;
        case 64:
          m.pulledAt = fromLong(r.int64());
          break;
        case 74:
          m.manifestDigest = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface ImageLayer {
  /** Digest of the uncompressed tar: the layer store's key. */
  diffId: string;
  /** Digest of the blob in the registry. */
  digest: string;
  /** Bytes of that blob. */
  size: bigint;
}
export const ImageLayer: Codec<ImageLayer> = defineCodec<ImageLayer>({
  name: 'slipway.v1.ImageLayer',
  create: (i?: Init<ImageLayer>): ImageLayer => ({
    diffId: i?.diffId ?? '',
    digest: i?.digest ?? '',
    size: i?.size ?? 0n,
  }),
  write(m: Init<ImageLayer>, w: Writer): Writer {
    if (m.diffId) w.uint32(10).string(m.diffId);
    if (m.digest) w.uint32(18).string(m.digest);
    if (m.size) w.uint32(24).uint64(toULong(m.size));
    return w;
  },
  read(r: Reader, length: number): ImageLayer {
    const end = r.pos + length;
    const m = ImageLayer.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.diffId = r.string();
          break;
        case 18:
          m.digest = r.string();
          break;
        case 24:
          m.size = fromULong(r.uint64());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});
