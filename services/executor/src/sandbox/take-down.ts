import type { SandboxRecord } from '@slipway/contracts';
import { toSlipwayError } from '@slipway/errors';
import { removeCgroupParent } from './cgroup.js';
import { inSpan, type SandboxCall, type SandboxContext } from './context.js';
import { removeDirectory } from './files.js';
import { removeInfra, unpinPidNamespace } from './infra.js';
import { sandboxPaths } from './paths.js';

type Known = Pick<SandboxRecord, 'infra'>;

/**
 * Ends what of a sandbox is alive: its infra container, its network, its namespaces. Its directory with
 * the files and its cgroup stay for the containers that are still to be removed. The network goes
 * before the namespace that its plugins work in. Nothing there is success, so that it can be repeated.
 */
export async function releaseSandbox(
  context: SandboxContext,
  id: string,
  call: SandboxCall,
  known?: Known,
  networkMayStay = false,
): Promise<void> {
  const paths = sandboxPaths(context.settings, id);
  await inSpan(call, 'infra', () => removeInfra(context, id, known?.infra, call));
  try {
    await inSpan(call, 'network', () => context.network.detach(id, call));
  } catch (error) {
    // Leases and attachments stay on a disk that is read-only, whatever is tried.
    if (!networkMayStay && toSlipwayError(error).code !== 'DISK_READ_ONLY') throw error;
    call.log.error(
      { err: error, sandbox: id },
      'the network plugins cannot detach the sandbox; it is tried again later',
    );
  }
  unpinPidNamespace(paths);
  await context.namespaces.remove({ dir: paths.namespaces });
}

/**
 * Leaves nothing of a sandbox on this node but its record. With `networkMayStay`, plugins that fail do not hold the rest
 * up: their attachment stays written down, and the recovery tries it again without the sandbox.
 */
export async function clearSandbox(
  context: SandboxContext,
  id: string,
  call: SandboxCall,
  known?: Known,
  networkMayStay = false,
): Promise<void> {
  await releaseSandbox(context, id, call, known, networkMayStay);
  await removeCgroupParent(context, id);
  // The directory is removed last: as long as it exists, there is something to clear.
  await removeDirectory(sandboxPaths(context.settings, id));
}
