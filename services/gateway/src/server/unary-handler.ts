import type { handleUnaryCall } from '@grpc/grpc-js';
import type { AnyMethod, CallObservation } from '@slipway/stage';
import type { Call, Gateway } from '../context.js';
import { followCall, openCall } from './open-call.js';
import { statusOf } from './status.js';

/** An RPC of any types, for code that only hands messages on. */
export type AnyRpc = (gateway: Gateway, request: never, call: Call) => Promise<object>;

/**
 * Makes a gRPC handler of an RPC: its call's end becomes a signal, its error a status, its time a span. A gateway that ends
 * answers what is still under way.
 */
export function unaryHandler(
  gateway: Gateway,
  apiVersion: string,
  method: AnyMethod,
  rpc: AnyRpc,
  observe: (call: CallObservation) => void,
): handleUnaryCall<object, object> {
  return (grpc, respond) => {
    const call = openCall(gateway, apiVersion, method, grpc);
    const { done, failed } = followCall(gateway, method, call, observe);
    Promise.race([rpc(gateway, grpc.request as never, call), call.cutOff]).then(
      (response) => {
        done();
        respond(null, response);
      },
      (thrown: unknown) => respond(statusOf(failed(thrown))),
    );
  };
}
