import { SandboxPhase } from '@slipway/contracts';
import { SlipwayError } from '@slipway/errors';
import { requireSandbox } from '../ids.js';
import type { RuntimeRpcs } from '../server/rpc-table.js';

/** Answers a URL that carries connections to a sandbox's ports. */
export const portForward: RuntimeRpcs['portForward'] = async (gateway, request, { signal, trace }) => {
  const { id: sandboxId, handler, phase } = await requireSandbox(gateway, request.podSandboxId);
  const object = `sandbox ${sandboxId}`;
  if (phase !== SandboxPhase.SANDBOX_READY) {
    throw new SlipwayError('SANDBOX_NOT_READY', 'the sandbox is not ready', { object });
  }
  const wrong = request.port.find((port) => port < 1 || port > 0xffff);
  if (wrong !== undefined) throw new SlipwayError('INVALID_REQUEST', `${wrong} is no port`, { object });
  return await gateway.executor(handler).portForward({ sandboxId, ports: request.port }, { signal, trace });
};
