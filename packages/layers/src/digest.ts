import { SlipwayError } from '@slipway/errors';

/** Digest algorithms of the OCI image spec (descriptor.md, "Registered Algorithms") and their hex lengths. */
const lengths: Readonly<Record<string, number>> = { sha256: 64, sha384: 96, sha512: 128 };

/** Splits a digest; its parts are safe as file names then. */
export function parseDigest(digest: string): { readonly algorithm: string; readonly hex: string } {
  const [algorithm = '', hex = '', more] = digest.split(':');
  if (more !== undefined || !/^[0-9a-f]+$/.test(hex) || lengths[algorithm] !== hex.length) {
    throw new SlipwayError('IMAGE_INVALID', `${JSON.stringify(digest.slice(0, 200))} is no usable digest`);
  }
  return { algorithm, hex };
}
