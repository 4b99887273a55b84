import { createHash, type Hash } from 'node:crypto';
import { SlipwayError } from '@slipway/errors';

export type DigestAlgorithm = 'sha256' | 'sha512';

/** `sha256:<64 hex>` or `sha512:<128 hex>`, lower case (OCI image-spec, descriptor.md "Digests"). */
export type Digest = `${DigestAlgorithm}:${string}`;

const hexLength: Record<DigestAlgorithm, number> = { sha256: 64, sha512: 128 };

/** What is wrong with `text` as a digest, or undefined when nothing is. */
export function digestFault(text: string): string | undefined {
  const colon = text.indexOf(':');
  if (colon < 1) return `digest "${text}" is not of the form sha256:<hex>`;
  const algorithm = text.slice(0, colon);
  const hex = text.slice(colon + 1);
  if (algorithm !== 'sha256' && algorithm !== 'sha512') return `digest algorithm "${algorithm}" is not supported`;
  if (hex.length !== hexLength[algorithm])
    return `a ${algorithm} digest has ${hexLength[algorithm]} hex digits, this one has ${hex.length}`;
  if (!/^[0-9a-f]*$/.test(hex)) return `digest "${text}" holds characters that are not lower-case hex`;
  return undefined;
}

/** Reads a digest; REGISTRY_ERROR says what is wrong with it. */
export function parseDigest(text: string): Digest {
  const fault = digestFault(text);
  if (fault) throw new SlipwayError('REGISTRY_ERROR', fault);
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
