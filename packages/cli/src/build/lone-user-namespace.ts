import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { PodSandboxConfig } from '@slipway/cri';
import { pinUserNamespace, unmount } from '@slipway/linux';
import { userMapping, userNamespace } from '@slipway/oci-spec';

/** Where a bundle's directory holds its namespaces. */
const directoryOf = (bundle: string): string => join(bundle, 'namespaces');

/**
 * Makes and pins the user namespace that a pod asks for, in the bundle's directory: its mounts are mapped to it before
 * anything runs. Answers its path; undefined for a pod in the host's. Needs root.
 */
export async function makeUserNamespace(pod: PodSandboxConfig, bundle: string): Promise<string | undefined> {
  const mappings = userNamespace(pod.linux?.securityContext?.namespaceOptions);
  if (!mappings) return undefined;
  const { user } = await pinUserNamespace({ dir: directoryOf(bundle), ...userMapping(mappings) });
  return user;
}

/** Lets it go again; a bundle without one is success. */
export function removeUserNamespace(bundle: string): void {
  const directory = directoryOf(bundle);
  if (!existsSync(directory)) return;
  unmount(join(directory, 'user'), { detach: true, missingOk: true });
  rmSync(directory, { recursive: true });
}
