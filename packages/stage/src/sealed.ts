import {
  createCipheriv,
  createDecipheriv,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
} from 'node:crypto';

/** Bytes of an X25519 public key (RFC 7748), of a key and a nonce of AES-256-GCM, and of its tag. */
const PUBLIC = 32;
const KEY = 32;
const NONCE = 12;
const TAG = 16;

/** A key pair that opens what was sealed for it. It lives only in this process's memory. */
export interface SealKey {
  /** 32 bytes, for who seals. */
  readonly publicKey: Buffer;
  /** @throws Error when it was sealed for another key or purpose, or was changed */
  open(sealed: Uint8Array, purpose: string): Buffer;
}

export function newSealKey(): SealKey {
  const pair = generateKeyPairSync('x25519');
  const publicKey = rawOf(pair.publicKey);
  return {
    publicKey,
    open: (sealed, purpose) => {
      const sender = Buffer.from(sealed.subarray(0, PUBLIC));
      const { key, nonce } = derive(pair.privateKey, sender, Buffer.concat([sender, publicKey]), purpose);
      const cipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG });
      cipher.setAuthTag(sealed.subarray(-TAG));
      return Buffer.concat([cipher.update(sealed.subarray(PUBLIC, -TAG)), cipher.final()]);
    },
  };
}

/**
 * Seals a secret for the holder of a key pair: a key pair of the sender that is used once, X25519 with the receiver's,
 * and HKDF-SHA-256 of both give a key of AES-256-GCM. Whoever has neither private key cannot read it.
 *
 *   32 bytes   the sender's public key
 *   n bytes    the secret, encrypted
 *   16 bytes   tag
 *
 * @param purpose what it is for: it opens only for the same purpose
 */
export function sealFor(publicKey: Uint8Array, secret: Uint8Array, purpose: string): Buffer {
  const pair = generateKeyPairSync('x25519');
  const sender = rawOf(pair.publicKey);
  const { key, nonce } = derive(pair.privateKey, publicKey, Buffer.concat([sender, publicKey]), purpose);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG });
  return Buffer.concat([sender, cipher.update(secret), cipher.final(), cipher.getAuthTag()]);
}

function derive(
  privateKey: KeyObject,
  publicKey: Uint8Array,
  salt: Uint8Array,
  purpose: string,
): { key: Buffer; nonce: Buffer } {
  if (publicKey.length !== PUBLIC) throw new Error(`a public key has ${PUBLIC} bytes, not ${publicKey.length}`);
  const x = Buffer.from(publicKey).toString('base64url');
  const other = createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x }, format: 'jwk' });
  const shared = diffieHellman({ privateKey, publicKey: other });
  const bytes = Buffer.from(hkdfSync('sha256', shared, salt, `slipway sealed ${purpose}`, KEY + NONCE));
  return { key: bytes.subarray(0, KEY), nonce: bytes.subarray(KEY) };
}

function rawOf(key: KeyObject): Buffer {
  return Buffer.from(key.export({ format: 'jwk' }).x as string, 'base64url');
}
