// Generated from proto/slipway/v1/peers.proto by scripts/generate-proto.mjs; do not edit.
import type { Codec, Init, Reader, Writer } from '@slipway/protobuf';
import { defineCodec, EMPTY, fromLong, toLong } from '@slipway/protobuf';

/**
 * To all nodes, on slipway.peers.find: who has some of these blobs, whole? Who
 * has none stays silent.
 */
export interface FindBlobsRequest {
  /** The asking node, which does not answer itself. */
  node: string;
  /** sha256:<hex>; 256 at most. */
  digests: string[];
}
export const FindBlobsRequest: Codec<FindBlobsRequest> = defineCodec<FindBlobsRequest>({
  name: 'slipway.v1.FindBlobsRequest',
  create: (i?: Init<FindBlobsRequest>): FindBlobsRequest => ({
    node: i?.node ?? '',
    digests: [...(i?.digests ?? [])],
  }),
  write(m: Init<FindBlobsRequest>, w: Writer): Writer {
    if (m.node) w.uint32(10).string(m.node);
    if (m.digests) for (const v of m.digests) w.uint32(18).string(v);
    return w;
  },
  read(r: Reader, length: number): FindBlobsRequest {
    const end = r.pos + length;
    const m = FindBlobsRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.node = r.string();
          break;
        case 18:
          m.digests.push(r.string());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface FindBlobsResponse {
  node: string;
  /** Those of the question that this node hands out now. */
  blobs: OfferedBlob[];
}
export const FindBlobsResponse: Codec<FindBlobsResponse> = defineCodec<FindBlobsResponse>({
  name: 'slipway.v1.FindBlobsResponse',
  create: (i?: Init<FindBlobsResponse>): FindBlobsResponse => ({
    node: i?.node ?? '',
    blobs: i?.blobs?.map(OfferedBlob.create) ?? [],
  }),
  write(m: Init<FindBlobsResponse>, w: Writer): Writer {
    if (m.node) w.uint32(10).string(m.node);
    if (m.blobs) for (const v of m.blobs) OfferedBlob.write(v, w.uint32(18).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): FindBlobsResponse {
    const end = r.pos + length;
    const m = FindBlobsResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.node = r.string();
          break;
        case 18:
          m.blobs.push(OfferedBlob.read(r, r.uint32()));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface OfferedBlob {
  digest: string;
  /** Bytes. */
  size: bigint;
}
export const OfferedBlob: Codec<OfferedBlob> = defineCodec<OfferedBlob>({
  name: 'slipway.v1.OfferedBlob',
  create: (i?: Init<OfferedBlob>): OfferedBlob => ({
    digest: i?.digest ?? '',
    size: i?.size ?? 0n,
  }),
  write(m: Init<OfferedBlob>, w: Writer): Writer {
    if (m.digest) w.uint32(10).string(m.digest);
    if (m.size) w.uint32(16).int64(toLong(m.size));
    return w;
  },
  read(r: Reader, length: number): OfferedBlob {
    const end = r.pos + length;
    const m = OfferedBlob.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.digest = r.string();
          break;
        case 16:
          m.size = fromLong(r.int64());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/**
 * To one node, on slipway.peers.read.<node>: a piece of a blob. The asker has a
 * few of these under way, never more, so it gets no faster than it can write.
 */
export interface ReadBlobRequest {
  digest: string;
  offset: bigint;
  /** Bytes, 256 KiB at most. */
  length: number;
}
export const ReadBlobRequest: Codec<ReadBlobRequest> = defineCodec<ReadBlobRequest>({
  name: 'slipway.v1.ReadBlobRequest',
  create: (i?: Init<ReadBlobRequest>): ReadBlobRequest => ({
    digest: i?.digest ?? '',
    offset: i?.offset ?? 0n,
    length: i?.length ?? 0,
  }),
  write(m: Init<ReadBlobRequest>, w: Writer): Writer {
    if (m.digest) w.uint32(10).string(m.digest);
    if (m.offset) w.uint32(16).int64(toLong(m.offset));
    if (m.length) w.uint32(24).int32(m.length);
    return w;
  },
  read(r: Reader, length: number): ReadBlobRequest {
    const end = r.pos + length;
    const m = ReadBlobRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.digest = r.string();
          break;
        case 16:
          m.offset = fromLong(r.int64());
          break;
        case 24:
          m.length = r.int32();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface ReadBlobResponse {
  /** All of the bytes that were asked for, or none of them and a refusal. */
  data: Uint8Array;
  /** Why there are none: the blob is gone, or too many ask. The asker goes elsewhere. */
  refusal: string;
}
export const ReadBlobResponse: Codec<ReadBlobResponse> = defineCodec<ReadBlobResponse>({
  name: 'slipway.v1.ReadBlobResponse',
  create: (i?: Init<ReadBlobResponse>): ReadBlobResponse => ({
    data: i?.data ?? EMPTY,
    refusal: i?.refusal ?? '',
  }),
  write(m: Init<ReadBlobResponse>, w: Writer): Writer {
    if (m.data?.length) w.uint32(10).bytes(m.data);
    if (m.refusal) w.uint32(18).string(m.refusal);
    return w;
  },
  read(r: Reader, length: number): ReadBlobResponse {
    const end = r.pos + length;
    const m = ReadBlobResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.data = r.bytes();
          break;
        case 18:
          m.refusal = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});
