import { SlipwayError } from '@slipway/errors';
import { archiveDigest, type LayerInfo, type LayerOrigin } from '@slipway/layers';
import type { PlannedLayer } from './image-plan.js';
import type { LayerParts, LayerRequest } from './layer-parts.js';

/**
 * Whether an image may use a layer that is on the node. Its config claims the layer, and anybody can write a config: a
 * pod's author could name a layer of somebody else's private image and would get its files. So the image's manifest has
 * to name a blob that was found to be this layer on this node (Docker and CRI-O ask for as much), and, unless that blob
 * came from this registry without credentials before, the registry has to say that this pull may have it. For a layer
 * that only came with credentials no other registry's word counts.
 *
 * Where this answers false, the blob is fetched and compared like that of a layer that is not there.
 */
export async function mayUse(
  { store }: Pick<LayerParts, 'store'>,
  { diffID, blob }: PlannedLayer,
  request: LayerRequest,
): Promise<boolean> {
  const info = await store.info(diffID);
  if (!info) return false;
  // The registry answered for the whole image, which was proved when it came.
  if (request.proved) return true;
  const origins = await store.origins(info);
  if (origins.some(({ preloaded }) => preloaded)) return true;
  if (!origins.some((origin) => origin.blob === blob.digest)) return false;
  const here = origins.filter(({ registry }) => registry === request.share);
  if (here.some(({ open }) => open)) return true;
  return (here.length > 0 || origins.some(({ open }) => open)) && request.hasBlob(blob.digest);
}

/**
 * Notes that a fetched blob is a layer that is there. A blob of another compression is compared first.
 * @throws SlipwayError DIGEST_MISMATCH
 */
export async function proveLayer(
  { store }: Pick<LayerParts, 'store'>,
  info: LayerInfo,
  proof: { readonly path: string; readonly origin: LayerOrigin; readonly signal: AbortSignal },
): Promise<void> {
  const { diffID } = info;
  const { path, origin, signal } = proof;
  const known = (await store.origins(info)).some(({ blob }) => blob === origin.blob);
  const found = known ? diffID : await archiveDigest(path, diffID.slice(0, diffID.indexOf(':')), signal);
  if (found !== diffID) {
    throw new SlipwayError('DIGEST_MISMATCH', `the unpacked layer is ${found}, not ${diffID}`, {
      object: `layer ${origin.blob}`,
      hint: 'the layer is not the one that the image configuration names: build or push the image again',
    });
  }
  await store.addOrigin(info, origin);
}
