import { constants, existsSync } from 'node:fs';
import type { CriClient } from '@slipway/cri-client';
import { SlipwayError } from '@slipway/errors';
import type { CommandContext } from '../commands/command-context.js';
import { requireAccess } from '@slipway/node-client/access';

export { resolveContainer, resolveSandbox } from './names.js';

/**
 * Runs a command against the gateway's CRI socket.
 * @throws NOT_PERMITTED, STAGE_UNAVAILABLE where there is no socket, SlipwayError with the gateway's text
 */
export async function withNode<T>(context: CommandContext, work: (cri: CriClient) => Promise<T>): Promise<T> {
  const { socket } = context.loaded().settings.gateway;
  requireAccess([socket], constants.W_OK);
  if (!existsSync(socket)) {
    throw new SlipwayError('STAGE_UNAVAILABLE', 'no gateway serves this socket: slipway up does not run', {
      object: socket,
      hint: 'start it, or name its settings with --config or --gateway.socket',
    });
  }
  // gRPC is loaded here: half of what a command needs to start, and many have no use for it.
  const { criClient } = await import('@slipway/cri-client');
  const cri = criClient(socket);
  try {
    return await work(cri);
  } catch (error) {
    const { fromServiceError } = await import('./service-error.js');
    throw fromServiceError(error, socket);
  } finally {
    cri.close();
  }
}
