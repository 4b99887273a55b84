import { type Reference, repositoryName } from '@slipway/registry';
import type { SignedIdentity } from './identity.js';

/** The requirement of a policy entry for images below its prefix; the words are those of containers-policy.json(5). */
export interface ImageRequirement {
  /** `docker.io/library`, or `default`. */
  readonly name: string;
  /** `<file>:<line>`. */
  readonly source: string;
  readonly type: 'insecureAcceptAnything' | 'reject' | 'sigstoreSigned';
  /** Files with PEM public keys; a signature by any of them will do. Empty unless the type is sigstoreSigned. */
  readonly keyPaths: readonly string[];
  readonly signedIdentity: SignedIdentity;
  /** The name in signatures in place of the prefix, for a mirror whose images were signed elsewhere. */
  readonly signedPrefix?: string;
}

export interface SignaturePolicy {
  readonly fallback: ImageRequirement;
  /** By prefix: a registry, or a registry and parts of a repository's path. Host names in lower case. */
  readonly images: ReadonlyMap<string, ImageRequirement>;
}

/** The entry with the longest prefix, counted in whole parts of the path; without any, the default. */
export function requirementFor(policy: SignaturePolicy, reference: Reference): ImageRequirement {
  // DNS knows no case, so REGISTRY.example.com must not be a way round the entry of registry.example.com.
  let prefix = `${reference.registry.toLowerCase()}/${reference.repository}`;
  for (;;) {
    const found = policy.images.get(prefix);
    if (found) return found;
    const slash = prefix.lastIndexOf('/');
    if (slash < 0) return policy.fallback;
    prefix = prefix.slice(0, slash);
  }
}

/** The repository name that a signature must hold for an image below the entry. */
export function signedName(requirement: ImageRequirement, reference: Reference): string {
  const name = repositoryName(reference);
  if (requirement.signedPrefix === undefined) return name;
  return requirement.signedPrefix + name.slice(requirement.name.length);
}
