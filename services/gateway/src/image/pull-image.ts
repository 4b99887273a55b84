import { PullSecret } from '@slipway/contracts';
import { SlipwayError } from '@slipway/errors';
import { parseReference } from '@slipway/registry';
import { pullOperation } from '../operations.js';
import type { ImageRpcs } from '../server/rpc-table.js';

/** Milliseconds. A pull ends when it makes no progress, not by a fixed time; this is only a ceiling. */
const CEILING_MS = 6 * 3600_000;

/**
 * Pulls an image and answers its id. When the last client that waits for it leaves,
 * the pull stops; the next try goes on from the bytes on disk.
 */
export const pullImage: ImageRpcs['pullImage'] = async (gateway, request, call) => {
  const name = request.image?.image ?? '';
  if (name === '') throw new SlipwayError('INVALID_REQUEST', 'image.image is empty');
  const { registry } = parseReference(name);
  const pod = request.sandboxConfig?.metadata;
  const { image } = await gateway.puller.pullImage(
    { reference: name, pod: pod ? `${pod.namespace}/${pod.name}` : '' },
    {
      operation: pullOperation(name, request.auth),
      secret: request.auth && PullSecret.encode({ auth: request.auth }),
      share: registry,
      signal: call.signal,
      trace: call.trace,
      timeoutMs: CEILING_MS,
    },
  );
  return { imageRef: image?.id ?? '' };
};
