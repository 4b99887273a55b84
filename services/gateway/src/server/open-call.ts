import type { EventEmitter } from 'node:events';
import type { ServerUnaryCall } from '@grpc/grpc-js';
import { SlipwayError, toSlipwayError } from '@slipway/errors';
import { type AnyMethod, type CallObservation, newTrace } from '@slipway/stage';
import { deadlineIn, nowNanos } from '@slipway/time';
import type { Call, Gateway } from '../context.js';

type GrpcCall = EventEmitter & Pick<ServerUnaryCall<object, object>, 'getDeadline'>;

/** A call, and the promise that rejects when the gateway ends before it was answered. */
interface OpenCall extends Call {
  readonly cutOff: Promise<never>;
  /** To be called when the call was answered. */
  close(): void;
}

/** Makes a {@link Call} of a gRPC call, which tells by `cancelled` that its client has left or waits no longer. */
export function openCall(gateway: Gateway, apiVersion: string, method: AnyMethod, grpc: GrpcCall): OpenCall {
  const controller = new AbortController();
  let close = (): void => undefined;
  const cutOff = new Promise<never>((_resolve, reject) => {
    close = gateway.openCalls.add(reject);
  });
  const left = new Promise<never>((_resolve, reject) => {
    grpc.once('cancelled', () => {
      reject(new SlipwayError('DEADLINE', 'the caller left before the work was done', { stage: 'gateway' }));
    });
  });
  const gone = Promise.race([left, cutOff]);
  // Whoever waits gets the rejection; nobody has to.
  gone.catch((error: unknown) => controller.abort(error));
  const trace = newTrace();
  return {
    apiVersion,
    signal: controller.signal,
    // It comes as the time that is left, which grpc-js has added to the clock a moment ago.
    deadline: deadlineIn(Number(grpc.getDeadline()) - Date.now()),
    cutOff,
    close,
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
  call: OpenCall,
  observe: (call: CallObservation) => void,
): { done: () => void; failed: (thrown: unknown) => SlipwayError } {
  const start = nowNanos();
  gateway.load.begin();
  const finish = (error?: SlipwayError): void => {
    call.close();
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
