import { constants, existsSync } from 'node:fs';
import { criClient, type CriClient, statusName } from '@slipway/cri-client';
import { type ErrorCode, SlipwayError } from '@slipway/errors';
import type { CommandContext } from '../commands/command-context.js';
import { requireAccess } from './permission.js';

export { findContainer, findSandbox } from './names.js';

/** A gateway's statuses as the codes that a person sees; the text is the gateway's own. */
const codes: Record<string, ErrorCode> = {
  UNAVAILABLE: 'STAGE_UNAVAILABLE',
  NOT_FOUND: 'CONTAINER_NOT_FOUND',
  INVALID_ARGUMENT: 'INVALID_REQUEST',
  FAILED_PRECONDITION: 'CONTAINER_STATE',
};

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
  const cri = criClient(socket);
  try {
    return await work(cri);
  } catch (error) {
    const { details } = error as { details?: string };
    if (details === undefined) throw error;
    throw new SlipwayError(codes[statusName(error)] ?? 'INTERNAL', details, { object: socket, cause: error });
  } finally {
    cri.close();
  }
}
