import type { RemoveImageRequest, RemoveImageResponse } from '@slipway/contracts';
import type { StageContext } from '@slipway/stage';
import { collectGarbage } from '../garbage/collect-garbage.js';
import { removeUnneededBlobs } from '../peers/kept-garbage.js';
import type { PullerParts } from '../parts.js';

/**
 * Takes an image with all its names off the list, and every layer that nothing else needs from
 * the disk. A container of the image goes on: its layers stay until it is gone. A missing image
 * is success.
 */
export async function removeImage(
  parts: PullerParts,
  request: RemoveImageRequest,
  context: StageContext,
): Promise<RemoveImageResponse> {
  const { records } = parts;
  const image = await records.withLock(
    'image-names',
    async () => {
      const found = await records.images.get(request.id);
      if (found) await records.images.delete(request.id);
      return found;
    },
    { signal: context.signal },
  );
  if (!image) return {};
  // The record is gone, so the call has succeeded whatever comes: what stays here, the next collection takes.
  try {
    // All layers are looked at: those of an image that was removed under a container can go when that container has gone.
    const removed = await context.span('layers', () => collectGarbage(parts, context.signal));
    await removeUnneededBlobs(parts);
    context.log.info({ image: image.id, layers: removed.length }, 'image was removed');
  } catch (error) {
    context.log.warn({ err: error, image: image.id }, 'layers of a removed image are left to the next collection');
  }
  return {};
}
