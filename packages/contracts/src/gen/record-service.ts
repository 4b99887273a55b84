// Generated from proto/slipway/v1/record-service.proto by scripts/generate-proto.mjs; do not edit.
import type { Codec, Init, Reader, Writer } from '@slipway/protobuf';
import { defineCodec } from '@slipway/protobuf';
import { type ContainerPhase, ContainerRecord, type SandboxPhase, SandboxRecord } from './records.js';

export interface GetSandboxRequest {
  id: string;
}
export const GetSandboxRequest: Codec<GetSandboxRequest> = defineCodec<GetSandboxRequest>({
  name: 'slipway.v1.GetSandboxRequest',
  create: (i?: Init<GetSandboxRequest>): GetSandboxRequest => ({
    id: i?.id ?? '',
  }),
  write(m: Init<GetSandboxRequest>, w: Writer): Writer {
    if (m.id) w.uint32(10).string(m.id);
    return w;
  },
  read(r: Reader, length: number): GetSandboxRequest {
    const end = r.pos + length;
    const m = GetSandboxRequest.create();
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

export interface GetSandboxResponse {
  sandbox?: SandboxRecord | undefined;
}
export const GetSandboxResponse: Codec<GetSandboxResponse> = defineCodec<GetSandboxResponse>({
  name: 'slipway.v1.GetSandboxResponse',
  create: (i?: Init<GetSandboxResponse>): GetSandboxResponse => ({
    sandbox: i?.sandbox != null ? SandboxRecord.create(i?.sandbox) : undefined,
  }),
  write(m: Init<GetSandboxResponse>, w: Writer): Writer {
    if (m.sandbox != null) SandboxRecord.write(m.sandbox, w.uint32(10).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): GetSandboxResponse {
    const end = r.pos + length;
    const m = GetSandboxResponse.create();
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

export interface GetContainerRequest {
  id: string;
}
export const GetContainerRequest: Codec<GetContainerRequest> = defineCodec<GetContainerRequest>({
  name: 'slipway.v1.GetContainerRequest',
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
  container?: ContainerRecord | undefined;
}
export const GetContainerResponse: Codec<GetContainerResponse> = defineCodec<GetContainerResponse>({
  name: 'slipway.v1.GetContainerResponse',
  create: (i?: Init<GetContainerResponse>): GetContainerResponse => ({
    container: i?.container != null ? ContainerRecord.create(i?.container) : undefined,
  }),
  write(m: Init<GetContainerResponse>, w: Writer): Writer {
    if (m.container != null) ContainerRecord.write(m.container, w.uint32(10).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): GetContainerResponse {
    const end = r.pos + length;
    const m = GetContainerResponse.create();
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

export interface ListRecordsRequest {
  handler: string;
}
export const ListRecordsRequest: Codec<ListRecordsRequest> = defineCodec<ListRecordsRequest>({
  name: 'slipway.v1.ListRecordsRequest',
  create: (i?: Init<ListRecordsRequest>): ListRecordsRequest => ({
    handler: i?.handler ?? '',
  }),
  write(m: Init<ListRecordsRequest>, w: Writer): Writer {
    if (m.handler) w.uint32(10).string(m.handler);
    return w;
  },
  read(r: Reader, length: number): ListRecordsRequest {
    const end = r.pos + length;
    const m = ListRecordsRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.handler = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface ListRecordsResponse {
  sandboxes: SandboxRecord[];
  containers: ContainerRecord[];
}
export const ListRecordsResponse: Codec<ListRecordsResponse> = defineCodec<ListRecordsResponse>({
  name: 'slipway.v1.ListRecordsResponse',
  create: (i?: Init<ListRecordsResponse>): ListRecordsResponse => ({
    sandboxes: i?.sandboxes?.map(SandboxRecord.create) ?? [],
    containers: i?.containers?.map(ContainerRecord.create) ?? [],
  }),
  write(m: Init<ListRecordsResponse>, w: Writer): Writer {
    if (m.sandboxes) for (const v of m.sandboxes) SandboxRecord.write(v, w.uint32(10).fork()).ldelim();
    if (m.containers) for (const v of m.containers) ContainerRecord.write(v, w.uint32(18).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): ListRecordsResponse {
    const end = r.pos + length;
    const m = ListRecordsResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.sandboxes.push(SandboxRecord.read(r, r.uint32()));
          break;
        case 18:
          m.containers.push(ContainerRecord.read(r, r.uint32()));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface MoveSandboxRequest {
  /** The caller's handler. A record of another one is refused. */
  handler: string;
  id: string;
  /** The record is moved from one of these phases; in another it is left as it is. */
  from: SandboxPhase[];
  /**
   * Its phase is the new one. Other fields that are not at their zero value replace the old ones; id, config,
   * handlers, operation and created_at are the gateway's and stay.
   */
  change?: SandboxRecord | undefined;
}
export const MoveSandboxRequest: Codec<MoveSandboxRequest> = defineCodec<MoveSandboxRequest>({
  name: 'slipway.v1.MoveSandboxRequest',
  create: (i?: Init<MoveSandboxRequest>): MoveSandboxRequest => ({
    handler: i?.handler ?? '',
    id: i?.id ?? '',
    from: [...(i?.from ?? [])],
    change: i?.change != null ? SandboxRecord.create(i?.change) : undefined,
  }),
  write(m: Init<MoveSandboxRequest>, w: Writer): Writer {
    if (m.handler) w.uint32(10).string(m.handler);
    if (m.id) w.uint32(18).string(m.id);
    if (m.from?.length) {
      w.uint32(26).fork();
      for (const v of m.from) w.int32(v);
      w.ldelim();
    }
    if (m.change != null) SandboxRecord.write(m.change, w.uint32(34).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): MoveSandboxRequest {
    const end = r.pos + length;
    const m = MoveSandboxRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.handler = r.string();
          break;
        case 18:
          m.id = r.string();
          break;
        case 24:
          m.from.push(r.int32() as SandboxPhase);
          break;
        case 26:
          for (const to = r.uint32() + r.pos; r.pos < to; ) m.from.push(r.int32() as SandboxPhase);
          break;
        case 34:
          m.change = SandboxRecord.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface MoveSandboxResponse {
  /** Whether it was this call that moved it. */
  moved: boolean;
  /** The record now in force. */
  sandbox?: SandboxRecord | undefined;
}
export const MoveSandboxResponse: Codec<MoveSandboxResponse> = defineCodec<MoveSandboxResponse>({
  name: 'slipway.v1.MoveSandboxResponse',
  create: (i?: Init<MoveSandboxResponse>): MoveSandboxResponse => ({
    moved: i?.moved ?? false,
    sandbox: i?.sandbox != null ? SandboxRecord.create(i?.sandbox) : undefined,
  }),
  write(m: Init<MoveSandboxResponse>, w: Writer): Writer {
    if (m.moved) w.uint32(8).bool(m.moved);
    if (m.sandbox != null) SandboxRecord.write(m.sandbox, w.uint32(18).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): MoveSandboxResponse {
    const end = r.pos + length;
    const m = MoveSandboxResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.moved = r.bool();
          break;
        case 18:
          m.sandbox = SandboxRecord.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface MoveContainerRequest {
  handler: string;
  id: string;
  from: ContainerPhase[];
  /** As of a sandbox; id, sandbox_id, config, handler, operation and created_at stay. */
  change?: ContainerRecord | undefined;
}
export const MoveContainerRequest: Codec<MoveContainerRequest> = defineCodec<MoveContainerRequest>({
  name: 'slipway.v1.MoveContainerRequest',
  create: (i?: Init<MoveContainerRequest>): MoveContainerRequest => ({
    handler: i?.handler ?? '',
    id: i?.id ?? '',
    from: [...(i?.from ?? [])],
    change: i?.change != null ? ContainerRecord.create(i?.change) : undefined,
  }),
  write(m: Init<MoveContainerRequest>, w: Writer): Writer {
    if (m.handler) w.uint32(10).string(m.handler);
    if (m.id) w.uint32(18).string(m.id);
    if (m.from?.length) {
      w.uint32(26).fork();
      for (const v of m.from) w.int32(v);
      w.ldelim();
    }
    if (m.change != null) ContainerRecord.write(m.change, w.uint32(34).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): MoveContainerRequest {
    const end = r.pos + length;
    const m = MoveContainerRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.handler = r.string();
          break;
        case 18:
          m.id = r.string();
          break;
        case 24:
          m.from.push(r.int32() as ContainerPhase);
          break;
        case 26:
          for (const to = r.uint32() + r.pos; r.pos < to; ) m.from.push(r.int32() as ContainerPhase);
          break;
        case 34:
          m.change = ContainerRecord.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface MoveContainerResponse {
  moved: boolean;
  container?: ContainerRecord | undefined;
}
export const MoveContainerResponse: Codec<MoveContainerResponse> = defineCodec<MoveContainerResponse>({
  name: 'slipway.v1.MoveContainerResponse',
  create: (i?: Init<MoveContainerResponse>): MoveContainerResponse => ({
    moved: i?.moved ?? false,
    container: i?.container != null ? ContainerRecord.create(i?.container) : undefined,
  }),
  write(m: Init<MoveContainerResponse>, w: Writer): Writer {
    if (m.moved) w.uint32(8).bool(m.moved);
    if (m.container != null) ContainerRecord.write(m.container, w.uint32(18).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): MoveContainerResponse {
    const end = r.pos + length;
    const m = MoveContainerResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.moved = r.bool();
          break;
        case 18:
          m.container = ContainerRecord.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export const Records = {
  name: 'slipway.v1.Records',
  methods: {
    /** Throws SANDBOX_NOT_FOUND. */
    getSandbox: { name: 'GetSandbox', request: GetSandboxRequest, response: GetSandboxResponse, idempotent: true },
    /** Throws CONTAINER_NOT_FOUND. */
    getContainer: { name: 'GetContainer', request: GetContainerRequest, response: GetContainerResponse, idempotent: true },
    /** Every record of a handler, in whatever phase: what an executor compares with the host at its start. */
    listRecords: { name: 'ListRecords', request: ListRecordsRequest, response: ListRecordsResponse, idempotent: true },
    /** Moves a sandbox's record from one phase to another, or changes it within its phase, in one compare-and-set. */
    moveSandbox: { name: 'MoveSandbox', request: MoveSandboxRequest, response: MoveSandboxResponse, idempotent: true },
    /** As MoveSandbox, for a container. */
    moveContainer: { name: 'MoveContainer', request: MoveContainerRequest, response: MoveContainerResponse, idempotent: true },
  },
} as const;
