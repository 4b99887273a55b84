import { parseExact, stringifyExact } from '@slipway/json';
import { toImage } from '../convert/image.js';
import type { ImageRpcs } from '../server/rpc-table.js';
import { findImage } from './find-image.js';
import { hasLayers } from './layers-there.js';

/** An image that is not there, or has lost a layer, is an empty answer, not an error (CRI, ImageStatus). */
export const imageStatus: NonNullable<ImageRpcs['imageStatus']> = async (gateway, request) => {
  const record = await findImage(gateway, request.image?.image ?? '');
  if (!record) return {};
  if (!hasLayers(gateway.settings.root, record)) {
    gateway.log.warn(
      { image: record.id },
      'a layer of the image is gone: it counts as absent until it is pulled again',
    );
    return {};
  }
  return {
    image: toImage(record),
    info: request.verbose ? { info: stringifyExact(describe(record)) } : {},
  };
};

function describe(record: NonNullable<Awaited<ReturnType<typeof findImage>>>): object {
  return {
    manifestDigest: record.manifestDigest,
    layers: record.layers.map(({ diffId, digest, size }) => ({ diffID: diffId, digest, size: String(size) })),
    imageSpec: parseExact(Buffer.from(record.config).toString()),
  };
}
