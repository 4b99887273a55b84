import { type Digest, digestOf, matchesDigest } from './digest.js';
import { HostFault } from './fault.js';

/** Twice what the distribution spec asks a registry to accept at least (4 MiB). */
export const maxManifestBytes = 8 * 1024 * 1024;

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
