import { type RemoveSandboxRequest, type RemoveSandboxResponse, SandboxPhase } from '@slipway/contracts';
import type { SandboxCall, SandboxContext } from './context.js';
import { isSandboxId } from './paths.js';
import { moveSandbox } from './phases.js';
import { clearSandbox } from './take-down.js';

/** Removes all of a sandbox but its record, stopping it where that was not done. An unknown sandbox is success. */
export async function removeSandbox(
  context: SandboxContext,
  { id }: RemoveSandboxRequest,
  call: SandboxCall,
): Promise<RemoveSandboxResponse> {
  if (!isSandboxId(id)) return {};
  await context.records.withLock(
    `sandbox:${id}`,
    async (_lost, record) => {
      await moveSandbox(context, id, SandboxPhase.SANDBOX_READY, {
        phase: SandboxPhase.SANDBOX_NOT_READY,
        reason: 'being removed',
      });
      // A list that can never be undone must not keep the sandbox, and its pod, for ever.
      await clearSandbox(context, id, call, record, true);
    },
    { signal: call.signal, read: () => context.records.sandboxes.get(id) },
  );
  call.log.info({ sandbox: id }, 'sandbox removed');
  return {};
}
