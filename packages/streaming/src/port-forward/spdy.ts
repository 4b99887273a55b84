import type { Duplex } from 'node:stream';
import { Limit } from '@slipway/time';
import {
  defaultIdleTimeoutMs,
  defaultStreamCreationTimeoutMs,
  type SessionOptions,
  type SessionOutcome,
} from '../remote-command/handler.js';
import { endStream } from '../remote-command/run.js';
import type { SpdyHeaders } from '../spdy/header-block.js';
import type { SpdySession, SpdySessionOptions } from '../spdy/session.js';
import type { SpdyStream } from '../spdy/stream.js';
import { goneSignal } from '../remote-command/spdy.js';
import { parsePort, type PortForwardHandler } from './handler.js';
import { relay } from './relay.js';

/** The two streams that make one forwarded connection. */
interface Pair {
  data?: SpdyStream;
  error?: SpdyStream;
  timer?: NodeJS.Timeout;
}

/** Makes the session, or refuses the client and answers undefined. */
type OpenSession = (options: Omit<SpdySessionOptions, 'role'>) => Promise<SpdySession | undefined>;

/** Serves port-forward over SPDY: any number of connections, each a data and an error stream with one `requestID`. */
export async function serveSpdyPortForward(
  openSession: OpenSession,
  options: SessionOptions,
  handler: PortForwardHandler,
): Promise<SessionOutcome> {
  const pairs = new Map<string, Pair>();
  const session = await openSession({
    idleTimeoutMs: options.idleTimeoutMs ?? defaultIdleTimeoutMs,
    accept: refusal,
    onStream: (stream) => addStream(stream),
  });
  if (!session) return { end: 'refused', bytesReceived: 0, bytesSent: 0 };
  const gone = goneSignal(session);
  const { signal: stop, streamCreationTimeoutMs = defaultStreamCreationTimeoutMs } = options;

  function addStream(stream: SpdyStream): void {
    const kind = stream.header('streamtype') as 'data' | 'error';
    const id = requestId(stream);
    const pair = pairs.get(id) ?? {};
    if (pair[kind]) return stream.reset('STREAM_IN_USE');
    pair[kind] = stream;
    pairs.set(id, pair);
    // Half of a pair that is reset, or never gets its other half, holds no place.
    pair.timer ??= setTimeout(
      () => drop(id, 'the other stream of this connection did not come in time'),
      streamCreationTimeoutMs,
    );
    pair.timer.unref();
    stream.once('close', () => {
      if (pairs.get(id) === pair) drop(id, 'the other stream of this connection was reset');
    });
    const { data, error } = pair;
    if (!data || !error) return;
    pairs.delete(id);
    clearTimeout(pair.timer);
    forward(data, error, handler, gone).catch(() => undefined);
  }

  function drop(id: string, reason: string): void {
    const pair = pairs.get(id);
    if (!pair) return;
    pairs.delete(id);
    clearTimeout(pair.timer);
    pair.data?.reset('CANCEL');
    if (pair.error && !pair.error.destroyed) {
      pair.error.resume();
      pair.error.end(reason);
    }
  }

  const onStop = (): void => {
    session.close('OK', stop?.reason as Error).catch(() => undefined);
  };
  if (stop?.aborted) onStop();
  else stop?.addEventListener('abort', onStop, { once: true });
  const error = await session.closed;
  stop?.removeEventListener('abort', onStop);
  for (const { timer } of pairs.values()) clearTimeout(timer);
  return { end: 'done', error, bytesReceived: session.bytesReceived, bytesSent: session.bytesSent };
}

function refusal(headers: SpdyHeaders): string | undefined {
  if (parsePort(headers.port?.[0] ?? '') === undefined) return 'the port header is missing or no port';
  const type = headers.streamtype?.[0];
  return type === 'data' || type === 'error' ? undefined : 'the streamType header is neither data nor error';
}

/** Old clients send no requestID: they open the error stream, then the data stream, and the ids of both are odd neighbours. */
function requestId(stream: SpdyStream): string {
  const id = stream.header('requestid');
  if (id !== '') return `given ${id}`;
  return `stream ${stream.header('streamtype') === 'error' ? stream.id : stream.id - 2}`;
}

async function forward(
  data: SpdyStream,
  error: SpdyStream,
  handler: PortForwardHandler,
  gone: AbortSignal,
): Promise<void> {
  const port = parsePort(data.header('port')) ?? 0;
  error.resume();
  const left = new AbortController();
  const onClose = (): void => left.abort(new Error('the client closed the connection'));
  data.once('close', onClose);
  let upstream: Duplex | undefined;
  try {
    using limit = new Limit({ signals: [left.signal, gone] });
    upstream = await handler.connect(port, limit.signal);
  } catch (failure) {
    if (!left.signal.aborted && !gone.aborted) {
      error.write(`error forwarding port ${port}: ${(failure as Error).message}`);
    }
    data.resume();
    if (!data.destroyed) data.end();
  }
  data.off('close', onClose);
  // A connection that breaks later is reset and nothing more: a message makes kubectl end the whole session.
  if (upstream) await relay(data, upstream).catch(() => undefined);
  await endStream(error, gone);
}
