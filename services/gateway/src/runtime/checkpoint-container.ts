import { SlipwayError } from '@slipway/errors';
import type { RuntimeRpcs } from '../server/rpc-table.js';

/**
 * Refused, with the status by which a kubelet tells that a runtime has no checkpoints. An OCI runtime's `checkpoint`
 * writes CRIU's images alone; the archive that the CRI asks for holds the image's name, the configuration and the
 * writable layer besides.
 */
export const checkpointContainer: NonNullable<RuntimeRpcs['checkpointContainer']> = (_gateway, request) =>
  Promise.reject(
    new SlipwayError('UNSUPPORTED', 'checkpoints, which CRIU (criu) would take, are not supported', {
      object: `container ${request.containerId}`,
      hint: 'run `criu dump` on its process yourself, or leave the ContainerCheckpoint feature of the kubelet off',
    }),
  );
