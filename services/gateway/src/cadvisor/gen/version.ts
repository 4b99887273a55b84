// Generated from proto/containerd/version.proto by scripts/generate-proto.mjs; do not edit.
import type { Codec, Init, Reader, Writer } from '@slipway/protobuf';
import { defineCodec } from '@slipway/protobuf';

/** google.protobuf.Empty. */
export interface VersionRequest {
}
export const VersionRequest: Codec<VersionRequest> = defineCodec<VersionRequest>({
  name: 'containerd.services.version.v1.VersionRequest',
  create: (_i?: Init<VersionRequest>): VersionRequest => ({
  }),
  write(_m: Init<VersionRequest>, w: Writer): Writer {
    return w;
  },
  read(r: Reader, length: number): VersionRequest {
    const end = r.pos + length;
    const m = VersionRequest.create();
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

export interface VersionResponse {
  version: string;
  revision: string;
}
export const VersionResponse: Codec<VersionResponse> = defineCodec<VersionResponse>({
  name: 'containerd.services.version.v1.VersionResponse',
  create: (i?: Init<VersionResponse>): VersionResponse => ({
    version: i?.version ?? '',
    revision: i?.revision ?? '',
  }),
  write(m: Init<VersionResponse>, w: Writer): Writer {
    if (m.version) w.uint32(10).string(m.version);
    if (m.revision) w.uint32(18).string(m.revision);
    return w;
  },
  read(r: Reader, length: number): VersionResponse {
    const end = r.pos + length;
    const m = VersionResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.version = r.string();
          break;
        case 18:
          m.revision = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export const Version = {
  name: 'containerd.services.version.v1.Version',
  methods: {
    version: { name: 'Version', request: VersionRequest, response: VersionResponse },
  },
} as const;
