import type { CollectGarbageRequest, CollectGarbageResponse, GarbageItem } from '@slipway/contracts';
import type { Init } from '@slipway/protobuf';
import { collectGarbage, type ExaminedLayer, examineLayers, type GarbageParts } from './collect-garbage.js';
import { type Downloads, partialBounds } from '../pull/downloads.js';

/** For people: what is or would be removed, and why. */
export async function reportGarbage(
  parts: GarbageParts & { readonly downloads: Downloads },
  request: CollectGarbageRequest,
  signal: AbortSignal,
): Promise<Init<CollectGarbageResponse>> {
  const { downloads } = parts;
  const examined = await parts.leases.exclusive(() => examineLayers(parts), signal);
  const partials = await downloads.stale(partialBounds);
  const item = ({ diffID, bytes, reason }: ExaminedLayer): Init<GarbageItem> => {
    return { kind: 'layer', id: diffID, bytes: BigInt(bytes), reason };
  };
  const kept = examined.filter(({ needed }) => needed).map(item);
  let layers = examined.filter(({ needed }) => !needed);
  let gone = partials;
  if (!request.dryRun) {
    const removed = new Set(await collectGarbage(parts, signal));
    layers = layers.filter(({ diffID }) => removed.has(diffID));
    const discarded = new Set(await downloads.sweep(partialBounds));
    gone = partials.filter(({ name }) => discarded.has(name));
  }
  const blobs = gone.map(({ digest, bytes, reason }) => ({
    kind: 'partial',
    id: digest,
    bytes: BigInt(bytes),
    reason,
  }));
  return { items: [...layers.map(item), ...blobs], kept };
}
