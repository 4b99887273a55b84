import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import type { MsgHdrs } from 'nats';
import { headers } from './wire.js';

/*
 * A call is signed by the key of its caller's role, the nkey by which it is connected, so that whoever carries messages (NATS,
 * when it was taken over) cannot make calls of its own. The signature is Ed25519's, of these lines:
 *
 *   slipway-call-1
 *   <subject>                    the method, the handler and the node
 *   <reply subject>              it has the caller's role and 128 random bits
 *   <Deadline> <Sent>            headers, as they are
 *   <Operation>
 *   <SHA-256 of the payload>     hex
 *
 * A call that is sent again, by anybody, is the same call: it names its object by id, and is answered on the same subject.
 */
const version = 'slipway-call-1';

/** The keys of those who may call a stage, by role. */
export type CallerKeys = ReadonlyMap<string, KeyObject>;

/** A call as it is on its way. */
export interface SignedCall {
  subject: string;
  reply: string;
  headers: MsgHdrs;
  payload: Uint8Array;
}

function signedText({ subject, reply, headers: head, payload }: SignedCall): Buffer {
  const times = `${head.get(headers.deadline)} ${head.get(headers.sent)}`;
  const digest = createHash('sha256').update(payload).digest('hex');
  return Buffer.from([version, subject, reply, times, head.get(headers.operation), digest].join('\n'));
}

/** Signs a call; all other headers that count must be set. */
export function signCall(call: SignedCall, key: KeyObject): void {
  call.headers.set(headers.signature, sign(null, signedText(call), key).toString('base64url'));
}

/** Whether a call was signed by the holder of a key. */
export function isSignedBy(call: SignedCall, key: KeyObject): boolean {
  const signature = Buffer.from(call.headers.get(headers.signature), 'base64url');
  return signature.length === 64 && verify(null, signedText(call), key, signature);
}

// An Ed25519 key in DER has these bytes before the 32 of its own (RFC 8410).
const pkcs8 = Buffer.from('302e020100300506032b657004220420', 'hex');
const spki = Buffer.from('302a300506032b6570032100', 'hex');

/** The private key in the seed of an nkey: two bytes that say its kind, 32 of the key, two of a checksum, in base 32. */
export function keyOfSeed(seed: string): KeyObject {
  const raw = decodeBase32(seed.trim()).subarray(2, 34);
  return createPrivateKey({ key: Buffer.concat([pkcs8, raw]), format: 'der', type: 'pkcs8' });
}

/** The public key of an nkey, of which one byte says its kind. */
export function keyOfPublic(text: string): KeyObject {
  const raw = decodeBase32(text.trim()).subarray(1, 33);
  return createPublicKey({ key: Buffer.concat([spki, raw]), format: 'der', type: 'spki' });
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** RFC 4648, without padding. */
function decodeBase32(text: string): Buffer {
  const bytes: number[] = [];
  let bits = 0;
  let value = 0;
  for (const letter of text) {
    const digit = alphabet.indexOf(letter);
    if (digit < 0) throw new Error('this is no nkey');
    value = ((value << 5) | digit) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push((value >> bits) & 0xff);
  }
  return Buffer.from(bytes);
}
