import { Limit } from '@slipway/time';
import { acceptSpdy } from '../spdy/handshake.js';
import type { SpdyHeaders } from '../spdy/header-block.js';
import type { SpdySession } from '../spdy/session.js';
import type { SpdyStream } from '../spdy/stream.js';
import type { Upgrade } from '../upgrade.js';
import {
  type CommandHandler,
  type CommandOptions,
  defaultIdleTimeoutMs,
  defaultStreamCreationTimeoutMs,
  type SessionOptions,
  type SessionOutcome,
} from './handler.js';
import { type CommandFeatures, commandFeatures, commandProtocols } from './protocols.js';
import { readSizes, ResizeQueue } from './resize.js';
import { endStream, runCommand } from './run.js';
import { encodeStatus, failureStatus } from './status.js';

type StreamType = 'error' | 'stdin' | 'stdout' | 'stderr' | 'resize';

/** Serves one command over SPDY: waits for the streams that were asked for, runs the handler, tells the status. */
export async function serveSpdyCommand(
  upgrade: Upgrade,
  options: CommandOptions & SessionOptions,
  handler: CommandHandler,
): Promise<SessionOutcome> {
  const waiting = new StreamWait();
  const handshake = acceptSpdy(upgrade, commandProtocols, {
    idleTimeoutMs: options.idleTimeoutMs ?? defaultIdleTimeoutMs,
    limits: { maxStreams: 8 },
    accept: (headers) => waiting.refusal(headers),
    onStream: (stream) => waiting.add(stream),
  });
  if (!handshake) return { end: 'refused', bytesReceived: 0, bytesSent: 0 };
  const { session, protocol } = handshake;
  const features = commandFeatures(protocol);
  const gone = goneSignal(session);
  const outcome = await run(waiting, features, options, handler, gone);
  await session.close('OK', outcome.error);
  return { ...outcome, bytesReceived: session.bytesReceived, bytesSent: session.bytesSent };
}

/** Aborts when the session's connection is gone. */
export function goneSignal(session: SpdySession): AbortSignal {
  const gone = new AbortController();
  const onClosed = (error?: Error): void => gone.abort(error ?? new Error('the client closed the session'));
  session.closed.then(onClosed, onClosed);
  return gone.signal;
}

async function run(
  waiting: StreamWait,
  { resize: hasResize, statusObject }: CommandFeatures,
  options: CommandOptions & SessionOptions,
  handler: CommandHandler,
  gone: AbortSignal,
): Promise<Omit<SessionOutcome, 'bytesReceived' | 'bytesSent'>> {
  const expected: StreamType[] = ['error'];
  if (options.stdin) expected.push('stdin');
  if (options.stdout) expected.push('stdout');
  if (options.stderr && !options.tty) expected.push('stderr');
  if (options.tty && hasResize) expected.push('resize');
  const { streams } = waiting;
  const queue = new ResizeQueue();
  try {
    await waiting.all(
      expected,
      options.streamCreationTimeoutMs ?? defaultStreamCreationTimeoutMs,
      gone,
      options.signal,
    );
  } catch (error) {
    const stream = streams.get('error');
    if (stream && !gone.aborted) {
      stream.write(encodeStatus(failureStatus((error as Error).message), statusObject));
      await endStream(stream, gone);
    }
    return { end: gone.aborted || options.signal?.aborted ? 'gone' : 'failed', error: error as Error };
  }
  // Bytes that a client sends on streams that only lead to it are read and dropped.
  for (const type of ['error', 'stdout', 'stderr'] as const) streams.get(type)?.resume();
  const resize = streams.get('resize');
  if (resize) readSizes(resize, queue);
  else queue.end();
  return await runCommand(
    {
      stdin: options.stdin ? streams.get('stdin') : undefined,
      stdout: options.stdout ? streams.get('stdout') : undefined,
      stderr: options.stderr && !options.tty ? streams.get('stderr') : undefined,
      error: streams.get('error') as SpdyStream,
      resize: queue,
    },
    handler,
    statusObject,
    gone,
    options.signal,
  );
}

/** The streams that a client opens one after the other, in any order. */
class StreamWait {
  readonly streams = new Map<StreamType, SpdyStream>();
  #arrived: (() => void) | undefined;

  refusal(headers: SpdyHeaders): string | undefined {
    const type = headers.streamtype?.[0] ?? '';
    if (!['error', 'stdin', 'stdout', 'stderr', 'resize'].includes(type)) return `unknown stream type ${type}`;
    return this.streams.has(type as StreamType) ? `a second ${type} stream` : undefined;
  }

  add(stream: SpdyStream): void {
    this.streams.set(stream.header('streamtype') as StreamType, stream);
    this.#arrived?.();
  }

  async all(types: StreamType[], timeoutMs: number, gone: AbortSignal, stop: AbortSignal | undefined): Promise<void> {
    const missing = (): StreamType[] => types.filter((type) => !this.streams.has(type));
    using limit = new Limit({ ms: timeoutMs, signals: [gone, stop] });
    const { signal } = limit;
    const onAbort = (): void => this.#arrived?.();
    signal.addEventListener('abort', onAbort, { once: true });
    while (missing().length > 0 && !signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#arrived = resolve;
      });
    }
    this.#arrived = undefined;
    signal.removeEventListener('abort', onAbort);
    gone.throwIfAborted();
    stop?.throwIfAborted();
    if (missing().length > 0) throw new Error(`the client did not open its streams in time: ${missing().join(', ')}`);
  }
}
