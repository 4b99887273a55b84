import { toImage } from '../convert/image.js';
import type { ImageRpcs } from '../server/rpc-table.js';
import { findImage } from './find-image.js';

/** All images, or the one that the filter names. */
export const listImages: ImageRpcs['listImages'] = async (gateway, request) => {
  const wanted = request.filter?.image?.image;
  if (wanted) {
    const found = await findImage(gateway, wanted);
    return { images: found ? [toImage(found)] : [] };
  }
  return { images: (await gateway.records.images.list()).map(toImage) };
};
