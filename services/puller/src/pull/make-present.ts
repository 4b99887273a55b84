import type { ImageRecord } from '@slipway/contracts';
import { recordImage } from '../image/image-names.js';
import type { ImagePlan } from './image-plan.js';
import { provideLayers } from './layer-task.js';
import type { LayerRequest } from './layer-parts.js';
import type { Progress } from './progress.js';
import type { PullerParts } from '../parts.js';

/**
 * From a plan to an image: its layers under a lease, then its record. Pulls and loads share this.
 * After a failure the layers that are there wait for the retry.
 */
export async function makePresent(
  parts: PullerParts,
  plan: Pick<ImagePlan, 'record' | 'layers'>,
  request: LayerRequest,
): Promise<ImageRecord> {
  const diffIDs = plan.layers.map(({ diffID }) => diffID);
  const lease = await parts.leases.open(diffIDs, request.signal);
  try {
    await provideLayers(parts, plan.layers, request);
    const { signal } = request;
    const image = await request.span('record', () => recordImage(parts.records, plan.record, parts.pinned, signal));
    await lease.release();
    return image;
  } catch (error) {
    await lease.abandon();
    throw error;
  }
}

/** The image is there; tells when its layers are on the disk too, which nobody has to wait for. */
export function followSync({ store, log }: PullerParts, progress: Progress): void {
  progress.sync();
  store.settled().then(
    () => progress.done(),
    (error: unknown) => {
      progress.close();
      log.warn({ err: error }, 'layers were not written through to the disk; it is tried again with the next ones');
    },
  );
}
