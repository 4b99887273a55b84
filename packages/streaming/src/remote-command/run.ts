import type { Readable, Writable } from 'node:stream';
import type { CommandHandler, SessionOutcome } from './handler.js';
import { type CommandStatus, encodeStatus, exitStatus, failureStatus } from './status.js';
import type { ResizeQueue } from './resize.js';

/** A client's streams, whatever carries them. */
export interface ClientStreams {
  stdin?: Readable | undefined;
  stdout?: Writable | undefined;
  stderr?: Writable | undefined;
  error: Writable;
  resize: ResizeQueue;
}

/**
 * Runs the handler on a client's streams: outputs end, and reach the client, before its status
 * does. `session` aborts when the client is gone, `stop` when the server wants to end.
 */
export async function runCommand(
  streams: ClientStreams,
  handler: CommandHandler,
  statusObject: boolean,
  session: AbortSignal,
  stop: AbortSignal | undefined,
): Promise<Omit<SessionOutcome, 'bytesReceived' | 'bytesSent'>> {
  const { stdin, stdout, stderr, error, resize } = streams;
  const abort = new AbortController();
  const { signal } = abort;
  const onSession = (): void => abort.abort(session.reason);
  const onStop = (): void => abort.abort(stop?.reason);
  for (const [source, listener] of [
    [session, onSession],
    [stop, onStop],
  ] as const) {
    if (source?.aborted) listener();
    else source?.addEventListener('abort', listener, { once: true });
  }
  let status: CommandStatus;
  let outcome: Omit<SessionOutcome, 'bytesReceived' | 'bytesSent'>;
  try {
    const exitCode = await untilAborted(handler({ stdin, stdout, stderr, resize, signal }), signal);
    status = exitStatus(exitCode);
    outcome = { end: 'done', exitCode };
  } catch (thrown) {
    const failure = thrown instanceof Error ? thrown : new Error(String(thrown));
    status = failureStatus(failure.message);
    outcome = { end: signal.aborted ? 'gone' : 'failed', error: failure };
  } finally {
    resize.end();
    // A finished handler gets no signal of the end that follows, because its process id may be reused by then.
    session.removeEventListener('abort', onSession);
    stop?.removeEventListener('abort', onStop);
  }
  if (session.aborted) return { ...outcome, end: outcome.end === 'done' ? 'done' : 'gone' };
  // Stdin that nobody reads any more would hold back the whole connection.
  stdin?.resume();
  await Promise.all([endStream(stdout, session), endStream(stderr, session)]);
  error.write(encodeStatus(status, statusObject));
  await endStream(error, session);
  return outcome;
}

/** Ends a stream and waits until its last byte has left, or the session is gone. */
export async function endStream(stream: Writable | undefined, session: AbortSignal): Promise<void> {
  if (!stream || stream.destroyed) return;
  await new Promise<void>((resolve) => {
    const settle = (): void => {
      session.removeEventListener('abort', settle);
      resolve();
    };
    if (session.aborted) return resolve();
    session.addEventListener('abort', settle, { once: true });
    stream.once('close', settle);
    stream.once('error', settle);
    stream.end(settle);
  });
}

/** A handler that ignores the signal goes on unseen, because its client has left. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason)));
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (onAbort) signal.removeEventListener('abort', onAbort);
    work.catch(() => undefined);
  }
}
