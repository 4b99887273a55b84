import { type Digest, digestOf, matchesDigest } from '@slipway/digest';
import { HostFault } from '../fault.js';

/** The size that the distribution spec asks a registry to accept at least ("Pushing Manifests"); no registry serves more. */
export const maxManifestBytes = 4 * 1024 * 1024;
/** A config stays in memory and in the image's record. CRI-O takes as much (containers/image, iolimits). */
export const maxConfigBytes = 4 * 1024 * 1024;
/** More layers than overlay stacks on each other (OVL_MAX_STACK) can never be run. */
export const maxLayers = 500;

/** Throws the host's fault when the bytes are not those that were asked for. */
export function verifyBytes(
  bytes: Buffer,
  digest: Digest | undefined,
  size: number | undefined,
  what: string,
  host: string,
): void {
  if (size !== undefined && bytes.length !== size)
    throw new HostFault('digest', host, `${what} has ${bytes.length} bytes where ${size} were announced`);
  if (digest && !matchesDigest(bytes, digest))
    throw new HostFault(
      'digest',
      host,
      `${what} of ${bytes.length} bytes has the digest ${digestOf(bytes)}, not ${digest}`,
    );
}
