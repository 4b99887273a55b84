import { parseReference, type Reference, repositoryName } from '@slipway/registry';

/**
 * How the name in a signature must fit the name that was asked for (containers-policy.json(5), signedIdentity):
 * - `matchRepository`: the same repository, whatever the tag. cosign signs only the repository's name.
 * - `matchRepoDigestOrExact`: the same repository and tag; by digest, the same repository.
 * - `matchExact`: the same repository and the same tag or digest.
 * - `any`: no matter; a signature made for one repository then holds in every other one too.
 */
export const signedIdentities = ['matchRepository', 'matchRepoDigestOrExact', 'matchExact', 'any'] as const;
export type SignedIdentity = (typeof signedIdentities)[number];

/** The fault of `signed` (critical.identity.docker-reference) for an image, or undefined when it fits. */
export function checkIdentity(
  rule: SignedIdentity,
  signed: string,
  wantedName: string,
  reference: Reference,
): string | undefined {
  if (rule === 'any') return undefined;
  const parsed = referenceIn(signed);
  if (!parsed) return `it was made for "${signed}", which is no image name`;
  const wrong = (wanted: string): string => `it was made for ${signed}, not for ${wanted}`;
  if (repositoryName(parsed) !== wantedName) return wrong(wantedName);
  if (rule === 'matchRepository') return undefined;
  if (reference.digest) {
    if (rule === 'matchRepoDigestOrExact' || parsed.digest === reference.digest) return undefined;
    return wrong(`${wantedName}@${reference.digest}`);
  }
  // A name without a tag says nothing of tags, though elsewhere it means :latest.
  const tag = signed.endsWith(`:${parsed.tag ?? ''}`) ? parsed.tag : undefined;
  return tag !== undefined && tag === reference.tag ? undefined : wrong(`${wantedName}:${reference.tag ?? ''}`);
}

function referenceIn(text: string): Reference | undefined {
  try {
    return parseReference(text);
  } catch {
    return undefined;
  }
}
