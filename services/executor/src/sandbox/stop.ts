import { SandboxPhase, type StopSandboxRequest, type StopSandboxResponse } from '@slipway/contracts';
import type { SandboxCall, SandboxContext } from './context.js';
import { isSandboxId } from './paths.js';
import { moveSandbox } from './phases.js';
import { releaseSandbox } from './take-down.js';

/**
 * Ends a sandbox and moves its record to NOT_READY, addresses and paths kept. Its record is READY, and can be
 * read, until all is done; a call that failed can be repeated. An unknown sandbox is success.
 */
export async function stopSandbox(
  context: SandboxContext,
  { id }: StopSandboxRequest,
  call: SandboxCall,
): Promise<StopSandboxResponse> {
  if (!isSandboxId(id)) return {};
  await context.records.withLock(
    `sandbox:${id}`,
    async (_lost, record) => {
      await releaseSandbox(context, id, call, record);
      await moveSandbox(context, id, SandboxPhase.SANDBOX_READY, {
        phase: SandboxPhase.SANDBOX_NOT_READY,
        reason: 'stopped',
      });
    },
    { signal: call.signal, read: () => context.records.sandboxes.get(id) },
  );
  call.log.info({ sandbox: id }, 'sandbox stopped');
  return {};
}
