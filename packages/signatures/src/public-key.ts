import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { SlipwayError } from '@slipway/errors';

export interface PublicKey {
  /** The file, and where it holds several keys the number of the key. */
  readonly name: string;
  readonly key: KeyObject;
  /** The digest that is signed; null for Ed25519, which signs the bytes themselves. In order of likeliness. */
  readonly hashes: readonly (string | null)[];
}

const pemBlock = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g;
const leastRsaBits = 2048;

/** The keys of a file with one or more PEM public keys. INVALID_CONFIG tells what it is where it is none. */
export async function readPublicKeys(file: string): Promise<PublicKey[]> {
  const fail = (reason: string, cause?: unknown): never => {
    throw new SlipwayError('INVALID_CONFIG', `key ${file}: ${reason}`, { cause });
  };
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    return fail(`cannot be read: ${(cause as Error).message}`, cause);
  }
  const blocks = [...text.matchAll(pemBlock)];
  if (blocks.length === 0) return fail('it holds no PEM block: -----BEGIN PUBLIC KEY-----');
  return blocks.map(([pem, label], at) => {
    // Node would take a private key or a certificate for the public key in it.
    if (label !== 'PUBLIC KEY' && label !== 'RSA PUBLIC KEY') return fail(`it holds a ${label}, not a public key`);
    let key: KeyObject;
    try {
      key = createPublicKey(pem);
    } catch (cause) {
      return fail(`it cannot be read as a public key: ${(cause as Error).message}`, cause);
    }
    const hashes = hashesOf(key);
    if (typeof hashes === 'string') return fail(hashes);
    return { name: blocks.length > 1 ? `${file} (key ${at + 1})` : file, key, hashes };
  });
}

/**
 * cosign signs the SHA-256 of the payload, whatever the key (SIGNATURE_SPEC, "Hashing Algorithms"); newer signers take
 * the hash that fits the curve.
 */
function hashesOf(key: KeyObject): (string | null)[] | string {
  const { namedCurve = '', modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === 'ed25519') return [null];
  if (key.asymmetricKeyType === 'rsa') {
    return modulusLength < leastRsaBits ? `an RSA key of ${modulusLength} bits is too short to be trusted` : ['sha256'];
  }
  if (key.asymmetricKeyType === 'ec') {
    if (namedCurve === 'prime256v1') return ['sha256'];
    if (namedCurve === 'secp384r1') return ['sha256', 'sha384'];
  }
  const type = [key.asymmetricKeyType, namedCurve].filter(Boolean).join(' ');
  return `keys of type ${type} are not supported (ECDSA P-256 and P-384, RSA, Ed25519 are)`;
}

/** Whether the key made the signature over the payload: ECDSA in DER, RSA with PKCS #1 v1.5 padding. */
export function isSignedBy({ key, hashes }: PublicKey, payload: Uint8Array, signature: Uint8Array): boolean {
  return hashes.some((hash) => verify(hash, payload, key, signature));
}
