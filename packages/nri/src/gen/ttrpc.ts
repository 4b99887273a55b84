// Generated from proto/ttrpc/ttrpc.proto by scripts/generate-proto.mjs; do not edit.
import type { Codec, Init, Reader, Writer } from '@slipway/protobuf';
import { defineCodec, EMPTY, fromLong, toLong } from '@slipway/protobuf';

export interface Request {
  /** The full name, for example nri.pkg.api.v1alpha1.Plugin. */
  service: string;
  method: string;
  payload: Uint8Array;
  /** Nanoseconds until the caller gives up; 0: never. */
  timeoutNano: bigint;
  metadata: KeyValue[];
}
export const Request: Codec<Request> = defineCodec<Request>({
  name: 'ttrpc.Request',
  create: (i?: Init<Request>): Request => ({
    service: i?.service ?? '',
    method: i?.method ?? '',
    payload: i?.payload ?? EMPTY,
    timeoutNano: i?.timeoutNano ?? 0n,
    metadata: i?.metadata?.map(KeyValue.create) ?? [],
  }),
  write(m: Init<Request>, w: Writer): Writer {
    if (m.service) w.uint32(10).string(m.service);
    if (m.method) w.uint32(18).string(m.method);
    if (m.payload?.length) w.uint32(26).bytes(m.payload);
    if (m.timeoutNano) w.uint32(32).int64(toLong(m.timeoutNano));
    if (m.metadata) for (const v of m.metadata) KeyValue.write(v, w.uint32(42).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): Request {
    const end = r.pos + length;
    const m = Request.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.service = r.string();
          break;
        case 18:
          m.method = r.string();
          break;
        case 26:
          m.payload = r.bytes();
          break;
        case 32:
          m.timeoutNano = fromLong(r.int64());
          break;
        case 42:
          m.metadata.push(KeyValue.read(r, r.uint32()));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface Response {
  /** Absent or with code 0: it went well. */
  status?: Status | undefined;
  payload: Uint8Array;
}
export const Response: Codec<Response> = defineCodec<Response>({
  name: 'ttrpc.Response',
  create: (i?: Init<Response>): Response => ({
    status: i?.status != null ? Status.create(i?.status) : undefined,
    payload: i?.payload ?? EMPTY,
  }),
  write(m: Init<Response>, w: Writer): Writer {
    if (m.status != null) Status.write(m.status, w.uint32(10).fork()).ldelim();
    if (m.payload?.length) w.uint32(18).bytes(m.payload);
    return w;
  },
  read(r: Reader, length: number): Response {
    const end = r.pos + length;
    const m = Response.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.status = Status.read(r, r.uint32());
          break;
        case 18:
          m.payload = r.bytes();
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
  name: 'ttrpc.KeyValue',
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

export interface Status {
  /** A gRPC status code. */
  code: number;
  message: string;
}
export const Status: Codec<Status> = defineCodec<Status>({
  name: 'ttrpc.Status',
  create: (i?: Init<Status>): Status => ({
    code: i?.code ?? 0,
    message: i?.message ?? '',
  }),
  write(m: Init<Status>, w: Writer): Writer {
    if (m.code) w.uint32(8).int32(m.code);
    if (m.message) w.uint32(18).string(m.message);
    return w;
  },
  read(r: Reader, length: number): Status {
    const end = r.pos + length;
    const m = Status.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.code = r.int32();
          break;
        case 18:
          m.message = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});
