import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Supervisor } from '@slipway/contracts';
import { SlipwayError } from '@slipway/errors';
import type { StageClient } from '@slipway/stage';
import type { CommandContext } from '../commands/command-context.js';
import { readUpState } from '@slipway/supervisor';
import { nodeSecrets, requireAccess } from '@slipway/node-client/access';

/**
 * Runs a command against the node's supervisor, with the operator's key.
 * @throws NOT_PERMITTED, STAGE_UNAVAILABLE when `slipway up` does not run; what the supervisor answers
 */
export async function withSupervisor<T>(
  context: CommandContext,
  work: (supervisor: StageClient<typeof Supervisor>) => Promise<T>,
): Promise<T> {
  const { settings } = context.loaded();
  requireAccess(nodeSecrets(settings));
  const url = settings.nats.url || readUpState(settings.state)?.nats;
  if (!url) {
    throw new SlipwayError('STAGE_UNAVAILABLE', 'slipway up does not run', {
      object: settings.state,
      hint: 'start it, or name its state directory with --state or its configuration with --config',
    });
  }
  const made = join(settings.state, 'keys', 'operator.nk');
  const nkeyFile = settings.nats.nkeyFile || (existsSync(made) ? made : undefined);
  // Loaded here, because most commands only speak with a gateway.
  const [{ connectBus, stageClient }, contracts] = await Promise.all([
    import('@slipway/stage'),
    import('@slipway/contracts'),
  ]);
  const bus = await connectBus({ url, node: settings.node, role: 'operator', nkeyFile, connectTimeoutMs: 3000 });
  try {
    return await work(stageClient(bus, contracts.Supervisor, { stallMs: settings.stage.stallMs }));
  } finally {
    await bus.close();
  }
}
