import { ContainerPhase, type ContainerRecord } from '@slipway/contracts';
import { SlipwayError } from '@slipway/errors';
import type { Gateway } from './context.js';
import { requireContainer } from './ids.js';

/**
 * The rules of ExecRequest and AttachRequest (CRI api.proto): at least one stream, and with a terminal no stderr,
 * for which it has no room.
 * @throws SlipwayError INVALID_REQUEST
 */
export function checkStreams({
  stdin,
  stdout,
  stderr,
  tty,
}: Record<'stdin' | 'stdout' | 'stderr' | 'tty', boolean>): void {
  if (!stdin && !stdout && !stderr) {
    throw new SlipwayError('INVALID_REQUEST', 'one of stdin, stdout and stderr must be set');
  }
  if (tty && stderr) throw new SlipwayError('INVALID_REQUEST', 'with tty there is no stderr: it must not be set');
}

/**
 * @param created also one that was not started yet
 * @throws SlipwayError CONTAINER_NOT_FOUND, CONTAINER_STATE
 */
export async function requireRunning(gateway: Gateway, id: string, created = false): Promise<ContainerRecord> {
  const record = await requireContainer(gateway, id);
  if (record.phase === ContainerPhase.CONTAINER_PHASE_RUNNING) return record;
  if (created && record.phase === ContainerPhase.CONTAINER_PHASE_CREATED) return record;
  throw new SlipwayError('CONTAINER_STATE', 'the container does not run', { object: `container ${record.id}` });
}
