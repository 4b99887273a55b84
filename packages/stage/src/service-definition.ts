import type { Codec } from '@slipway/protobuf';

/** A method of a stage, as the generated service tables describe it. */
export interface MethodDefinition<Request, Response> {
  readonly name: string;
  readonly request: Codec<Request>;
  readonly response: Codec<Response>;
  /** Safe to repeat: a stalled call is sent again, and calls of one operation are joined. */
  readonly idempotent?: boolean;
}

/** A method of any types, for code that only hands messages on. */
// oxlint-disable-next-line typescript/no-explicit-any
export type AnyMethod = MethodDefinition<any, any>;

/** A stage's service table, for example `Puller` of @slipway/contracts. */
export interface ServiceDefinition {
  /** Full name, for example `slipway.v1.Puller`. */
  readonly name: string;
  readonly methods: Readonly<Record<string, AnyMethod>>;
}

export type RequestOf<M> = M extends { request: Codec<infer Request> } ? Request : never;
export type ResponseOf<M> = M extends { response: Codec<infer Response> } ? Response : never;
