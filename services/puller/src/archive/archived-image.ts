import type { Digest } from '@slipway/digest';
import type { Member } from './archive-file.js';

/** One image that an archive holds, before anything of it was checked but its config. */
export interface ArchivedImage {
  /** Its digest is the image's id. */
  readonly configBytes: Buffer;
  readonly configDigest: Digest;
  /** One for each layer, lowest first; a digest is absent where the archive tells none. */
  readonly layers: readonly { readonly member: Member; readonly digest?: Digest }[];
  /** Absent in docker save's own format. */
  readonly manifestDigest?: Digest;
  /** As the archive has them: whole references, or a tag alone. */
  readonly names: readonly string[];
}

/** The most bytes that a list of images may have. */
export const maxJsonBytes = 4 << 20;
