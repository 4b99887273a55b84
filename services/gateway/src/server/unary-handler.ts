import type { handleUnaryCall, sendUnaryData, ServerUnaryCall } from '@grpc/grpc-js';
import { SpanEvent } from '@slipway/contracts';
import { SlipwayError, toSlipwayError } from '@slipway/errors';
import { type AnyMethod, type CallObservation, newTrace, nowNanos } from '@slipway/stage';
import type { Call, Gateway } from '../context.js';
import { statusOf } from './status.js';

/** An RPC of any types, for code that only hands messages on. */
export type AnyRpc = (gateway: Gateway, request: never, call: Call) => Promise<object>;

/** Makes a gRPC handler of an RPC: its call's end becomes a signal, its error a status, its time a span. */
export function unaryHandler(
  gateway: Gateway,
  apiVersion: string,
  method: AnyMethod,
  rpc: AnyRpc,
  observe: (call: CallObservation) => void,
): handleUnaryCall<object, object> {
  return (grpc, respond) => {
    const call = openCall(gateway, apiVersion, method, grpc);
    const start = nowNanos();
    const finish = (error?: SlipwayError): void => {
      const worked = nowNanos() - start;
      observe({ method: method.name, queuedMs: 0, workedMs: Number(worked) / 1e6, error: error?.code });
      gateway.bus.publishEvent('span', SpanEvent, {
        ...call.trace,
        stage: 'gateway',
        instance: gateway.bus.instance,
        name: method.name,
        start,
        worked,
        error: error?.code ?? '',
      });
    };
    rpc(gateway, grpc.request as never, call).then(
      (response) => {
        finish();
        respond(null, response);
      },
      (thrown: unknown) => {
        const error = toSlipwayError(thrown, 'INTERNAL', { stage: 'gateway' });
        finish(error);
        const level = error.code === 'INTERNAL' ? 'error' : 'info';
        call.log[level]({ err: error }, 'call failed');
        fail(respond, error);
      },
    );
  };
}

function fail(respond: sendUnaryData<object>, error: SlipwayError): void {
  respond(statusOf(error));
}

function openCall(
  gateway: Gateway,
  apiVersion: string,
  method: AnyMethod,
  grpc: ServerUnaryCall<object, object>,
): Call {
  const controller = new AbortController();
  const gone = new Promise<never>((_resolve, reject) => {
    grpc.once('cancelled', () => {
      const error = new SlipwayError('DEADLINE', 'the caller left before the work was done', { stage: 'gateway' });
      controller.abort(error);
      reject(error);
    });
  });
  // Whoever waits gets the rejection; nobody has to.
  gone.catch(() => undefined);
  const trace = newTrace();
  return {
    apiVersion,
    signal: controller.signal,
    trace,
    log: gateway.log.child({ rpc: method.name, trace: trace.traceId }),
    wait: (work) => {
      // The work goes on; what becomes of it then is its operation's business.
      work.catch(() => undefined);
      return Promise.race([work, gone]);
    },
  };
}
