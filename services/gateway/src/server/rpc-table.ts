import type { ImageService, RuntimeService } from '@slipway/cri';
import type { Init } from '@slipway/protobuf';
import type { AnyMethod, RequestOf, ResponseOf } from '@slipway/stage';
import type { Call, Gateway } from '../context.js';

type Methods = Readonly<Record<string, AnyMethod>>;

/** Every RPC of a service: a function, or a generator where the server streams. A forgotten RPC does not compile. */
export type RpcTable<M extends Methods> = {
  [K in keyof M]: (
    gateway: Gateway,
    request: RequestOf<M[K]>,
    call: Call,
  ) => M[K] extends { responseStream: true } ? AsyncIterable<Init<ResponseOf<M[K]>>> : Promise<Init<ResponseOf<M[K]>>>;
};

export type RuntimeRpcs = RpcTable<typeof RuntimeService.methods>;
export type ImageRpcs = RpcTable<typeof ImageService.methods>;
