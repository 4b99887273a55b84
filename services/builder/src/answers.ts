import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import type { Codec, Init } from '@slipway/protobuf';
import { hasCode } from '@slipway/linux';
import { bootId } from '@slipway/time';

/** A request's digest: the same request is answered by the existing bundle, any other builds again. */
export function requestDigest<T>(codec: Codec<T>, request: Init<T>): string {
  return createHash('sha256').update(codec.encode(request)).digest('hex');
}

interface Answer {
  request: string;
  /** The reply, as base64 of its bytes. */
  response: string;
  /** In which run of the kernel it was built; absent where an earlier version did. */
  boot?: string;
}

const boot = bootId();

/**
 * The run of the kernel in which a bundle was made. `unknown`: it is of an earlier version of Slipway, half made, or being made.
 */
export function bundleAge(path: string, now = boot): 'this boot' | 'earlier boot' | 'unknown' {
  let built: string | undefined;
  try {
    ({ boot: built } = JSON.parse(readFileSync(path, 'utf8')) as Answer);
  } catch (error) {
    if (!hasCode(error, 'ENOENT', 'ENOTDIR') && !(error instanceof SyntaxError)) throw error;
  }
  if (built === undefined) return 'unknown';
  return built === now ? 'this boot' : 'earlier boot';
}

/** The reply that was given to this very request; undefined when there was none or it was another. */
export function readAnswer<T>(path: string, codec: Codec<T>, request: string): T | undefined {
  try {
    const answer = JSON.parse(readFileSync(path, 'utf8')) as Answer;
    return answer.request === request ? codec.decode(Buffer.from(answer.response, 'base64')) : undefined;
  } catch (error) {
    // Cut short by a power loss: half made.
    if (hasCode(error, 'ENOENT') || error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Marks a bundle as whole. */
export function writeAnswer<T>(path: string, codec: Codec<T>, request: string, response: Init<T>): void {
  const answer: Answer = { request, response: Buffer.from(codec.encode(response)).toString('base64'), boot };
  // A text that was cut short is no JSON, and so no answer: it needs no rename.
  writeFileSync(path, JSON.stringify(answer), { mode: 0o600 });
}
