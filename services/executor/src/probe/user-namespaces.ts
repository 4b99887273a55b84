import { closeSync, openSync } from 'node:fs';
import { chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { mountIdmappedOverlay, pinUserNamespace, setPropagation, unmountBelow } from '@slipway/linux';
import { type IdMappings, userMapping } from '@slipway/oci-spec';
import { takeDown } from '../container/take-down.js';
import type { Call } from '../context.js';
import { inOwnTime } from '../own-time.js';
import type { SandboxContext } from '../sandbox/context.js';
import { createInfra, startInfra } from '../sandbox/infra.js';

import { removeTrialLayers, trialId, trialLayers, tryExec, writeTrialBundle, writeTrialRoot } from './trial.js';

/** As a kubelet's first pod has them: any range of the host's ids will do. */
const ids: IdMappings = {
  uid: { containerID: 0, hostID: 65536, size: 65536 },
  gid: { containerID: 0, hostID: 65536, size: 65536 },
};
const clearMs = 10_000;

/**
 * Runs a container in a user namespace, its root made as the bundle stage makes one: an overlay, on the file system of the images,
 * of a layer with mapped ids. Nothing of it stays. Throws what the kernel, the file system or the runtime lacks.
 */
export async function tryUserNamespaces(context: SandboxContext, call: Call): Promise<void> {
  const id = trialId(context.handler);
  const { directory } = context.paths.container(id);
  const bundle = join(directory, 'bundle');
  const pins = join(directory, 'ns');
  try {
    await mkdir(pins, { recursive: true });
    const { user } = await pinUserNamespace({ dir: pins, ...userMapping(ids) }, { signal: call.signal });
    const rootfs = await mountRoot(context, id, user);
    await writeTrialBundle(context, id, bundle, {
      rootfs,
      recursiveReadOnly: false,
      userNamespace: { path: user, ids },
    });
    await createInfra(context, id, bundle, call);
    await startInfra(context, id, bundle, call);
    await tryExec(context, id, call);
  } finally {
    unmountBelow(pins);
    await inOwnTime(clearMs, call.log, (own) => takeDown(context, { id, bundle }, own));
    await removeTrialLayers(context, id);
  }
}

async function mountRoot(context: SandboxContext, id: string, user: string): Promise<string> {
  const directory = trialLayers(context, id);
  const at = (name: string): string => join(directory, name);
  await mkdir(join(directory, '..'), { recursive: true, mode: 0o711 });
  await mkdir(directory, { mode: 0o710 });
  await chown(directory, 0, ids.gid.hostID);
  for (const name of ['upper', 'work', 'staging', 'rootfs']) await mkdir(at(name));
  await writeTrialRoot(context, at('layers/lower'));
  await chown(at('upper'), ids.uid.hostID, ids.gid.hostID);
  const usernsFd = openSync(user, 'r');
  try {
    mountIdmappedOverlay({
      lower: [at('layers/lower')],
      upper: at('upper'),
      work: at('work'),
      target: at('rootfs'),
      usernsFd,
      staging: at('staging'),
    });
  } finally {
    closeSync(usernsFd);
  }
  setPropagation(at('rootfs'), 'private');
  return at('rootfs');
}
