export type { FoundSignature } from './attached.js';
export type { SignedIdentity } from './identity.js';
export type { Payload } from './payload.js';
export type { ImageRequirement, SignaturePolicy } from './policy.js';
export { readPolicy } from './policy-file.js';
export type { PublicKey } from './public-key.js';
export { type VerifiedSignature, verifyImage } from './verify-image.js';
