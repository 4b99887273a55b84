import type { ImageService, RuntimeService } from '@slipway/cri';
import type { Init } from '@slipway/protobuf';
import type { AnyMethod, RequestOf, ResponseOf } from '@slipway/stage';
import type { Call, Gateway } from '../context.js';

type Methods = Readonly<Record<string, AnyMethod>>;

/** The RPCs of a service that are built: functions, or generators where the server streams. A missing RPC answers UNIMPLEMENTED. */
export type RpcTable<M extends Methods> = {
  [K in keyof M]?: (
    gateway: Gateway,
    request: RequestOf<M[K]>,
    call: Call,
  ) => M[K] extends { responseStream: true } ? AsyncIterable<Init<ResponseOf<M[K]>>> : Promise<Init<ResponseOf<M[K]>>>;
};

export type RuntimeRpcs = RpcTable<typeof RuntimeService.methods>;
export type ImageRpcs = RpcTable<typeof ImageService.methods>;
