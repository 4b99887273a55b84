import { batches } from '../server/batches.js';
import type { ImageRpcs } from '../server/rpc-table.js';
import { listImages } from './list-images.js';

/** The items of ListImages, in pieces. */
export const streamImages: ImageRpcs['streamImages'] = async function* (gateway, request, call) {
  const { images = [] } = await listImages(gateway, request, call);
  for (const batch of batches(images)) yield { images: batch };
};
