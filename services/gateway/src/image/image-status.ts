import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseExact, stringifyExact } from '@slipway/json';
import { layersThere } from '@slipway/layers';
import type { ImageRecord } from '@slipway/contracts';
import { toImage } from '../convert/image.js';
import type { ImageRpcs } from '../server/rpc-table.js';
import { findImage } from './find-image.js';

/** An image that is not there, or has lost a layer, is an empty answer, not an error (CRI, ImageStatus). */
export const imageStatus: ImageRpcs['imageStatus'] = async (gateway, request) => {
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

/** Whether the layers of an image are there. An image that lacks one is not: the caller pulls it, which brings it back. */
function hasLayers(root: string, { layers }: ImageRecord): boolean {
  // A gateway that runs by itself may not see the directory that pullers and builders share: it trusts the record.
  if (!existsSync(join(root, 'bundles'))) return true;
  return layersThere(
    root,
    layers.map(({ diffId }) => diffId),
  );
}

function describe(record: ImageRecord): object {
  return {
    manifestDigest: record.manifestDigest,
    layers: record.layers.map(({ diffId, digest, size }) => ({ diffID: diffId, digest, size: String(size) })),
    imageSpec: parseExact(Buffer.from(record.config).toString()),
  };
}
