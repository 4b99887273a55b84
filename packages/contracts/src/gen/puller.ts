// Generated from proto/slipway/v1/puller.proto by scripts/generate-proto.mjs; do not edit.
import type { Codec, Init, Reader, Writer } from '@slipway/protobuf';
import { defineCodec, fromLong, fromULong, toLong, toULong } from '@slipway/protobuf';
import { ImageRecord } from './records.js';
import { AuthConfig } from '@slipway/cri';

/**
 * The secret of PullImage and ExplainImage: it is sealed for the puller that takes the call, and is in none of its
 * messages (docs/stage-contract.md).
 */
export interface PullSecret {
  auth?: AuthConfig | undefined;
}
export const PullSecret: Codec<PullSecret> = defineCodec<PullSecret>({
  name: 'slipway.v1.PullSecret',
  create: (i?: Init<PullSecret>): PullSecret => ({
    auth: i?.auth != null ? AuthConfig.create(i?.auth) : undefined,
  }),
  write(m: Init<PullSecret>, w: Writer): Writer {
    if (m.auth != null) AuthConfig.write(m.auth, w.uint32(10).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): PullSecret {
    const end = r.pos + length;
    const m = PullSecret.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.auth = AuthConfig.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface PullImageRequest {
  /** As the kubelet wrote it. */
  reference: string;
  /** Labels and annotations of the pod that asked, for logs. */
  pod: string;
}
export const PullImageRequest: Codec<PullImageRequest> = defineCodec<PullImageRequest>({
  name: 'slipway.v1.PullImageRequest',
  create: (i?: Init<PullImageRequest>): PullImageRequest => ({
    reference: i?.reference ?? '',
    pod: i?.pod ?? '',
  }),
  write(m: Init<PullImageRequest>, w: Writer): Writer {
    if (m.reference) w.uint32(10).string(m.reference);
    if (m.pod) w.uint32(26).string(m.pod);
    return w;
  },
  read(r: Reader, length: number): PullImageRequest {
    const end = r.pos + length;
    const m = PullImageRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.reference = r.string();
          break;
        case 26:
          m.pod = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface PullImageResponse {
  image?: ImageRecord | undefined;
}
export const PullImageResponse: Codec<PullImageResponse> = defineCodec<PullImageResponse>({
  name: 'slipway.v1.PullImageResponse',
  create: (i?: Init<PullImageResponse>): PullImageResponse => ({
    image: i?.image != null ? ImageRecord.create(i?.image) : undefined,
  }),
  write(m: Init<PullImageResponse>, w: Writer): Writer {
    if (m.image != null) ImageRecord.write(m.image, w.uint32(10).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): PullImageResponse {
    const end = r.pos + length;
    const m = PullImageResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.image = ImageRecord.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** The payload of a pull's and a load's beats, and an event (kind pull). */
export interface PullProgress {
  /** As the caller wrote it; of a load, the archive's path. */
  reference: string;
  /**
   * resolve, fetch, unpack, sync, done or failed. At sync the image is there and the call answers;
   * its layers are being written through to the disk behind it. done: that is over, too.
   */
  step: string;
  bytesDone: bigint;
  bytesTotal: bigint;
  layersDone: number;
  layersTotal: number;
  layers: LayerProgress[];
  /** Bytes that came within the last seconds, by the second. */
  bytesPerSecond: bigint;
  /** Why, where step is failed. */
  error: string;
}
export const PullProgress: Codec<PullProgress> = defineCodec<PullProgress>({
  name: 'slipway.v1.PullProgress',
  create: (i?: Init<PullProgress>): PullProgress => ({
    reference: i?.reference ?? '',
    step: i?.step ?? '',
    bytesDone: i?.bytesDone ?? 0n,
    bytesTotal: i?.bytesTotal ?? 0n,
    layersDone: i?.layersDone ?? 0,
    layersTotal: i?.layersTotal ?? 0,
    layers: i?.layers?.map(LayerProgress.create) ?? [],
    bytesPerSecond: i?.bytesPerSecond ?? 0n,
    error: i?.error ?? '',
  }),
  write(m: Init<PullProgress>, w: Writer): Writer {
    if (m.reference) w.uint32(10).string(m.reference);
    if (m.step) w.uint32(18).string(m.step);
    if (m.bytesDone) w.uint32(24).uint64(toULong(m.bytesDone));
    if (m.bytesTotal) w.uint32(32).uint64(toULong(m.bytesTotal));
    if (m.layersDone) w.uint32(40).uint32(m.layersDone);
    if (m.layersTotal) w.uint32(48).uint32(m.layersTotal);
    if (m.layers) for (const v of m.layers) LayerProgress.write(v, w.uint32(58).fork()).ldelim();
    if (m.bytesPerSecond) w.uint32(64).uint64(toULong(m.bytesPerSecond));
    if (m.error) w.uint32(74).string(m.error);
    return w;
  },
  read(r: Reader, length: number): PullProgress {
    const end = r.pos + length;
    const m = PullProgress.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.reference = r.string();
          break;
        case 18:
          m.step = r.string();
          break;
        case 24:
          m.bytesDone = fromULong(r.uint64());
          break;
        case 32:
          m.bytesTotal = fromULong(r.uint64());
          break;
        case 40:
          m.layersDone = r.uint32();
          break;
        case 48:
          m.layersTotal = r.uint32();
          break;
        case 58:
          m.layers.push(LayerProgress.read(r, r.uint32()));
          break;
        case 64:
          m.bytesPerSecond = fromULong(r.uint64());
          break;
        case 74:
          m.error = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface LayerProgress {
  digest: string;
  /** wait, fetch, unpack or done. */
  step: string;
  bytesDone: bigint;
  bytesTotal: bigint;
}
export const LayerProgress: Codec<LayerProgress> = defineCodec<LayerProgress>({
  name: 'slipway.v1.LayerProgress',
  create: (i?: Init<LayerProgress>): LayerProgress => ({
    digest: i?.digest ?? '',
    step: i?.step ?? '',
    bytesDone: i?.bytesDone ?? 0n,
    bytesTotal: i?.bytesTotal ?? 0n,
  }),
  write(m: Init<LayerProgress>, w: Writer): Writer {
    if (m.digest) w.uint32(10).string(m.digest);
    if (m.step) w.uint32(18).string(m.step);
    if (m.bytesDone) w.uint32(24).uint64(toULong(m.bytesDone));
    if (m.bytesTotal) w.uint32(32).uint64(toULong(m.bytesTotal));
    return w;
  },
  read(r: Reader, length: number): LayerProgress {
    const end = r.pos + length;
    const m = LayerProgress.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.digest = r.string();
          break;
        case 18:
          m.step = r.string();
          break;
        case 24:
          m.bytesDone = fromULong(r.uint64());
          break;
        case 32:
          m.bytesTotal = fromULong(r.uint64());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface RemoveImageRequest {
  /** The image's id. */
  id: string;
}
export const RemoveImageRequest: Codec<RemoveImageRequest> = defineCodec<RemoveImageRequest>({
  name: 'slipway.v1.RemoveImageRequest',
  create: (i?: Init<RemoveImageRequest>): RemoveImageRequest => ({
    id: i?.id ?? '',
  }),
  write(m: Init<RemoveImageRequest>, w: Writer): Writer {
    if (m.id) w.uint32(10).string(m.id);
    return w;
  },
  read(r: Reader, length: number): RemoveImageRequest {
    const end = r.pos + length;
    const m = RemoveImageRequest.create();
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

export interface RemoveImageResponse {
}
export const RemoveImageResponse: Codec<RemoveImageResponse> = defineCodec<RemoveImageResponse>({
  name: 'slipway.v1.RemoveImageResponse',
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

export interface ImageFsInfoRequest {
}
export const ImageFsInfoRequest: Codec<ImageFsInfoRequest> = defineCodec<ImageFsInfoRequest>({
  name: 'slipway.v1.ImageFsInfoRequest',
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

export interface ImageFsInfoResponse {
  timestamp: bigint;
  /** An existing directory on the image store's file system. */
  mountpoint: string;
  usedBytes: bigint;
  inodesUsed: bigint;
  /** The same for the containers' writable layers. */
  containerMountpoint: string;
  containerUsedBytes: bigint;
  containerInodesUsed: bigint;
}
export const ImageFsInfoResponse: Codec<ImageFsInfoResponse> = defineCodec<ImageFsInfoResponse>({
  name: 'slipway.v1.ImageFsInfoResponse',
  create: (i?: Init<ImageFsInfoResponse>): ImageFsInfoResponse => ({
    timestamp: i?.timestamp ?? 0n,
    mountpoint: i?.mountpoint ?? '',
    usedBytes: i?.usedBytes ?? 0n,
    inodesUsed: i?.inodesUsed ?? 0n,
    containerMountpoint: i?.containerMountpoint ?? '',
    containerUsedBytes: i?.containerUsedBytes ?? 0n,
    containerInodesUsed: i?.containerInodesUsed ?? 0n,
  }),
  write(m: Init<ImageFsInfoResponse>, w: Writer): Writer {
    if (m.timestamp) w.uint32(8).int64(toLong(m.timestamp));
    if (m.mountpoint) w.uint32(18).string(m.mountpoint);
    if (m.usedBytes) w.uint32(24).uint64(toULong(m.usedBytes));
    if (m.inodesUsed) w.uint32(32).uint64(toULong(m.inodesUsed));
    if (m.containerMountpoint) w.uint32(42).string(m.containerMountpoint);
    if (m.containerUsedBytes) w.uint32(48).uint64(toULong(m.containerUsedBytes));
    if (m.containerInodesUsed) w.uint32(56).uint64(toULong(m.containerInodesUsed));
    return w;
  },
  read(r: Reader, length: number): ImageFsInfoResponse {
    const end = r.pos + length;
    const m = ImageFsInfoResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.timestamp = fromLong(r.int64());
          break;
        case 18:
          m.mountpoint = r.string();
          break;
        case 24:
          m.usedBytes = fromULong(r.uint64());
          break;
        case 32:
          m.inodesUsed = fromULong(r.uint64());
          break;
        case 42:
          m.containerMountpoint = r.string();
          break;
        case 48:
          m.containerUsedBytes = fromULong(r.uint64());
          break;
        case 56:
          m.containerInodesUsed = fromULong(r.uint64());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface LoadImagesRequest {
  /** A file that the puller can open: docker save's or an OCI layout's tar, plain or with gzip or zstd. */
  path: string;
  /** The repository of images whose archive has only a tag, or no name. */
  name: string;
}
export const LoadImagesRequest: Codec<LoadImagesRequest> = defineCodec<LoadImagesRequest>({
  name: 'slipway.v1.LoadImagesRequest',
  create: (i?: Init<LoadImagesRequest>): LoadImagesRequest => ({
    path: i?.path ?? '',
    name: i?.name ?? '',
  }),
  write(m: Init<LoadImagesRequest>, w: Writer): Writer {
    if (m.path) w.uint32(10).string(m.path);
    if (m.name) w.uint32(18).string(m.name);
    return w;
  },
  read(r: Reader, length: number): LoadImagesRequest {
    const end = r.pos + length;
    const m = LoadImagesRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.path = r.string();
          break;
        case 18:
          m.name = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface LoadImagesResponse {
  images: ImageRecord[];
}
export const LoadImagesResponse: Codec<LoadImagesResponse> = defineCodec<LoadImagesResponse>({
  name: 'slipway.v1.LoadImagesResponse',
  create: (i?: Init<LoadImagesResponse>): LoadImagesResponse => ({
    images: i?.images?.map(ImageRecord.create) ?? [],
  }),
  write(m: Init<LoadImagesResponse>, w: Writer): Writer {
    if (m.images) for (const v of m.images) ImageRecord.write(v, w.uint32(10).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): LoadImagesResponse {
    const end = r.pos + length;
    const m = LoadImagesResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.images.push(ImageRecord.read(r, r.uint32()));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface ExplainImageRequest {
  reference: string;
}
export const ExplainImageRequest: Codec<ExplainImageRequest> = defineCodec<ExplainImageRequest>({
  name: 'slipway.v1.ExplainImageRequest',
  create: (i?: Init<ExplainImageRequest>): ExplainImageRequest => ({
    reference: i?.reference ?? '',
  }),
  write(m: Init<ExplainImageRequest>, w: Writer): Writer {
    if (m.reference) w.uint32(10).string(m.reference);
    return w;
  },
  read(r: Reader, length: number): ExplainImageRequest {
    const end = r.pos + length;
    const m = ExplainImageRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.reference = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface ExplainImageResponse {
  /** The reference in its normal form. */
  reference: string;
  hosts: ExplainedHost[];
  /** Entries of a hosts.toml without effect, with file and line. */
  warnings: string[];
  /** Directories that were looked at before and hold nothing for this registry. */
  passed: string[];
}
export const ExplainImageResponse: Codec<ExplainImageResponse> = defineCodec<ExplainImageResponse>({
  name: 'slipway.v1.ExplainImageResponse',
  create: (i?: Init<ExplainImageResponse>): ExplainImageResponse => ({
    reference: i?.reference ?? '',
    hosts: i?.hosts?.map(ExplainedHost.create) ?? [],
    warnings: [...(i?.warnings ?? [])],
    passed: [...(i?.passed ?? [])],
  }),
  write(m: Init<ExplainImageResponse>, w: Writer): Writer {
    if (m.reference) w.uint32(10).string(m.reference);
    if (m.hosts) for (const v of m.hosts) ExplainedHost.write(v, w.uint32(18).fork()).ldelim();
    if (m.warnings) for (const v of m.warnings) w.uint32(26).string(v);
    if (m.passed) for (const v of m.passed) w.uint32(34).string(v);
    return w;
  },
  read(r: Reader, length: number): ExplainImageResponse {
    const end = r.pos + length;
    const m = ExplainImageResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.reference = r.string();
          break;
        case 18:
          m.hosts.push(ExplainedHost.read(r, r.uint32()));
          break;
        case 26:
          m.warnings.push(r.string());
          break;
        case 34:
          m.passed.push(r.string());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface ExplainedHost {
  url: string;
  capabilities: string[];
  /** default, or file:line. */
  source: string;
  reason: string;
  /** Where its credentials come from, or why there are none; never the credentials. */
  credentials: string;
  /** TLS, headers' names, time-outs, where they are not the default. */
  settings: string[];
}
export const ExplainedHost: Codec<ExplainedHost> = defineCodec<ExplainedHost>({
  name: 'slipway.v1.ExplainedHost',
  create: (i?: Init<ExplainedHost>): ExplainedHost => ({
    url: i?.url ?? '',
    capabilities: [...(i?.capabilities ?? [])],
    source: i?.source ?? '',
    reason: i?.reason ?? '',
    credentials: i?.credentials ?? '',
    settings: [...(i?.settings ?? [])],
  }),
  write(m: Init<ExplainedHost>, w: Writer): Writer {
    if (m.url) w.uint32(10).string(m.url);
    if (m.capabilities) for (const v of m.capabilities) w.uint32(18).string(v);
    if (m.source) w.uint32(26).string(m.source);
    if (m.reason) w.uint32(34).string(m.reason);
    if (m.credentials) w.uint32(42).string(m.credentials);
    if (m.settings) for (const v of m.settings) w.uint32(50).string(v);
    return w;
  },
  read(r: Reader, length: number): ExplainedHost {
    const end = r.pos + length;
    const m = ExplainedHost.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.url = r.string();
          break;
        case 18:
          m.capabilities.push(r.string());
          break;
        case 26:
          m.source = r.string();
          break;
        case 34:
          m.reason = r.string();
          break;
        case 42:
          m.credentials = r.string();
          break;
        case 50:
          m.settings.push(r.string());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface InspectImageRequest {
  /** The image's id. */
  id: string;
}
export const InspectImageRequest: Codec<InspectImageRequest> = defineCodec<InspectImageRequest>({
  name: 'slipway.v1.InspectImageRequest',
  create: (i?: Init<InspectImageRequest>): InspectImageRequest => ({
    id: i?.id ?? '',
  }),
  write(m: Init<InspectImageRequest>, w: Writer): Writer {
    if (m.id) w.uint32(10).string(m.id);
    return w;
  },
  read(r: Reader, length: number): InspectImageRequest {
    const end = r.pos + length;
    const m = InspectImageRequest.create();
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

export interface InspectImageResponse {
  image?: ImageRecord | undefined;
  layers: LayerOnDisk[];
  /** Ids of containers made of the image. */
  containers: string[];
}
export const InspectImageResponse: Codec<InspectImageResponse> = defineCodec<InspectImageResponse>({
  name: 'slipway.v1.InspectImageResponse',
  create: (i?: Init<InspectImageResponse>): InspectImageResponse => ({
    image: i?.image != null ? ImageRecord.create(i?.image) : undefined,
    layers: i?.layers?.map(LayerOnDisk.create) ?? [],
    containers: [...(i?.containers ?? [])],
  }),
  write(m: Init<InspectImageResponse>, w: Writer): Writer {
    if (m.image != null) ImageRecord.write(m.image, w.uint32(10).fork()).ldelim();
    if (m.layers) for (const v of m.layers) LayerOnDisk.write(v, w.uint32(18).fork()).ldelim();
    if (m.containers) for (const v of m.containers) w.uint32(26).string(v);
    return w;
  },
  read(r: Reader, length: number): InspectImageResponse {
    const end = r.pos + length;
    const m = InspectImageResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.image = ImageRecord.read(r, r.uint32());
          break;
        case 18:
          m.layers.push(LayerOnDisk.read(r, r.uint32()));
          break;
        case 26:
          m.containers.push(r.string());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface LayerOnDisk {
  diffId: string;
  /** false: the layer is not in the store, and the image has to be pulled again. */
  present: boolean;
  /** As du counts. */
  bytes: bigint;
  inodes: bigint;
  /** Whether it was written through to the disk. */
  synced: boolean;
  /** How many images have it. */
  images: number;
}
export const LayerOnDisk: Codec<LayerOnDisk> = defineCodec<LayerOnDisk>({
  name: 'slipway.v1.LayerOnDisk',
  create: (i?: Init<LayerOnDisk>): LayerOnDisk => ({
    diffId: i?.diffId ?? '',
    present: i?.present ?? false,
    bytes: i?.bytes ?? 0n,
    inodes: i?.inodes ?? 0n,
    synced: i?.synced ?? false,
    images: i?.images ?? 0,
  }),
  write(m: Init<LayerOnDisk>, w: Writer): Writer {
    if (m.diffId) w.uint32(10).string(m.diffId);
    if (m.present) w.uint32(16).bool(m.present);
    if (m.bytes) w.uint32(24).uint64(toULong(m.bytes));
    if (m.inodes) w.uint32(32).uint64(toULong(m.inodes));
    if (m.synced) w.uint32(40).bool(m.synced);
    if (m.images) w.uint32(48).uint32(m.images);
    return w;
  },
  read(r: Reader, length: number): LayerOnDisk {
    const end = r.pos + length;
    const m = LayerOnDisk.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.diffId = r.string();
          break;
        case 16:
          m.present = r.bool();
          break;
        case 24:
          m.bytes = fromULong(r.uint64());
          break;
        case 32:
          m.inodes = fromULong(r.uint64());
          break;
        case 40:
          m.synced = r.bool();
          break;
        case 48:
          m.images = r.uint32();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface VerifyImageRequest {
  /** The image's id. */
  id: string;
}
export const VerifyImageRequest: Codec<VerifyImageRequest> = defineCodec<VerifyImageRequest>({
  name: 'slipway.v1.VerifyImageRequest',
  create: (i?: Init<VerifyImageRequest>): VerifyImageRequest => ({
    id: i?.id ?? '',
  }),
  write(m: Init<VerifyImageRequest>, w: Writer): Writer {
    if (m.id) w.uint32(10).string(m.id);
    return w;
  },
  read(r: Reader, length: number): VerifyImageRequest {
    const end = r.pos + length;
    const m = VerifyImageRequest.create();
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

export interface VerifyImageResponse {
  layers: VerifiedLayer[];
}
export const VerifyImageResponse: Codec<VerifyImageResponse> = defineCodec<VerifyImageResponse>({
  name: 'slipway.v1.VerifyImageResponse',
  create: (i?: Init<VerifyImageResponse>): VerifyImageResponse => ({
    layers: i?.layers?.map(VerifiedLayer.create) ?? [],
  }),
  write(m: Init<VerifyImageResponse>, w: Writer): Writer {
    if (m.layers) for (const v of m.layers) VerifiedLayer.write(v, w.uint32(10).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): VerifyImageResponse {
    const end = r.pos + length;
    const m = VerifyImageResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.layers.push(VerifiedLayer.read(r, r.uint32()));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface VerifiedLayer {
  diffId: string;
  /** Files, directories and links that it had when it was unpacked, with hard links once. */
  inodes: bigint;
  /** Those of them that are missing now. */
  lost: bigint;
  /** It was not in the store before this call. */
  absent: boolean;
}
export const VerifiedLayer: Codec<VerifiedLayer> = defineCodec<VerifiedLayer>({
  name: 'slipway.v1.VerifiedLayer',
  create: (i?: Init<VerifiedLayer>): VerifiedLayer => ({
    diffId: i?.diffId ?? '',
    inodes: i?.inodes ?? 0n,
    lost: i?.lost ?? 0n,
    absent: i?.absent ?? false,
  }),
  write(m: Init<VerifiedLayer>, w: Writer): Writer {
    if (m.diffId) w.uint32(10).string(m.diffId);
    if (m.inodes) w.uint32(16).uint64(toULong(m.inodes));
    if (m.lost) w.uint32(24).uint64(toULong(m.lost));
    if (m.absent) w.uint32(32).bool(m.absent);
    return w;
  },
  read(r: Reader, length: number): VerifiedLayer {
    const end = r.pos + length;
    const m = VerifiedLayer.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.diffId = r.string();
          break;
        case 16:
          m.inodes = fromULong(r.uint64());
          break;
        case 24:
          m.lost = fromULong(r.uint64());
          break;
        case 32:
          m.absent = r.bool();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface CollectGarbageRequest {
  /** Tells what would go, and removes nothing. */
  dryRun: boolean;
}
export const CollectGarbageRequest: Codec<CollectGarbageRequest> = defineCodec<CollectGarbageRequest>({
  name: 'slipway.v1.CollectGarbageRequest',
  create: (i?: Init<CollectGarbageRequest>): CollectGarbageRequest => ({
    dryRun: i?.dryRun ?? false,
  }),
  write(m: Init<CollectGarbageRequest>, w: Writer): Writer {
    if (m.dryRun) w.uint32(8).bool(m.dryRun);
    return w;
  },
  read(r: Reader, length: number): CollectGarbageRequest {
    const end = r.pos + length;
    const m = CollectGarbageRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.dryRun = r.bool();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface CollectGarbageResponse {
  items: GarbageItem[];
  /** Kept layers, with the reason. */
  kept: GarbageItem[];
}
export const CollectGarbageResponse: Codec<CollectGarbageResponse> = defineCodec<CollectGarbageResponse>({
  name: 'slipway.v1.CollectGarbageResponse',
  create: (i?: Init<CollectGarbageResponse>): CollectGarbageResponse => ({
    items: i?.items?.map(GarbageItem.create) ?? [],
    kept: i?.kept?.map(GarbageItem.create) ?? [],
  }),
  write(m: Init<CollectGarbageResponse>, w: Writer): Writer {
    if (m.items) for (const v of m.items) GarbageItem.write(v, w.uint32(10).fork()).ldelim();
    if (m.kept) for (const v of m.kept) GarbageItem.write(v, w.uint32(18).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): CollectGarbageResponse {
    const end = r.pos + length;
    const m = CollectGarbageResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.items.push(GarbageItem.read(r, r.uint32()));
          break;
        case 18:
          m.kept.push(GarbageItem.read(r, r.uint32()));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface GarbageItem {
  /** layer or partial. */
  kind: string;
  /** diffID of a layer, digest of a blob that is partly here. */
  id: string;
  /** On disk. */
  bytes: bigint;
  /** Why it goes or stays. */
  reason: string;
}
export const GarbageItem: Codec<GarbageItem> = defineCodec<GarbageItem>({
  name: 'slipway.v1.GarbageItem',
  create: (i?: Init<GarbageItem>): GarbageItem => ({
    kind: i?.kind ?? '',
    id: i?.id ?? '',
    bytes: i?.bytes ?? 0n,
    reason: i?.reason ?? '',
  }),
  write(m: Init<GarbageItem>, w: Writer): Writer {
    if (m.kind) w.uint32(10).string(m.kind);
    if (m.id) w.uint32(18).string(m.id);
    if (m.bytes) w.uint32(24).uint64(toULong(m.bytes));
    if (m.reason) w.uint32(34).string(m.reason);
    return w;
  },
  read(r: Reader, length: number): GarbageItem {
    const end = r.pos + length;
    const m = GarbageItem.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.kind = r.string();
          break;
        case 18:
          m.id = r.string();
          break;
        case 24:
          m.bytes = fromULong(r.uint64());
          break;
        case 34:
          m.reason = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export const Puller = {
  name: 'slipway.v1.Puller',
  methods: {
    /** Makes the image of a reference present: all its layers unpacked and verified, its record written. */
    pullImage: { name: 'PullImage', request: PullImageRequest, response: PullImageResponse, idempotent: true },
    /** Takes an image's record away, and every layer that nothing else needs. A missing image is success. */
    removeImage: { name: 'RemoveImage', request: RemoveImageRequest, response: RemoveImageResponse, idempotent: true },
    /** Space of the image store. */
    imageFsInfo: { name: 'ImageFsInfo', request: ImageFsInfoRequest, response: ImageFsInfoResponse, idempotent: true },
    /** Makes the images of an archive on this node present, as a pull would. */
    loadImages: { name: 'LoadImages', request: LoadImagesRequest, response: LoadImagesResponse, idempotent: true },
    /** Which hosts a pull would ask, in order, with which credentials and why; asks none of them. */
    explainImage: { name: 'ExplainImage', request: ExplainImageRequest, response: ExplainImageResponse, idempotent: true },
    /** An image's content on disk, and its users. */
    inspectImage: { name: 'InspectImage', request: InspectImageRequest, response: InspectImageResponse, idempotent: true },
    /**
     * Counts the files of an image's layers. A layer that has lost some is taken out of the store, so that the image is not
     * there until it is pulled again. The same call again finds it absent.
     */
    verifyImage: { name: 'VerifyImage', request: VerifyImageRequest, response: VerifyImageResponse, idempotent: true },
    /** Removes what nothing needs from the image store. */
    collectGarbage: { name: 'CollectGarbage', request: CollectGarbageRequest, response: CollectGarbageResponse, idempotent: true },
  },
} as const;
