import type { InspectImageRequest, InspectImageResponse } from '@slipway/contracts';
import { SlipwayError } from '@slipway/errors';
import type { LayerStore } from '@slipway/layers';
import type { Init } from '@slipway/protobuf';
import type { Records } from '@slipway/records';

/** @throws SlipwayError IMAGE_NOT_FOUND */
export async function inspectImage(
  { records, store }: { readonly records: Records; readonly store: LayerStore },
  request: InspectImageRequest,
): Promise<Init<InspectImageResponse>> {
  const images = await records.images.list();
  const image = images.find(({ id }) => id === request.id);
  if (!image)
    throw new SlipwayError('IMAGE_NOT_FOUND', 'the image is not on this node', { object: `image ${request.id}` });
  const layers = await Promise.all(
    image.layers.map(async ({ diffId }) => {
      const info = await store.info(diffId);
      return {
        diffId,
        present: info !== undefined,
        bytes: BigInt(info?.size ?? 0),
        inodes: BigInt(info?.inodes ?? 0),
        synced: info?.synced ?? false,
        images: images.filter((other) => other.layers.some((layer) => layer.diffId === diffId)).length,
      };
    }),
  );
  const containers = (await records.containers.list()).filter(({ imageId }) => imageId === image.id);
  return { image, layers, containers: containers.map(({ id }) => id) };
}
