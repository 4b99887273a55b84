import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Limit } from '@slipway/time';
import { connectionFault, HostFault } from '../fault.js';
import { answerFault, discard, header, isGzipEncoded } from './http-body.js';
import type { Descriptor } from '../manifest/manifest.js';
import type { PartialFile } from './partial-file.js';
import type { Requester, Target } from './requester.js';
import type { HttpResponse } from './http-response.js';
import { type FlowLimits, FlowWatch } from './watch.js';

/** A part of a blob that one stream fetches; `start` moves on as bytes reach the disk. */
export interface Piece {
  start: number;
  /** Grows to the blob's end when the host turns out to serve whole blobs only. */
  end: number;
}

/** How a host is asked for a blob, and what it was found to do. */
export interface Ways {
  /** False: whole blobs only, since it refused a range. */
  ranges: boolean;
  /** Whether a body that it says it compressed is decompressed. */
  decode: boolean;
  /** Whether one was. */
  decoded: boolean;
}

export interface StreamContext {
  readonly requester: Requester;
  readonly target: Target;
  readonly descriptor: Descriptor;
  readonly file: PartialFile;
  readonly limits: FlowLimits;
  readonly ways: Ways;
  readonly signal: AbortSignal;
  /** Bytes that came over the network. */
  onBytes(count: number): void;
  /** Bytes that are on disk. */
  onWritten(): void;
  /** Told when an answer's headers are there: whether the host serves ranges. */
  onRanges(served: boolean): void;
}

/** A transfer that was too slow: another try is no progress, whatever came before. */
export class StalledFault extends HostFault {}

/** A host that answers 416 to a range of a blob of the right length: it may have the blob as a whole. */
export class RangeRefused extends HostFault {}

/** Bytes are written in batches of about this many. */
const batchBytes = 256 * 1024;
/** Where little comes, what has come is written after this time: it counts as progress and survives a kill. */
const batchMs = 250;

/**
 * Sends one request for a piece and writes what comes. Returns when the piece is on disk; a HostFault leaves
 * `piece.start` where the bytes on disk end. A host without ranges answers with the whole blob: then the piece
 * becomes all of the rest, and bytes before it are passed over.
 */
export async function streamPiece(context: StreamContext, piece: Piece): Promise<void> {
  const { requester, target, descriptor, limits, ways } = context;
  const whole = !ways.ranges || (piece.start === 0 && piece.end === descriptor.size);
  const abort = new AbortController();
  let stalled: StalledFault | undefined;
  const watch = new FlowWatch(limits, (reason) => {
    stalled = new StalledFault('unavailable', nameOf(context), progressText(context, reason), { retryable: true });
    abort.abort(stalled);
  });
  using limit = new Limit({ signals: [context.signal, abort.signal] });
  const { signal } = limit;
  try {
    const answer = await requester.send(target, `/blobs/${descriptor.digest}`, {
      headers: {
        // Proxies must not compress: the digest is that of the bytes as stored.
        'accept-encoding': 'identity',
        ...(whole ? {} : { range: `bytes=${piece.start}-${piece.end - 1}` }),
      },
      signal,
    });
    watch.received(0);
    const from = await startOf(context, piece, answer, signal);
    await readPiece(context, piece, answer, from, watch);
  } catch (error) {
    context.signal.throwIfAborted();
    if (stalled) throw stalled;
    if (error instanceof HostFault) throw error;
    if (isLocal(error)) throw error;
    if (String((error as { code?: unknown } | null)?.code).startsWith('Z_'))
      throw new HostFault('digest', nameOf(context), progressText(context, 'its compressed body is damaged'));
    const fault = connectionFault(nameOf(context), error);
    throw new HostFault(fault.kind, fault.host, progressText(context, fault.message), {
      retryable: true,
      hint: fault.hint,
      cause: error,
    });
  } finally {
    watch.stop();
    abort.abort();
  }
}

/** Where in the blob the answer's body begins; anything but the bytes asked for is a fault. */
async function startOf(
  context: StreamContext,
  piece: Piece,
  answer: HttpResponse,
  signal: AbortSignal,
): Promise<number> {
  const { descriptor } = context;
  const host = nameOf(context);
  const wrongSize = (size: string) =>
    new HostFault('digest', host, `layer ${descriptor.digest} has ${size} bytes there, not ${descriptor.size}`);
  if (answer.status === 206) {
    const range = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(header(answer, 'content-range') ?? '');
    if (range?.[3] !== undefined && range[3] !== '*' && Number(range[3]) !== descriptor.size) throw wrongSize(range[3]);
    const at = Number(range?.[1] ?? piece.start);
    if (at !== piece.start)
      throw new HostFault('error', host, `asked for bytes from ${piece.start}, got them from ${at}`);
    context.onRanges(true);
    return at;
  }
  if (answer.status === 200) {
    const length = header(answer, 'content-length');
    // A store that knows its layers' compression names it for the bytes themselves: they have the blob's length then.
    const encoded = isGzipEncoded(answer) && Number(length) !== descriptor.size;
    if (length !== undefined && !encoded && Number(length) !== descriptor.size) throw wrongSize(length);
    if (encoded && context.ways.decode) context.ways.decoded = true;
    piece.end = descriptor.size;
    context.onRanges(false);
    return 0;
  }
  if (answer.status === 416) {
    const size = /\*\/(\d+)$/.exec(header(answer, 'content-range') ?? '')?.[1];
    await discard(answer);
    if (size !== undefined && Number(size) !== descriptor.size) throw wrongSize(size);
    throw new RangeRefused(
      'error',
      host,
      `layer ${descriptor.digest}: 416, it refuses the bytes from ${piece.start} on`,
    );
  }
  throw await answerFault(answer, `layer ${descriptor.digest}`, host, signal);
}

async function readPiece(
  context: StreamContext,
  piece: Piece,
  answer: HttpResponse,
  from: number,
  watch: FlowWatch,
): Promise<void> {
  const { descriptor, file } = context;
  let at = from;
  let batch: Buffer[] = [];
  let batched = 0;
  let flushed = performance.now();
  let writing: Promise<void> = Promise.resolve();
  const write = async (offset: number, chunks: Buffer[], length: number) => {
    await file.write(offset, chunks);
    piece.start = offset + length;
    context.onWritten();
  };
  /** A batch is written while the next one arrives, so memory stays at two batches. */
  const flush = async () => {
    await watch.whileBusy(writing);
    flushed = performance.now();
    if (batched === 0) return;
    writing = write(at - batched, batch, batched);
    writing.catch(() => {});
    [batch, batched] = [[], 0];
  };
  try {
    for await (const data of bodyOf(context, answer)) {
      watch.received(data.length);
      context.onBytes(data.length);
      let chunk = data;
      if (at < piece.start) {
        const skip = Math.min(chunk.length, piece.start - at);
        at += skip;
        chunk = chunk.subarray(skip);
        if (chunk.length === 0) continue;
      }
      const room = piece.end - at;
      if (chunk.length > room) {
        if (answer.status === 200)
          throw new HostFault(
            'digest',
            nameOf(context),
            `layer ${descriptor.digest} is longer than its ${descriptor.size} bytes`,
          );
        chunk = chunk.subarray(0, room);
      }
      if (chunk.length > 0) {
        batch.push(chunk);
        batched += chunk.length;
        at += chunk.length;
      }
      if (batched >= batchBytes || performance.now() - flushed >= batchMs) await flush();
      if (at === piece.end && answer.status === 206) break;
    }
  } finally {
    await flush();
    await watch.whileBusy(writing);
  }
  if (piece.start < piece.end && context.ways.decode && context.ways.decoded)
    throw new HostFault('digest', nameOf(context), progressText(context, 'its compressed body is too short'));
  if (piece.start < piece.end)
    throw new HostFault('unavailable', nameOf(context), progressText(context, 'the body ended early'), {
      retryable: true,
    });
}

/** The blob's bytes in an answer: where the server compressed them for the transfer, those that come of it. */
function bodyOf({ ways, descriptor }: StreamContext, answer: HttpResponse): AsyncIterable<Buffer> {
  const encoded = isGzipEncoded(answer) && Number(header(answer, 'content-length')) !== descriptor.size;
  if (answer.status !== 200 || !encoded || !ways.decode) return answer.body as AsyncIterable<Buffer>;
  // A fault of either is met by who reads; the body goes with its reader.
  return pipeline(answer.body, createGunzip(), () => undefined);
}

function nameOf({ requester, target }: StreamContext): string {
  return requester.nameOf(target);
}

function progressText({ descriptor, file }: StreamContext, reason: string): string {
  return `layer ${descriptor.digest}: ${reason}, at ${file.total} of ${descriptor.size} bytes`;
}

/** An error of this machine's own disk rather than of the network. */
function isLocal(error: unknown): boolean {
  const syscall = (error as { syscall?: unknown } | null)?.syscall;
  return typeof syscall === 'string' && !['connect', 'read', 'write', 'getaddrinfo'].includes(syscall)
    ? true
    : ['ENOSPC', 'EDQUOT', 'EIO', 'EROFS'].includes(String((error as { code?: unknown } | null)?.code));
}
