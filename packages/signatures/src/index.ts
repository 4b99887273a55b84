export { cosignSignatureType, findSignatures, type FoundSignature } from './attached.js';
export { checkIdentity, type SignedIdentity } from './identity.js';
export { parsePayload, type Payload } from './payload.js';
export { type ImageRequirement, requirementFor, type SignaturePolicy } from './policy.js';
export { parsePolicy, readPolicy } from './policy-file.js';
export { type PublicKey, readPublicKeys } from './public-key.js';
export { type VerifiedSignature, verifyImage } from './verify-image.js';
