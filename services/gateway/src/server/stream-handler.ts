import { once } from 'node:events';
import type { handleServerStreamingCall, ServerWritableStream } from '@grpc/grpc-js';
import type { AnyMethod, CallObservation } from '@slipway/stage';
import type { Call, Gateway } from '../context.js';
import { followCall, openCall } from './open-call.js';
import { statusOf } from './status.js';

/** A server streaming RPC of any types: what it yields is sent, its return ends the stream. */
export type AnyStreamRpc = (gateway: Gateway, request: never, call: Call) => AsyncIterable<object>;

/**
 * Makes a gRPC handler of a streaming RPC. The next message is asked for when the client's window has room for it; a
 * client that leaves ends the iteration at its next message, and aborts the call's signal immediately.
 */
export function streamHandler(
  gateway: Gateway,
  apiVersion: string,
  method: AnyMethod,
  rpc: AnyStreamRpc,
  observe: (call: CallObservation) => void,
): handleServerStreamingCall<object, object> {
  return (grpc) => {
    const call = openCall(gateway, apiVersion, method, grpc);
    const { done, failed } = followCall(gateway, method, call, observe);
    Promise.race([send(grpc, rpc(gateway, grpc.request as never, call), call.signal), call.cutOff]).then(
      () => {
        done();
        grpc.end();
      },
      (thrown: unknown) => {
        const error = failed(thrown);
        if (!grpc.cancelled) grpc.emit('error', statusOf(error));
      },
    );
  };
}

async function send(
  grpc: ServerWritableStream<object, object>,
  messages: AsyncIterable<object>,
  signal: AbortSignal,
): Promise<void> {
  for await (const message of messages) {
    signal.throwIfAborted();
    if (!grpc.write(message)) await once(grpc, 'drain', { signal });
  }
}
