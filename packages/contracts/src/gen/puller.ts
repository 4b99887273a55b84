// Generated from proto/slipway/v1/puller.proto by scripts/generate-proto.mjs; do not edit.
import type { Codec, Init, Reader, Writer } from '@slipway/protobuf';
import { defineCodec, fromLong, fromULong, toLong, toULong } from '@slipway/protobuf';
import { ImageRecord } from './records.js';
import { AuthConfig } from '@slipway/cri';

export interface PullImageRequest {
  /** As the kubelet wrote it. */
  reference: string;
  auth?: AuthConfig | undefined;
  /** Labels and annotations of the pod that asked, for logs. */
  pod: string;
}
export const PullImageRequest: Codec<PullImageRequest> = defineCodec<PullImageRequest>({
  name: 'slipway.v1.PullImageRequest',
  create: (i?: Init<PullImageRequest>): PullImageRequest => ({
    reference: i?.reference ?? '',
    auth: i?.auth != null ? AuthConfig.create(i?.auth) : undefined,
    pod: i?.pod ?? '',
  }),
  write(m: Init<PullImageRequest>, w: Writer): Writer {
    if (m.reference) w.uint32(10).string(m.reference);
    if (m.auth != null) AuthConfig.write(m.auth, w.uint32(18).fork()).ldelim();
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
        case 18:
          m.auth = AuthConfig.read(r, r.uint32());
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

/** The payload of a pull's beats. */
export interface PullProgress {
  reference: string;
  /** resolve, fetch, unpack or done. */
  step: string;
  bytesDone: bigint;
  bytesTotal: bigint;
  layersDone: number;
  layersTotal: number;
  layers: LayerProgress[];
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
  }),
  write(m: Init<PullProgress>, w: Writer): Writer {
    if (m.reference) w.uint32(10).string(m.reference);
    if (m.step) w.uint32(18).string(m.step);
    if (m.bytesDone) w.uint32(24).uint64(toULong(m.bytesDone));
    if (m.bytesTotal) w.uint32(32).uint64(toULong(m.bytesTotal));
    if (m.layersDone) w.uint32(40).uint32(m.layersDone);
    if (m.layersTotal) w.uint32(48).uint32(m.layersTotal);
    if (m.layers) for (const v of m.layers) LayerProgress.write(v, w.uint32(58).fork()).ldelim();
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

export const Puller = {
  name: 'slipway.v1.Puller',
  methods: {
    /** Makes the image of a reference present: all its layers unpacked and verified, its record written. */
    pullImage: { name: 'PullImage', request: PullImageRequest, response: PullImageResponse, idempotent: true },
    /** Takes an image's record away, and every layer that nothing else needs. A missing image is success. */
    removeImage: { name: 'RemoveImage', request: RemoveImageRequest, response: RemoveImageResponse, idempotent: true },
    /** What the image store occupies. */
    imageFsInfo: { name: 'ImageFsInfo', request: ImageFsInfoRequest, response: ImageFsInfoResponse, idempotent: true },
  },
} as const;
