import { FindBlobsRequest, FindBlobsResponse, ReadBlobRequest, ReadBlobResponse } from '@slipway/contracts';
import type { Bus } from '@slipway/stage';
import type { Logger } from '@slipway/telemetry';
import type { Msg } from 'nats';
import type { KeptBlobs } from './kept-blobs.js';
import { RateLimit } from './rate-limit.js';
import { findSubject, maxDigests, pieceBytes, readSubject } from './subjects.js';

/** A node that would wait longer for a piece is refused, ms. */
const longestWaitMs = 1000;
/** A node that is this far behind offers nothing, ms. */
const busyMs = longestWaitMs / 2;

export interface BlobServerOptions {
  readonly bus: Bus;
  readonly kept: KeptBlobs;
  /** For all askers together. */
  readonly bytesPerSecond: number;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly onSent: (bytes: number) => void;
}

/**
 * Tells other nodes which blobs this node keeps, and hands out pieces of them, never more than was asked for and never
 * faster than the bound. A node's pullers share the questions: they have the same disk.
 */
export function serveBlobs(options: BlobServerOptions): void {
  const { bus, log } = options;
  const limit = new RateLimit(options.bytesPerSecond, longestWaitMs);
  const serve = (subject: string, answer: (message: Msg) => Promise<Uint8Array | undefined>): void => {
    bus.connection.subscribe(subject, {
      queue: bus.node,
      callback: (error, message) => {
        if (error) return log.warn({ err: error, subject }, 'other nodes cannot ask for blobs');
        answer(message).then(
          (bytes) => void (bytes && message.respond(bytes)),
          (failure: unknown) => options.signal.aborted || log.warn({ err: failure, subject }, 'a peer got no answer'),
        );
      },
    });
  };
  serve(findSubject, (message) => offer(options, limit, FindBlobsRequest.decode(message.data)));
  serve(readSubject(bus.node), (message) => piece(options, limit, ReadBlobRequest.decode(message.data)));
}

async function offer(
  { bus, kept }: BlobServerOptions,
  limit: RateLimit,
  request: FindBlobsRequest,
): Promise<Uint8Array | undefined> {
  if (request.node === bus.node || limit.waitMs > busyMs) return undefined;
  const blobs: { digest: string; size: bigint }[] = [];
  for (const digest of request.digests.slice(0, maxDigests)) {
    const size = await kept.size(digest);
    if (size !== undefined) blobs.push({ digest, size: BigInt(size) });
  }
  return blobs.length > 0 ? FindBlobsResponse.encode({ node: bus.node, blobs }) : undefined;
}

async function piece(
  { kept, signal, onSent }: BlobServerOptions,
  limit: RateLimit,
  { digest, offset, length }: ReadBlobRequest,
): Promise<Uint8Array> {
  const refuse = (refusal: string): Uint8Array => ReadBlobResponse.encode({ refusal });
  if (length <= 0 || length > pieceBytes || offset < 0n || offset > BigInt(Number.MAX_SAFE_INTEGER)) {
    return refuse(`${length} bytes from ${offset} on are no piece of 1 to ${pieceBytes} bytes`);
  }
  if (!(await limit.take(length, signal))) return refuse('too many ask');
  const data = await kept.read(digest, Number(offset), length);
  if (!data) return refuse('the blob is gone, or is not that long');
  onSent(data.length);
  return ReadBlobResponse.encode({ data });
}
