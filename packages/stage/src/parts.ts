import type { ReplyStatus } from './wire.js';

/**
 * Sends a response in pieces of at most `limit` bytes: parts, then `done` with the
 * last one. NATS keeps the order between one publisher and one subscriber.
 */
export function respondInParts(
  response: Uint8Array,
  limit: number,
  send: (status: ReplyStatus, bytes: Uint8Array) => void,
): void {
  let offset = 0;
  for (; response.length - offset > limit; offset += limit) send('part', response.subarray(offset, offset + limit));
  send('done', offset === 0 ? response : response.subarray(offset));
}
