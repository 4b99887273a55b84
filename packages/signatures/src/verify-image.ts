import { SlipwayError } from '@slipway/errors';
import type { Digest } from '@slipway/digest';
import { canonicalString, repositoryName } from '@slipway/registry';
import { findSignatures, type SignatureSource } from './attached.js';
import { checkIdentity } from './identity.js';
import { parsePayload } from './payload.js';
import { type ImageRequirement, requirementFor, type SignaturePolicy, signedName } from './policy.js';
import { isSignedBy, type PublicKey, readPublicKeys } from './public-key.js';

export interface VerifiedSignature {
  /** The entry that held, `<file>:<line>`. */
  readonly source: string;
  readonly type: ImageRequirement['type'];
  /** The key that made the signature, where one was asked for. */
  readonly key?: string;
  /** The tag or digest of the manifest that holds it. */
  readonly where?: string;
}

/** How many faults an error tells: who signs often would bury the text. */
const toldFaults = 5;

/**
 * Holds an image against the policy. `digests` are what the reference resolved to: an index and the manifest that was
 * chosen from it, or one manifest; a signature of either will do.
 * @throws SIGNATURE_INVALID when the policy refuses the image; INVALID_CONFIG for a key that cannot be used; the
 *   registry's own error when it cannot tell
 */
export async function verifyImage(
  policy: SignaturePolicy,
  source: SignatureSource,
  digests: readonly Digest[],
): Promise<VerifiedSignature> {
  const { reference } = source;
  const requirement = requirementFor(policy, reference);
  const { type, source: place, name } = requirement;
  const object = `image ${canonicalString(reference)}`;
  if (type === 'insecureAcceptAnything') return { source: place, type };
  const entry = `the policy's entry for ${name === 'default' ? 'all other images' : name} (${place})`;
  if (type === 'reject') {
    throw new SlipwayError('SIGNATURE_INVALID', `${entry} rejects it`, {
      object,
      hint: `name an image that the policy allows, or change the entry at ${place}`,
    });
  }
  const keys = (await Promise.all(requirement.keyPaths.map(readPublicKeys))).flat();
  const faults: string[] = [];
  for (const digest of digests) {
    for await (const found of findSignatures(source, digest)) {
      const judged = 'fault' in found ? found.fault : judge(requirement, source, digest, keys, found);
      if (typeof judged !== 'string') return { source: place, type, key: judged.name, where: found.where };
      if (!faults.includes(`${found.where}: ${judged}`)) faults.push(`${found.where}: ${judged}`);
    }
  }
  const names = keys.map((key) => key.name).join(', ');
  const found =
    faults.length === 0
      ? `no signature is attached to ${digests.join(' or ')}`
      : `none of its signatures is good: ${faults.slice(0, toldFaults).join('; ')}${faults.length > toldFaults ? '; …' : ''}`;
  const signee = `${repositoryName(reference)}@${digests[0] ?? ''}`;
  throw new SlipwayError('SIGNATURE_INVALID', `${entry} wants a signature by ${names}; ${found}`, {
    object,
    hint: `sign it (cosign sign --key … ${signee}), or change the entry at ${place}`,
  });
}

/** The key that made a good signature, or what is wrong with it. Nothing of a payload counts before a key vouched for it. */
function judge(
  requirement: ImageRequirement,
  { reference }: SignatureSource,
  digest: Digest,
  keys: readonly PublicKey[],
  { payload, signature }: { readonly payload: Uint8Array; readonly signature: Uint8Array },
): PublicKey | string {
  const key = keys.find((candidate) => isSignedBy(candidate, payload, signature));
  if (!key) return 'it was made with another key, or its payload was changed afterwards';
  const read = parsePayload(payload);
  if (typeof read === 'string') return read;
  if (read.manifestDigest !== digest) return `it was made for ${read.manifestDigest}, not for ${digest}`;
  const { signedIdentity } = requirement;
  return checkIdentity(signedIdentity, read.dockerReference, signedName(requirement, reference), reference) ?? key;
}
