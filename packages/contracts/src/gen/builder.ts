// Generated from proto/slipway/v1/builder.proto by scripts/generate-proto.mjs; do not edit.
import type { Codec, Init, Reader, Writer } from '@slipway/protobuf';
import { defineCodec, EMPTY, mapEntries, readEntry } from '@slipway/protobuf';
import { HandlerInfo } from './executor.js';
import { ContainerRecord, ImageRecord, SandboxRecord } from './records.js';
import { ContainerUser, Mount } from '@slipway/cri';

export interface BuildBundleRequest {
  /** As reserved: id, sandbox id, config, handler. */
  container?: ContainerRecord | undefined;
  sandbox?: SandboxRecord | undefined;
  image?: ImageRecord | undefined;
  handler?: HandlerInfo | undefined;
  /** Images of image volumes, by the reference in the mount. */
  volumeImages: Record<string, ImageRecord>;
  /** Host pid of the init of the container whose pid namespace is joined (NamespaceMode TARGET). */
  targetPid: number;
}
export const BuildBundleRequest: Codec<BuildBundleRequest> = defineCodec<BuildBundleRequest>({
  name: 'slipway.v1.BuildBundleRequest',
  create: (i?: Init<BuildBundleRequest>): BuildBundleRequest => ({
    container: i?.container != null ? ContainerRecord.create(i?.container) : undefined,
    sandbox: i?.sandbox != null ? SandboxRecord.create(i?.sandbox) : undefined,
    image: i?.image != null ? ImageRecord.create(i?.image) : undefined,
    handler: i?.handler != null ? HandlerInfo.create(i?.handler) : undefined,
    volumeImages: mapEntries(i?.volumeImages, ImageRecord.create),
    targetPid: i?.targetPid ?? 0,
  }),
  write(m: Init<BuildBundleRequest>, w: Writer): Writer {
    if (m.container != null) ContainerRecord.write(m.container, w.uint32(10).fork()).ldelim();
    if (m.sandbox != null) SandboxRecord.write(m.sandbox, w.uint32(18).fork()).ldelim();
    if (m.image != null) ImageRecord.write(m.image, w.uint32(26).fork()).ldelim();
    if (m.handler != null) HandlerInfo.write(m.handler, w.uint32(34).fork()).ldelim();
    if (m.volumeImages) for (const [k, v] of Object.entries(m.volumeImages)) {
      if (v === undefined) continue;
      w.uint32(42).fork().uint32(10).string(k);
      ImageRecord.write(v, w.uint32(18).fork()).ldelim().ldelim();
    }
    if (m.targetPid) w.uint32(48).int32(m.targetPid);
    return w;
  },
  read(r: Reader, length: number): BuildBundleRequest {
    const end = r.pos + length;
    const m = BuildBundleRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.container = ContainerRecord.read(r, r.uint32());
          break;
        case 18:
          m.sandbox = SandboxRecord.read(r, r.uint32());
          break;
        case 26:
          m.image = ImageRecord.read(r, r.uint32());
          break;
        case 34:
          m.handler = HandlerInfo.read(r, r.uint32());
          break;
        case 42:
          readEntry(r, m.volumeImages, () => ImageRecord.read(r, r.uint32()), ImageRecord.create());
          break;
        case 48:
          m.targetPid = r.int32();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface BuildBundleResponse {
  bundle: string;
  /** As ContainerStatus answers them. */
  mounts: Mount[];
  user?: ContainerUser | undefined;
  stopSignal: string;
  /** diffIDs of every layer that the bundle mounts. */
  layers: string[];
}
export const BuildBundleResponse: Codec<BuildBundleResponse> = defineCodec<BuildBundleResponse>({
  name: 'slipway.v1.BuildBundleResponse',
  create: (i?: Init<BuildBundleResponse>): BuildBundleResponse => ({
    bundle: i?.bundle ?? '',
    mounts: i?.mounts?.map(Mount.create) ?? [],
    user: i?.user != null ? ContainerUser.create(i?.user) : undefined,
    stopSignal: i?.stopSignal ?? '',
    layers: [...(i?.layers ?? [])],
  }),
  write(m: Init<BuildBundleResponse>, w: Writer): Writer {
    if (m.bundle) w.uint32(10).string(m.bundle);
    if (m.mounts) for (const v of m.mounts) Mount.write(v, w.uint32(18).fork()).ldelim();
    if (m.user != null) ContainerUser.write(m.user, w.uint32(26).fork()).ldelim();
    if (m.stopSignal) w.uint32(34).string(m.stopSignal);
    if (m.layers) for (const v of m.layers) w.uint32(42).string(v);
    return w;
  },
  read(r: Reader, length: number): BuildBundleResponse {
    const end = r.pos + length;
    const m = BuildBundleResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.bundle = r.string();
          break;
        case 18:
          m.mounts.push(Mount.read(r, r.uint32()));
          break;
        case 26:
          m.user = ContainerUser.read(r, r.uint32());
          break;
        case 34:
          m.stopSignal = r.string();
          break;
        case 42:
          m.layers.push(r.string());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface DescribeBundleRequest {
  /** Container id. */
  id: string;
}
export const DescribeBundleRequest: Codec<DescribeBundleRequest> = defineCodec<DescribeBundleRequest>({
  name: 'slipway.v1.DescribeBundleRequest',
  create: (i?: Init<DescribeBundleRequest>): DescribeBundleRequest => ({
    id: i?.id ?? '',
  }),
  write(m: Init<DescribeBundleRequest>, w: Writer): Writer {
    if (m.id) w.uint32(10).string(m.id);
    return w;
  },
  read(r: Reader, length: number): DescribeBundleRequest {
    const end = r.pos + length;
    const m = DescribeBundleRequest.create();
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

export interface DescribeBundleResponse {
  /** Its bytes. */
  config: Uint8Array;
}
export const DescribeBundleResponse: Codec<DescribeBundleResponse> = defineCodec<DescribeBundleResponse>({
  name: 'slipway.v1.DescribeBundleResponse',
  create: (i?: Init<DescribeBundleResponse>): DescribeBundleResponse => ({
    config: i?.config ?? EMPTY,
  }),
  write(m: Init<DescribeBundleResponse>, w: Writer): Writer {
    if (m.config?.length) w.uint32(10).bytes(m.config);
    return w;
  },
  read(r: Reader, length: number): DescribeBundleResponse {
    const end = r.pos + length;
    const m = DescribeBundleResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.config = r.bytes();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface AdjustBundleRequest {
  /** Container id. */
  id: string;
  /** An NRI ContainerAdjustment (proto/nri/v1alpha1/api.proto), encoded. */
  adjustment: Uint8Array;
}
export const AdjustBundleRequest: Codec<AdjustBundleRequest> = defineCodec<AdjustBundleRequest>({
  name: 'slipway.v1.AdjustBundleRequest',
  create: (i?: Init<AdjustBundleRequest>): AdjustBundleRequest => ({
    id: i?.id ?? '',
    adjustment: i?.adjustment ?? EMPTY,
  }),
  write(m: Init<AdjustBundleRequest>, w: Writer): Writer {
    if (m.id) w.uint32(10).string(m.id);
    if (m.adjustment?.length) w.uint32(18).bytes(m.adjustment);
    return w;
  },
  read(r: Reader, length: number): AdjustBundleRequest {
    const end = r.pos + length;
    const m = AdjustBundleRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.id = r.string();
          break;
        case 18:
          m.adjustment = r.bytes();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface AdjustBundleResponse {
}
export const AdjustBundleResponse: Codec<AdjustBundleResponse> = defineCodec<AdjustBundleResponse>({
  name: 'slipway.v1.AdjustBundleResponse',
  create: (_i?: Init<AdjustBundleResponse>): AdjustBundleResponse => ({
  }),
  write(_m: Init<AdjustBundleResponse>, w: Writer): Writer {
    return w;
  },
  read(r: Reader, length: number): AdjustBundleResponse {
    const end = r.pos + length;
    const m = AdjustBundleResponse.create();
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

export interface BuildInfraBundleRequest {
  sandbox?: SandboxRecord | undefined;
  handler?: HandlerInfo | undefined;
}
export const BuildInfraBundleRequest: Codec<BuildInfraBundleRequest> = defineCodec<BuildInfraBundleRequest>({
  name: 'slipway.v1.BuildInfraBundleRequest',
  create: (i?: Init<BuildInfraBundleRequest>): BuildInfraBundleRequest => ({
    sandbox: i?.sandbox != null ? SandboxRecord.create(i?.sandbox) : undefined,
    handler: i?.handler != null ? HandlerInfo.create(i?.handler) : undefined,
  }),
  write(m: Init<BuildInfraBundleRequest>, w: Writer): Writer {
    if (m.sandbox != null) SandboxRecord.write(m.sandbox, w.uint32(10).fork()).ldelim();
    if (m.handler != null) HandlerInfo.write(m.handler, w.uint32(18).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): BuildInfraBundleRequest {
    const end = r.pos + length;
    const m = BuildInfraBundleRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.sandbox = SandboxRecord.read(r, r.uint32());
          break;
        case 18:
          m.handler = HandlerInfo.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface BuildInfraBundleResponse {
  bundle: string;
}
export const BuildInfraBundleResponse: Codec<BuildInfraBundleResponse> = defineCodec<BuildInfraBundleResponse>({
  name: 'slipway.v1.BuildInfraBundleResponse',
  create: (i?: Init<BuildInfraBundleResponse>): BuildInfraBundleResponse => ({
    bundle: i?.bundle ?? '',
  }),
  write(m: Init<BuildInfraBundleResponse>, w: Writer): Writer {
    if (m.bundle) w.uint32(10).string(m.bundle);
    return w;
  },
  read(r: Reader, length: number): BuildInfraBundleResponse {
    const end = r.pos + length;
    const m = BuildInfraBundleResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.bundle = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface RemoveBundleRequest {
  /** Container id, or sandbox id for an infra bundle. */
  id: string;
}
export const RemoveBundleRequest: Codec<RemoveBundleRequest> = defineCodec<RemoveBundleRequest>({
  name: 'slipway.v1.RemoveBundleRequest',
  create: (i?: Init<RemoveBundleRequest>): RemoveBundleRequest => ({
    id: i?.id ?? '',
  }),
  write(m: Init<RemoveBundleRequest>, w: Writer): Writer {
    if (m.id) w.uint32(10).string(m.id);
    return w;
  },
  read(r: Reader, length: number): RemoveBundleRequest {
    const end = r.pos + length;
    const m = RemoveBundleRequest.create();
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

export interface RemoveBundleResponse {
}
export const RemoveBundleResponse: Codec<RemoveBundleResponse> = defineCodec<RemoveBundleResponse>({
  name: 'slipway.v1.RemoveBundleResponse',
  create: (_i?: Init<RemoveBundleResponse>): RemoveBundleResponse => ({
  }),
  write(_m: Init<RemoveBundleResponse>, w: Writer): Writer {
    return w;
  },
  read(r: Reader, length: number): RemoveBundleResponse {
    const end = r.pos + length;
    const m = RemoveBundleResponse.create();
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

export const Builder = {
  name: 'slipway.v1.Builder',
  methods: {
    /**
     * Makes <root>/bundles/<container id> with a mounted rootfs and config.json.
     * The same container id again gives the same bundle again.
     */
    buildBundle: { name: 'BuildBundle', request: BuildBundleRequest, response: BuildBundleResponse, idempotent: true },
    /** Makes the bundle of a sandbox's infra container, under the sandbox's id. */
    buildInfraBundle: { name: 'BuildInfraBundle', request: BuildInfraBundleRequest, response: BuildInfraBundleResponse, idempotent: true },
    /** The config.json of an existing bundle. */
    describeBundle: { name: 'DescribeBundle', request: DescribeBundleRequest, response: DescribeBundleResponse, idempotent: true },
    /** Changes the config.json of a bundle as NRI plugins agreed. The same adjustment again changes nothing more. */
    adjustBundle: { name: 'AdjustBundle', request: AdjustBundleRequest, response: AdjustBundleResponse, idempotent: true },
    /** Unmounts and removes a bundle. A missing one is success. */
    removeBundle: { name: 'RemoveBundle', request: RemoveBundleRequest, response: RemoveBundleResponse, idempotent: true },
  },
} as const;
