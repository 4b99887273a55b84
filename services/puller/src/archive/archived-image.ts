import type { Digest } from '@slipway/digest';
import type { Member } from './archive-file.js';

/** An image of an archive; only its config has been checked. */
export interface ArchivedImage {
  /** Its digest is the image's id. */
  readonly configBytes: Buffer;
  readonly configDigest: Digest;
  /** An entry for each layer, lowest first; a digest is absent where the archive names none. */
  readonly layers: readonly { readonly member: Member; readonly digest?: Digest }[];
  /** Absent in docker save's own format. */
  readonly manifestDigest?: Digest;
  /** As the archive has them: whole references, or only a tag. */
  readonly names: readonly string[];
}

/** The most bytes that a list of images may have. */
export const maxJsonBytes = 4 << 20;
