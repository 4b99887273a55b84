import { findContainer } from '../ids.js';
import type { RuntimeRpcs } from '../server/rpc-table.js';

/** Milliseconds beyond the grace for SIGKILL to be obeyed, on a machine under load. */
const KILL_MS = 120_000;

/** Ends a container: its stop signal, the grace in seconds, SIGKILL. A missing or ended one is success. */
export const stopContainer: RuntimeRpcs['stopContainer'] = async (gateway, request, call) => {
  const container = await findContainer(gateway, request.containerId);
  if (!container) return {};
  const { id, handler, sandboxId: share } = container;
  const grace = request.timeout > 0n ? request.timeout : 0n;
  // A shorter grace is another piece of work: it must not join the longer one.
  const operation = `stop/${id}/${grace}`;
  const timeoutMs = Math.min(Number(grace) * 1000, 2 ** 30) + KILL_MS;
  await call.wait(
    (async () => {
      const options = { operation, share, trace: call.trace, timeoutMs };
      await gateway.executor(handler).stopContainer({ id, graceSeconds: grace }, options);
      await gateway.nri.stopped(id);
    })(),
  );
  return {};
};
