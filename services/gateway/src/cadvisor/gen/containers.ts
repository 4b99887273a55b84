// Generated from proto/containerd/containers.proto by scripts/generate-proto.mjs; do not edit.
import type { Codec, Init, Reader, Writer } from '@slipway/protobuf';
import { defineCodec, EMPTY, fromLong, readEntry, toLong } from '@slipway/protobuf';

export interface GetContainerRequest {
  id: string;
}
export const GetContainerRequest: Codec<GetContainerRequest> = defineCodec<GetContainerRequest>({
  name: 'containerd.services.containers.v1.GetContainerRequest',
  create: (i?: Init<GetContainerRequest>): GetContainerRequest => ({
    id: i?.id ?? '',
  }),
  write(m: Init<GetContainerRequest>, w: Writer): Writer {
    if (m.id) w.uint32(10).string(m.id);
    return w;
  },
  read(r: Reader, length: number): GetContainerRequest {
    const end = r.pos + length;
    const m = GetContainerRequest.create();
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

export interface GetContainerResponse {
  container?: Container | undefined;
}
export const GetContainerResponse: Codec<GetContainerResponse> = defineCodec<GetContainerResponse>({
  name: 'containerd.services.containers.v1.GetContainerResponse',
  create: (i?: Init<GetContainerResponse>): GetContainerResponse => ({
    container: i?.container != null ? Container.create(i?.container) : undefined,
  }),
  write(m: Init<GetContainerResponse>, w: Writer): Writer {
    if (m.container != null) Container.write(m.container, w.uint32(10).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): GetContainerResponse {
    const end = r.pos + length;
    const m = GetContainerResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.container = Container.read(r, r.uint32());
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
  labels: Record<string, string>;
  image: string;
  runtime?: Runtime | undefined;
  spec?: Any | undefined;
  createdAt?: Time | undefined;
}
export const Container: Codec<Container> = defineCodec<Container>({
  name: 'containerd.services.containers.v1.Container',
  create: (i?: Init<Container>): Container => ({
    id: i?.id ?? '',
    labels: { ...i?.labels } as Record<string, string>,
    image: i?.image ?? '',
    runtime: i?.runtime != null ? Runtime.create(i?.runtime) : undefined,
    spec: i?.spec != null ? Any.create(i?.spec) : undefined,
    createdAt: i?.createdAt != null ? Time.create(i?.createdAt) : undefined,
  }),
  write(m: Init<Container>, w: Writer): Writer {
    if (m.id) w.uint32(10).string(m.id);
    if (m.labels) for (const [k, v] of Object.entries(m.labels)) {
      if (v === undefined) continue;
      w.uint32(18).fork().uint32(10).string(k);
      w.uint32(18).string(v).ldelim();
    }
    if (m.image) w.uint32(26).string(m.image);
    if (m.runtime != null) Runtime.write(m.runtime, w.uint32(34).fork()).ldelim();
    if (m.spec != null) Any.write(m.spec, w.uint32(42).fork()).ldelim();
    if (m.createdAt != null) Time.write(m.createdAt, w.uint32(66).fork()).ldelim();
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
          readEntry(r, m.labels, () => r.string(), '');
          break;
        case 26:
          m.image = r.string();
          break;
        case 34:
          m.runtime = Runtime.read(r, r.uint32());
          break;
        case 42:
          m.spec = Any.read(r, r.uint32());
          break;
        case 66:
          m.createdAt = Time.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface Runtime {
  name: string;
}
export const Runtime: Codec<Runtime> = defineCodec<Runtime>({
  name: 'containerd.services.containers.v1.Runtime',
  create: (i?: Init<Runtime>): Runtime => ({
    name: i?.name ?? '',
  }),
  write(m: Init<Runtime>, w: Writer): Writer {
    if (m.name) w.uint32(10).string(m.name);
    return w;
  },
  read(r: Reader, length: number): Runtime {
    const end = r.pos + length;
    const m = Runtime.create();
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

/** google.protobuf.Any. */
export interface Any {
  typeUrl: string;
  value: Uint8Array;
}
export const Any: Codec<Any> = defineCodec<Any>({
  name: 'containerd.services.containers.v1.Any',
  create: (i?: Init<Any>): Any => ({
    typeUrl: i?.typeUrl ?? '',
    value: i?.value ?? EMPTY,
  }),
  write(m: Init<Any>, w: Writer): Writer {
    if (m.typeUrl) w.uint32(10).string(m.typeUrl);
    if (m.value?.length) w.uint32(18).bytes(m.value);
    return w;
  },
  read(r: Reader, length: number): Any {
    const end = r.pos + length;
    const m = Any.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.typeUrl = r.string();
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

/** google.protobuf.Timestamp. */
export interface Time {
  seconds: bigint;
  nanos: number;
}
export const Time: Codec<Time> = defineCodec<Time>({
  name: 'containerd.services.containers.v1.Time',
  create: (i?: Init<Time>): Time => ({
    seconds: i?.seconds ?? 0n,
    nanos: i?.nanos ?? 0,
  }),
  write(m: Init<Time>, w: Writer): Writer {
    if (m.seconds) w.uint32(8).int64(toLong(m.seconds));
    if (m.nanos) w.uint32(16).int32(m.nanos);
    return w;
  },
  read(r: Reader, length: number): Time {
    const end = r.pos + length;
    const m = Time.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.seconds = fromLong(r.int64());
          break;
        case 16:
          m.nanos = r.int32();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export const Containers = {
  name: 'containerd.services.containers.v1.Containers',
  methods: {
    get: { name: 'Get', request: GetContainerRequest, response: GetContainerResponse },
  },
} as const;
