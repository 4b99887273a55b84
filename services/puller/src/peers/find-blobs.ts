import { FindBlobsRequest, FindBlobsResponse } from '@slipway/contracts';
import type { Descriptor } from '@slipway/registry';
import type { Bus } from '@slipway/stage';
import type { Msg } from 'nats';
import { findSubject, maxDigests } from './subjects.js';

/** Nodes by the digest of the blob that they offer, in the order of their answers: the first is near and idle. */
export type Offers = ReadonlyMap<string, readonly string[]>;

/**
 * Asks all nodes together which of the blobs they have. Ends when every blob is offered, when NATS knows that nobody
 * listens, or after `waitMs`: who has nothing stays silent, so the wait is what a pull pays that finds nothing.
 */
export function findBlobs(
  bus: Bus,
  blobs: readonly Descriptor[],
  waitMs: number,
  signal: AbortSignal,
): Promise<Offers> {
  const offers = new Map<string, string[]>();
  const wanted = new Map(blobs.slice(0, maxDigests).map(({ digest, size }) => [digest as string, BigInt(size)]));
  if (wanted.size === 0 || signal.aborted || bus.connection.isClosed()) return Promise.resolve(offers);
  return new Promise((resolve) => {
    const hear = (message: Msg): void => {
      if (message.headers?.code === 503) return done();
      for (const { node, digest } of offered(message, wanted)) {
        const nodes = offers.get(digest) ?? [];
        if (!nodes.includes(node)) offers.set(digest, [...nodes, node]);
      }
      if (offers.size === wanted.size) done();
    };
    const replies = bus.expectReplies('peer', hear);
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      replies.release();
      resolve(offers);
    };
    const timer = setTimeout(done, waitMs);
    signal.addEventListener('abort', done, { once: true });
    const question = FindBlobsRequest.encode({ node: bus.node, digests: [...wanted.keys()] });
    bus.connection.publish(findSubject, question, { reply: replies.subject });
  });
}

/** The usable part of an answer: a blob of another size is not the one that was asked for. */
function offered(message: Msg, wanted: ReadonlyMap<string, bigint>): { node: string; digest: string }[] {
  try {
    const { node, blobs } = FindBlobsResponse.decode(message.data);
    // The name becomes part of a subject.
    if (!/^[A-Za-z0-9_-]+$/.test(node)) return [];
    return blobs.filter(({ digest, size }) => wanted.get(digest) === size).map(({ digest }) => ({ node, digest }));
  } catch {
    return [];
  }
}
