import { ContainerPhase } from '@slipway/contracts';
import { SlipwayError } from '@slipway/errors';
import { fitOutput } from '../convert/exec-output.js';
import { requireContainer } from '../ids.js';
import type { RuntimeRpcs } from '../server/rpc-table.js';

/** Milliseconds: how long an exec without a time-out may run, and how much longer than its time-out one may take to end. */
const CEILING_MS = 24 * 3600_000;
const KILL_MS = 30_000;

/** Runs a command in a container. A client that leaves ends it. Output over the message limit is cut off. */
export const execSync: RuntimeRpcs['execSync'] = async (gateway, request, call) => {
  const { id, handler, phase, sandboxId: share } = await requireContainer(gateway, request.containerId);
  if (request.cmd.length === 0) throw new SlipwayError('INVALID_REQUEST', 'cmd is empty');
  if (phase !== ContainerPhase.CONTAINER_PHASE_RUNNING) {
    throw new SlipwayError('CONTAINER_STATE', 'the container does not run', { object: `container ${id}` });
  }
  const limit = request.timeout > 0n ? Math.min(Number(request.timeout) * 1000 + KILL_MS, CEILING_MS) : CEILING_MS;
  const result = await gateway
    .executor(handler)
    .execSync(
      { id, command: request.cmd, timeoutSeconds: request.timeout },
      { share, signal: call.signal, trace: call.trace, timeoutMs: limit },
    );
  return fitOutput(result, gateway.settings.gateway.maxMessageBytes);
};
