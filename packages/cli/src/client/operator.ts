import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings } from '@slipway/config';
import type { Puller } from '@slipway/contracts';
import { SlipwayError } from '@slipway/errors';
import type { Bus, StageClient } from '@slipway/stage';
import { readUpState } from '@slipway/supervisor';
import { nodeSecrets, requireAccess } from '@slipway/node-client/access';

/** The node's bus, with the operator's key; undefined where this user or machine has neither. */
export async function connectOperator(settings: Settings): Promise<Bus | undefined> {
  const url = settings.nats.url || readUpState(settings.state)?.nats;
  const nkeyFile = settings.nats.nkeyFile || join(settings.state, 'keys/operator.nk');
  if (!url || !existsSync(nkeyFile)) return undefined;
  const { connectBus } = await import('@slipway/stage');
  return connectBus({ url, node: settings.node, role: 'operator', nkeyFile, connectTimeoutMs: 2000 });
}

/**
 * Calls the node's puller for what the CRI has no words for.
 * @throws NOT_PERMITTED, STAGE_UNAVAILABLE where the bus or a puller is not there
 */
export async function withPuller<T>(
  settings: Settings,
  work: (puller: StageClient<typeof Puller>, bus: Bus) => Promise<T>,
): Promise<T> {
  requireAccess(nodeSecrets(settings));
  const bus = await connectOperator(settings);
  if (!bus) {
    throw new SlipwayError(
      'STAGE_UNAVAILABLE',
      "this command talks to the puller, and the node's bus or its key is not there",
      {
        hint: `run it on a node where slipway up runs, with the same --state (${settings.state})`,
      },
    );
  }
  try {
    const [{ stageClient }, contracts] = await Promise.all([import('@slipway/stage'), import('@slipway/contracts')]);
    return await work(stageClient(bus, contracts.Puller, { stallMs: settings.stage.stallMs }), bus);
  } finally {
    await bus.close();
  }
}
