import { SlipwayError } from '@slipway/errors';
import type { Operation } from '../scenario.js';
import { nodeImage } from '@slipway/node-client';
import type { DirectParts } from './direct-scenario.js';

interface Pulled {
  layers: number;
  /** Kibibytes of a layer. */
  size: number;
  /** Instead of images of the null registry. */
  reference?: string | undefined;
}

/** Pulls an image, and removes it with its layers, so that the next pull of it is a whole one again. */
export async function pulls(parts: DirectParts, { layers, size, reference }: Pulled): Promise<Operation[]> {
  if (reference !== undefined) await requireAbsent(parts, reference);
  // An image is one caller's at a time. It is asked for again later, as the registry computes digests of new ones.
  const free: string[] = [];
  let made = 0;
  return [
    {
      name: 'pull',
      run: async ({ step }) => {
        const name = reference ?? free.pop() ?? (await parts.nullReference(layers, size, `t${made++}`));
        try {
          const { id } = await step('PullImage', () => parts.pull(name));
          await step('RemoveImage', () => parts.removeImage(id));
        } finally {
          free.push(name);
        }
      },
    },
  ];
}

/** An image that somebody uses must not be removed by a load test. */
async function requireAbsent({ node }: DirectParts, reference: string): Promise<void> {
  try {
    await nodeImage(node, reference);
  } catch (error) {
    if (error instanceof SlipwayError && error.code === 'IMAGE_NOT_FOUND') return;
    throw error;
  }
  throw new SlipwayError('INVALID_REQUEST', 'the image is on this node, and the load test would remove it', {
    object: `image ${reference}`,
    hint: 'take an image that nobody needs here, or leave --reference out',
  });
}
