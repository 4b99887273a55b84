import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pinUserNamespace } from '@slipway/linux';
import { type IdMappings, userMapping } from '@slipway/oci-spec';
import type { Call } from '../context.js';
import { inOwnTime } from '../own-time.js';
import type { SandboxContext } from '../sandbox/context.js';
import { createInfra, startInfra } from '../sandbox/infra.js';
import { removeTrial, trialId, tryExec } from './trial.js';
import { makeTrialBundle } from './trial-files.js';

/** As a kubelet's first pod has them: any range of the host's ids will do. */
const ids: IdMappings = {
  uid: { containerID: 0, hostID: 65536, size: 65536 },
  gid: { containerID: 0, hostID: 65536, size: 65536 },
};
const clearMs = 60_000;

/**
 * Runs a container in a user namespace, its root made as the bundle stage makes one: an overlay, on the file system of the images,
 * of a layer with mapped ids. Nothing of it stays. Throws what the kernel, the file system or the runtime lacks.
 */
export async function tryUserNamespaces(context: SandboxContext, call: Call): Promise<void> {
  const id = trialId(context.handler);
  const pins = join(context.paths.container(id).directory, 'ns');
  try {
    await mkdir(pins, { recursive: true });
    const { user } = await pinUserNamespace({ dir: pins, ...userMapping(ids) }, { signal: call.signal });
    const bundle = await makeTrialBundle(context, id, { recursiveReadOnly: false, userNamespace: { path: user, ids } });
    await createInfra(context, id, bundle, call);
    await startInfra(context, id, bundle, call);
    await tryExec(context, id, call);
  } finally {
    await inOwnTime(clearMs, call.log, (own) => removeTrial(context, id, own));
  }
}
