import type { ImageRpcs } from '../server/rpc-table.js';
import { findImage } from './find-image.js';

/** Removes an image with all its names, by any of them; a missing one is success. */
export const removeImage: ImageRpcs['removeImage'] = async (gateway, request, call) => {
  const record = await findImage(gateway, request.image?.image ?? '');
  if (record) {
    await call.wait(
      gateway.puller.removeImage({ id: record.id }, { operation: `remove/${record.id}`, trace: call.trace }),
    );
  }
  return {};
};
