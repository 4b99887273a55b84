import { SlipwayError } from '@slipway/errors';
import { type Digest, parseDigest } from '@slipway/digest';
import { type AuthConfig, canonicalString, type Reference, type RegistryClient } from '@slipway/registry';
import { readPolicy, verifyImage } from '@slipway/signatures';
import type { Logger } from '@slipway/telemetry';
import type { ImagePlan } from '../pull/image-plan.js';
import { askVerifiers, type VerifierSettings } from './verifier-programs.js';

export interface VerifyParts {
  readonly registry: RegistryClient;
  /** The policy's file; empty: no signature is asked for. */
  readonly policyFile: string;
  readonly verifiers: VerifierSettings;
}

export interface VerifyRequest {
  readonly reference: Reference;
  readonly credentials?: AuthConfig | undefined;
  readonly signal: AbortSignal;
  readonly log: Logger;
}

/**
 * Whether a pull may go on, once its digest is known and before a layer of it is looked for: by the signature policy,
 * then by the verifier programs. Both are read again for each pull, and an image that is on disk already is held
 * against them like any other.
 * @throws SIGNATURE_INVALID for an image that is refused, and for a policy that cannot be read: a policy with a fault
 *   lets nothing in
 */
export async function verifyPull(parts: VerifyParts, plan: ImagePlan, request: VerifyRequest): Promise<void> {
  const { registry, policyFile, verifiers } = parts;
  const { reference, log } = request;
  const digests = digestsOf(plan);
  if (policyFile !== '') {
    const found = await verifyImage(await policyOf(parts, reference), { registry, ...request }, digests).catch(
      (error: unknown) => {
        throw refusal(error, reference);
      },
    );
    log.info(
      { policy: found.source, type: found.type, key: found.key, signature: found.where },
      'policy allows the image',
    );
  }
  await askVerifiers(verifiers, {
    reference,
    signal: request.signal,
    log,
    descriptor: async () => {
      const digest = digests[0] as Digest;
      const { credentials, signal } = request;
      const { bytes, mediaType } = await registry.fetchManifest(reference, digest, {
        signal,
        ...(credentials ? { credentials } : {}),
      });
      return { digest, mediaType, size: bytes.length };
    },
  });
}

async function policyOf({ policyFile }: VerifyParts, reference: Reference): ReturnType<typeof readPolicy> {
  try {
    return await readPolicy(policyFile);
  } catch (error) {
    throw refusal(error, reference);
  }
}

/** A fault of the configuration as what it is to the kubelet: this image's signature could not be verified. */
function refusal(error: unknown, reference: Reference): unknown {
  if (!(error instanceof SlipwayError) || error.code !== 'INVALID_CONFIG') return error;
  return new SlipwayError('SIGNATURE_INVALID', `the signature policy cannot be used: ${error.message}`, {
    object: `image ${canonicalString(reference)}`,
    hint: 'correct the file; it is read again at the next pull',
    cause: error,
  });
}

/** The digest that the reference resolved to, then the manifest that was chosen from it where that is another. */
function digestsOf({ record }: ImagePlan): Digest[] {
  const resolved = record.repoDigests[0]?.split('@')[1] ?? record.manifestDigest;
  return [...new Set([resolved, record.manifestDigest])].map((text) => parseDigest(text));
}
