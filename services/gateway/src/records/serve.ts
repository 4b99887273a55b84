import { slipwayVersion } from '@slipway/config';
import { Records } from '@slipway/contracts';
import { SlipwayError } from '@slipway/errors';
import type { ServiceParts } from '@slipway/service';
import { serveStage, type StageServer } from '@slipway/stage';
import type { Gateway } from '../context.js';
import { moveContainer, moveSandbox } from './moves.js';

/**
 * Serves the records on the bus, for executors of other makers: what they need of Redis, its scripts, its mirror and its
 * journal is behind five calls. Any gateway of the node takes a call.
 */
export async function serveRecords(
  gateway: Gateway,
  { metadata, observe }: Pick<ServiceParts, 'metadata' | 'observe'>,
): Promise<StageServer> {
  const { bus, records, settings, log } = gateway;
  return await serveStage(bus, Records, {
    version: slipwayVersion,
    log,
    metadata,
    observe,
    concurrency: settings.stage.concurrency,
    beatMs: settings.stage.beatMs,
    handlers: {
      getSandbox: async ({ id }) => {
        const sandbox = await records.sandboxes.get(id);
        if (!sandbox) throw new SlipwayError('SANDBOX_NOT_FOUND', 'it has no record', { object: `sandbox ${id}` });
        return { sandbox };
      },
      getContainer: async ({ id }) => {
        const container = await records.containers.get(id);
        if (!container)
          throw new SlipwayError('CONTAINER_NOT_FOUND', 'it has no record', { object: `container ${id}` });
        return { container };
      },
      listRecords: async ({ handler }) => ({
        sandboxes: (await records.sandboxes.list()).filter((record) => record.handler === handler),
        containers: (await records.containers.list()).filter((record) => record.handler === handler),
      }),
      moveSandbox: (request) => moveSandbox(gateway, request),
      moveContainer: (request) => moveContainer(gateway, request),
    },
  });
}
