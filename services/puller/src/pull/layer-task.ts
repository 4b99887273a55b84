import { SlipwayError, toSlipwayError } from '@slipway/errors';
import type { LayerInfo, LayerOrigin } from '@slipway/layers';
import type { Place } from '@slipway/stage';
import { Limit } from '@slipway/time';
import type { PlannedLayer } from './image-plan.js';
import { mayUse, proveLayer } from './layer-proof.js';
import { Pace } from './pace.js';
import type { LayerParts, LayerRequest } from './layer-parts.js';

/** Makes all layers present, side by side. The first failure stops the others; their partials stay. */
export async function provideLayers(
  parts: LayerParts,
  layers: readonly PlannedLayer[],
  request: LayerRequest,
): Promise<void> {
  const failed = new AbortController();
  using limit = new Limit({ signals: [request.signal, failed.signal] });
  const { signal } = limit;
  // The same layer can stand in an image twice.
  const distinct = new Map(layers.map((layer) => [layer.diffID, layer]));
  request.progress.plan([...distinct.values()].map(({ blob }) => blob));
  const tasks = [...distinct.values()].map((layer) =>
    provideLayer(parts, layer, { ...request, signal }).catch((error: unknown) => {
      failed.abort(error);
    }),
  );
  await Promise.all(tasks);
  if (!failed.signal.aborted) return;
  const error = toSlipwayError(failed.signal.reason);
  if (error.code === 'DISK_FULL') {
    // Partials on a full disk would stand in the way of whoever tries to make room.
    const downloads = parts.downloads.of(request.share);
    for (const { blob } of layers) await downloads.discard(blob.digest);
    await parts.peers?.kept.clear();
  }
  throw error;
}

/**
 * Makes a layer present: use it, or fetch its blob and unpack it. Everything happens under the blob's lock,
 * so whoever waits for it finds the layer there, or goes on with the bytes on disk.
 */
async function provideLayer(parts: LayerParts, layer: PlannedLayer, request: LayerRequest): Promise<void> {
  const { store, fetching, unpacking } = parts;
  const { diffID, blob } = layer;
  const { signal, progress, share } = request;
  const downloads = parts.downloads.of(share);
  if (await mayUse(parts, layer, request)) return progress.layer(blob.digest, 'done');
  const lock = await downloads.lock(blob.digest, signal);
  try {
    if (await mayUse(parts, layer, request)) return progress.layer(blob.digest, 'done');
    // A place is taken after the lock, never before: who waits for a lock must not hold what its holder waits for.
    const fetched = (place: Place): Promise<void> =>
      request.span(`fetch ${short(blob.digest)}`, () => fetch(parts, layer, request, place));
    await fetching.run(share, fetched, signal);
    progress.layer(blob.digest, 'unpack');
    const origin = { registry: share, blob: blob.digest, ...request.origin };
    const unpacked = (): Promise<void> =>
      request.span(`unpack ${short(blob.digest)}`, async () => {
        const info = (await store.info(diffID)) ?? (await unpack(parts, layer, request, origin));
        await proveLayer(parts, info, { path: downloads.path(blob.digest), origin, signal });
      });
    await unpacking.run(share, unpacked, signal);
    progress.layer(blob.digest, 'done');
    const { peers } = parts;
    await (peers?.shares(request.origin)
      ? peers.keep(blob.digest, downloads.path(blob.digest))
      : downloads.remove(blob.digest));
  } finally {
    await lock.release();
  }
}

/** A transfer that crawls gives its place up: a slow registry holds up nobody's pulls but its own. */
async function fetch(parts: LayerParts, { blob }: PlannedLayer, request: LayerRequest, place: Place): Promise<void> {
  const { progress, signal, source } = request;
  progress.layer(blob.digest, 'fetch');
  const pace = new Pace(() => place.lend());
  const onProgress = (bytes: number): void => {
    pace.at(bytes);
    progress.layer(blob.digest, 'fetch', bytes);
  };
  try {
    await source.fetch(blob, { path: parts.downloads.of(request.share).path(blob.digest), signal, onProgress });
  } finally {
    pace.stop();
  }
}

async function unpack(
  parts: LayerParts,
  { diffID, blob }: PlannedLayer,
  request: LayerRequest,
  origin: LayerOrigin,
): Promise<LayerInfo> {
  try {
    return await parts.unpacker.unpack({
      blobPath: parts.downloads.of(request.share).path(blob.digest),
      mediaType: blob.mediaType || undefined,
      diffID,
      blobDigest: blob.digest,
      origin,
      store: parts.store,
      signal: request.signal,
    });
  } catch (error) {
    // The bytes are what the registry means them to be: fetching them again would help nobody.
    if (error instanceof SlipwayError && !['CANCELLED', 'INTERNAL'].includes(error.code)) {
      await parts.downloads.of(request.share).remove(blob.digest);
    }
    throw error;
  }
}

function short(digest: string): string {
  return digest.slice(0, digest.indexOf(':') + 13);
}
