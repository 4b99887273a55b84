import { SlipwayError } from '@slipway/errors';
import type { Digest } from '@slipway/digest';
import {
  type AuthConfig,
  type Descriptor,
  parseArtifactLayers,
  type Reference,
  type RegistryClient,
} from '@slipway/registry';

/** The registry calls that reading signatures needs, with the pull's own rights. */
export interface SignatureSource {
  readonly registry: Pick<RegistryClient, 'fetchManifest' | 'fetchBlobBytes' | 'listReferrers'>;
  readonly reference: Reference;
  readonly credentials?: AuthConfig | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A signature as it is attached, not yet looked at; a reason where it cannot be read. */
export type FoundSignature =
  | { readonly where: string; readonly payload: Uint8Array; readonly signature: Uint8Array }
  | { readonly where: string; readonly fault: string };

/** Media type of a payload, and artifact type of a manifest with payloads (cosign SIGNATURE_SPEC, cosign's OCI 1.1 mode). */
const payloadType = 'application/vnd.dev.cosign.simplesigning.v1+json';
export const cosignSignatureType = 'application/vnd.dev.cosign.artifact.sig.v1+json';
const bundleType = /^application\/vnd\.dev\.sigstore\.bundle/;
const signatureAnnotation = 'dev.cosignproject.cosign/signature';

/** A payload has some 250 bytes; who signs may add claims. */
const maxPayloadBytes = 1 << 20;
const maxSignatures = 64;
const maxManifests = 16;

/**
 * The signatures that are attached to a manifest, one after the other as they are asked for: first those below cosign's
 * tag `sha256-<hex>.sig`, then the referrers of OCI distribution 1.1. A registry that fails ends it with its error.
 */
export async function* findSignatures(source: SignatureSource, subject: Digest): AsyncGenerator<FoundSignature> {
  const { registry, reference } = source;
  const options = access(source);
  let left = maxSignatures;
  const tag = `${subject.replace(':', '-')}.sig`;
  for await (const found of signaturesOf(source, tag)) {
    if (left-- > 0) yield found;
  }
  const referrers = await registry.listReferrers(reference, subject, options);
  const signatures = referrers.filter(({ artifactType }) => artifactType === cosignSignatureType);
  for (const { digest } of signatures.slice(0, maxManifests)) {
    for await (const found of signaturesOf(source, digest)) {
      if (left-- > 0) yield found;
    }
  }
  const bundle = referrers.find(({ artifactType = '' }) => bundleType.test(artifactType));
  if (bundle) {
    yield {
      where: bundle.digest,
      fault: 'it is a Sigstore bundle, which is not read: sign with cosign sign --key … --new-bundle-format=false',
    };
  }
}

/** The signatures in one manifest; a manifest that is not there holds none. */
async function* signaturesOf(source: SignatureSource, name: string): AsyncGenerator<FoundSignature> {
  const { registry, reference } = source;
  let layers: readonly Descriptor[];
  try {
    const { bytes } = await registry.fetchManifest(reference, name, access(source));
    layers = parseArtifactLayers(bytes, name);
  } catch (error) {
    if (isMissing(error)) return;
    const fault = faultOf(error);
    if (fault === undefined) throw error;
    return yield { where: name, fault };
  }
  for (const [at, layer] of layers.entries()) {
    if (layer.mediaType !== payloadType) continue;
    const where = layers.length > 1 ? `${name} (signature ${at + 1})` : name;
    const text = layer.annotations?.[signatureAnnotation];
    if (text === undefined) {
      yield { where, fault: `it lacks the annotation ${signatureAnnotation}` };
      continue;
    }
    try {
      const options = { ...access(source), maxBytes: maxPayloadBytes };
      const payload = await registry.fetchBlobBytes(reference, layer, options);
      yield { where, payload, signature: Buffer.from(text, 'base64') };
    } catch (error) {
      const fault = isMissing(error) ? 'its payload is missing in the registry' : faultOf(error);
      if (fault === undefined) throw error;
      yield { where, fault };
    }
  }
}

function access({ credentials, signal }: SignatureSource): { credentials?: AuthConfig; signal?: AbortSignal } {
  return { ...(credentials ? { credentials } : {}), ...(signal ? { signal } : {}) };
}

function isMissing(error: unknown): boolean {
  return error instanceof SlipwayError && error.code === 'REGISTRY_NOT_FOUND';
}

/** The fault of the signature itself; undefined when the registry failed, because a retry may succeed. */
function faultOf(error: unknown): string | undefined {
  const own = ['DIGEST_MISMATCH', 'LIMIT_EXCEEDED', 'IMAGE_INVALID', 'REGISTRY_ERROR'];
  return error instanceof SlipwayError && own.includes(error.code) ? error.message : undefined;
}
