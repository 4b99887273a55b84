import type { EventEmitter } from 'node:events';
import type { ServerUnaryCall } from '@grpc/grpc-js';
import { SlipwayError, toSlipwayError } from '@slipway/errors';
import { type AnyMethod, type CallObservation, newTrace } from '@slipway/stage';
import { deadlineIn, nowNanos } from '@slipway/time';
import type { Call, Gateway } from '../context.js';

type GrpcCall = EventEmitter & Pick<ServerUnaryCall<object, object>, 'getDeadline'>;

/** Makes a {@link Call} of a gRPC call, which tells by `cancelled` that its client has left or waits no longer. */
export function openCall(gateway: Gateway, apiVersion: string, method: AnyMethod, grpc: GrpcCall): Call {
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
    // It comes as the time that is left, which grpc-js has added to the clock a moment ago.
    deadline: deadlineIn(Number(grpc.getDeadline()) - Date.now()),
    trace,
    log: gateway.log.child({ rpc: method.name, trace: trace.traceId }),
    wait: (work) => {
      // The work goes on; what becomes of it then is its operation's business.
      work.catch(() => undefined);
      return Promise.race([work, gone]);
    },
  };
}

/** Follows a call to its end: its time becomes a span and a metric, what it threw a SlipwayError in the log. */
export function followCall(
  gateway: Gateway,
  method: AnyMethod,
  call: Call,
  observe: (call: CallObservation) => void,
): { done: () => void; failed: (thrown: unknown) => SlipwayError } {
  const start = nowNanos();
  gateway.load.begin();
  const finish = (error?: SlipwayError): void => {
    const worked = nowNanos() - start;
    gateway.load.end(worked, error !== undefined);
    observe({ method: method.name, queuedMs: 0, workedMs: Number(worked) / 1e6, error: error?.code });
    gateway.bus.publishSpan({
      ...call.trace,
      stage: 'gateway',
      name: method.name,
      start,
      worked,
      error: error?.code ?? '',
    });
  };
  return {
    done: () => finish(),
    failed: (thrown) => {
      const error = toSlipwayError(thrown, 'INTERNAL', { stage: 'gateway' });
      finish(error);
      const level = error.code === 'INTERNAL' ? 'error' : 'info';
      call.log[level]({ err: error }, 'call failed');
      return error;
    },
  };
}
