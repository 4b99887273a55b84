import type { VerifyImageRequest, VerifyImageResponse } from '@slipway/contracts';
import { SlipwayError } from '@slipway/errors';
import type { LayerStore } from '@slipway/layers';
import type { Init } from '@slipway/protobuf';
import type { Records } from '@slipway/records';
import type { StageContext } from '@slipway/stage';

/**
 * Counts the files of an image's layers, one layer after another. A layer that has lost some is not in the store from
 * then on: ImageStatus answers that the image is not there, and the next pull brings the layer back.
 * @throws SlipwayError IMAGE_NOT_FOUND
 */
export async function verifyImage(
  { records, store }: { readonly records: Records; readonly store: LayerStore },
  { id }: VerifyImageRequest,
  context: Pick<StageContext, 'signal' | 'log' | 'idle'>,
): Promise<Init<VerifyImageResponse>> {
  const image = await records.images.get(id);
  if (!image) throw new SlipwayError('IMAGE_NOT_FOUND', 'the image is not on this node', { object: `image ${id}` });
  const layers: VerifyImageResponse['layers'] = [];
  for (const diffId of new Set(image.layers.map((layer) => layer.diffId))) {
    const info = await store.info(diffId);
    const lost = info ? await context.idle(() => store.verify(info, context.signal)) : 0;
    if (lost > 0)
      context.log.warn({ image: id, layer: diffId, lost }, 'a layer has lost files: it has to be pulled again');
    layers.push({ diffId, inodes: BigInt(info?.inodes ?? 0), lost: BigInt(lost), absent: !info });
  }
  return { layers };
}
