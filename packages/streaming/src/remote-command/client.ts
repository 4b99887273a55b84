import type { Readable, Writable } from 'node:stream';
import { SlipwayError } from '@slipway/errors';
import { type DialOptions, dialSpdy } from '../spdy/dial.js';
import type { SpdySession } from '../spdy/session.js';
import type { SpdyStream } from '../spdy/stream.js';
import { commandFeatures } from './protocols.js';
import { encodeSize, type TerminalSize } from './resize.js';
import { decodeStatus } from './status.js';

export interface RemoteCommandOptions extends Pick<DialOptions, 'signal' | 'timeoutMs' | 'tls'> {
  /** Which of them the URL was issued with. Outputs are written with back-pressure, and not ended. */
  stdin?: Readable | undefined;
  stdout?: Writable | undefined;
  stderr?: Writable | undefined;
  tty?: boolean | undefined;
  /** Sizes of the own terminal, the first one immediately. */
  resize?: AsyncIterable<TerminalSize> | undefined;
  /** Called once, when the server has all streams: what is said from then on is not missed. */
  opened?: (() => void) | undefined;
}

const protocols = ['v4.channel.k8s.io', 'v3.channel.k8s.io', 'v2.channel.k8s.io'];
const maxStatusBytes = 64 * 1024;

/**
 * Runs the command behind an exec or attach URL, over SPDY/3.1, and returns its exit code.
 * @throws RUNTIME_FAILED with the server's text, STAGE_UNAVAILABLE when it cannot be reached, CANCELLED
 */
export async function runRemoteCommand(url: string, options: RemoteCommandOptions): Promise<number> {
  const { signal, timeoutMs, tls } = options;
  const { session, protocol } = await dialSpdy(url, { protocols, signal, timeoutMs, tls });
  const onAbort = (): void => session.destroy(new SlipwayError('CANCELLED', 'the session was given up'));
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    return await run(session, options, commandFeatures(protocol));
  } finally {
    signal?.removeEventListener('abort', onAbort);
    session.close().catch(() => undefined);
  }
}

async function run(
  session: SpdySession,
  options: RemoteCommandOptions,
  features: { resize: boolean; statusObject: boolean },
): Promise<number> {
  const open = (streamType: string): Promise<SpdyStream> => session.open({ streamType });
  const error = await open('error');
  const status = readAll(error);
  const [stdin, stdout, stderr, resize] = await Promise.all([
    options.stdin && open('stdin'),
    options.stdout && open('stdout'),
    options.stderr && !options.tty && open('stderr'),
    options.tty && features.resize && open('resize'),
  ]);
  options.opened?.();
  if (stdin && options.stdin) options.stdin.pipe(stdin);
  if (resize) sendSizes(resize, options.resize).catch(() => undefined);
  const outputs = [copy(stdout || undefined, options.stdout), copy(stderr || undefined, options.stderr)];
  const bytes = await status;
  await Promise.all(outputs);
  if (stdin) options.stdin?.unpipe(stdin);
  const result = decodeStatus(bytes, features.statusObject);
  if ('exitCode' in result) return result.exitCode;
  throw new SlipwayError('RUNTIME_FAILED', result.failure);
}

async function sendSizes(stream: SpdyStream, sizes: AsyncIterable<TerminalSize> | undefined): Promise<void> {
  for await (const size of sizes ?? []) {
    if (stream.destroyed) return;
    stream.write(encodeSize(size));
  }
}

/** Ends with the stream, and with what came so far when the session breaks. */
async function copy(from: SpdyStream | undefined, to: Writable | undefined): Promise<void> {
  if (!from || !to) return;
  try {
    for await (const chunk of from) {
      // Output that nobody wants any more is read all the same, because the status comes after it.
      if (to.destroyed || to.write(chunk)) continue;
      await new Promise<void>((resolve) => {
        const settle = (): void => {
          to.off('drain', settle);
          to.off('close', settle);
          resolve();
        };
        to.on('drain', settle);
        to.on('close', settle);
      });
    }
  } catch {
    // The status, or its absence, tells the user.
  }
}

async function readAll(stream: SpdyStream): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const part of stream as AsyncIterable<Buffer>) {
      size += part.length;
      if (size > maxStatusBytes) break;
      parts.push(part);
    }
  } catch {
    // The result already reports the failure.
  }
  return Buffer.concat(parts);
}
