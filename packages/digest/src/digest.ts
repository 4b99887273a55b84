import { createHash, type Hash } from 'node:crypto';
import { type ErrorCode, SlipwayError } from '@slipway/errors';

export type DigestAlgorithm = 'sha256' | 'sha512';

/** `sha256:<64 hex>` or `sha512:<128 hex>`, lower case (OCI image-spec, descriptor.md "Digests"). */
export type Digest = `${DigestAlgorithm}:${string}`;

const hexLength: Record<DigestAlgorithm, number> = { sha256: 64, sha512: 128 };

/** What is wrong with `text` as a digest, or undefined when nothing is. */
export function digestFault(text: string): string | undefined {
  const colon = text.indexOf(':');
  if (colon < 1) return `digest ${quoted(text)} is not of the form sha256:<hex>`;
  const algorithm = text.slice(0, colon);
  const hex = text.slice(colon + 1);
  if (algorithm !== 'sha256' && algorithm !== 'sha512') return `digest algorithm ${quoted(algorithm)} is not supported`;
  if (hex.length !== hexLength[algorithm])
    return `a ${algorithm} digest has ${hexLength[algorithm]} hex digits, this one has ${hex.length}`;
  if (!/^[0-9a-f]*$/.test(hex)) return `digest ${quoted(text)} holds characters that are not lower-case hex`;
  return undefined;
}

/** A text of somebody else's, short enough for an error. */
function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 200));
}

/** Whether `text` is a digest. A digest is safe as a file name. */
export function isDigest(text: string): text is Digest {
  return digestFault(text) === undefined;
}

/**
 * Reads a digest.
 * @param code the error for a text that is none: by whose fault it is there
 * @throws `code`, and the text says what is wrong with the digest
 */
export function parseDigest(text: string, code: ErrorCode = 'REGISTRY_ERROR'): Digest {
  const fault = digestFault(text);
  if (fault) throw new SlipwayError(code, fault);
  return text as Digest;
}

/** The algorithm of a digest. */
export function digestAlgorithm(digest: Digest): DigestAlgorithm {
  return digest.startsWith('sha512:') ? 'sha512' : 'sha256';
}

/** The hex part of a digest. */
export function digestHex(digest: Digest): string {
  return digest.slice(digest.indexOf(':') + 1);
}

/** The digest of `bytes`. */
export function digestOf(bytes: Uint8Array, algorithm: DigestAlgorithm = 'sha256'): Digest {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}

/** Whether `bytes` have the digest. */
export function matchesDigest(bytes: Uint8Array, digest: Digest): boolean {
  return digestOf(bytes, digestAlgorithm(digest)) === digest;
}

/** A running digest. */
export class Digester {
  readonly #algorithm: DigestAlgorithm;
  readonly #hash: Hash;
  #bytes = 0;

  constructor(algorithm: DigestAlgorithm = 'sha256') {
    this.#algorithm = algorithm;
    this.#hash = createHash(algorithm);
  }

  /** How many bytes went in so far. */
  get bytes(): number {
    return this.#bytes;
  }

  update(chunk: Uint8Array): void {
    this.#hash.update(chunk);
    this.#bytes += chunk.byteLength;
  }

  /** The digest of everything; ends the digester. */
  digest(): Digest {
    return `${this.#algorithm}:${this.#hash.digest('hex')}`;
  }
}
