import type { Readable, Writable } from 'node:stream';
import type { TerminalSize } from './resize.js';

/** Which streams a command has; with a terminal stderr goes to stdout. */
export interface CommandOptions {
  stdin: boolean;
  stdout: boolean;
  stderr: boolean;
  tty: boolean;
}

/** The streams of a command. Each exists if it was requested. Slow readers hold back `write`. */
export interface CommandStreams {
  /** Ends when the client half-closes its side. */
  stdin?: Readable | undefined;
  stdout?: Writable | undefined;
  stderr?: Writable | undefined;
  /** Sizes of the client's terminal; of several that come quickly the last. Without a terminal it is empty. */
  resize: AsyncIterable<TerminalSize>;
  /** Aborts when the client is gone, the session's time is over or the server closes; its reason says which. */
  signal: AbortSignal;
}

/** Runs a command and returns its exit code. Its exception is reported to the client. It may leave its outputs open. */
export type CommandHandler = (streams: CommandStreams) => Promise<number>;

/** How a session ended, for logs and metrics. */
export interface SessionOutcome {
  /** `refused`: the handshake failed. `gone`: the client left, or the session was closed, before the handler was done. */
  end: 'done' | 'failed' | 'refused' | 'gone';
  exitCode?: number | undefined;
  error?: Error | undefined;
  bytesReceived: number;
  bytesSent: number;
}

export interface SessionOptions {
  /** Milliseconds without a byte of data; default 4 hours. 0: for ever. */
  idleTimeoutMs?: number | undefined;
  /** Milliseconds for the client to open its streams; default 30 000. */
  streamCreationTimeoutMs?: number | undefined;
  /** Ends the session cleanly, with its reason to the client. */
  signal?: AbortSignal | undefined;
}

export const defaultIdleTimeoutMs = 4 * 60 * 60 * 1000;
export const defaultStreamCreationTimeoutMs = 30_000;
