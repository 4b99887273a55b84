import { readFileSync } from 'node:fs';
import type { ContainerConfig } from '@slipway/cri';
import { invalidField, wantedSeccomp } from '@slipway/oci-spec';

/** The text of the Localhost seccomp profile that a config names; kubelets give its absolute path. */
export function readSeccompProfile(container: ContainerConfig): string | undefined {
  const wanted = wantedSeccomp(container.linux?.securityContext);
  if (wanted.kind !== 'localhost') return undefined;
  if (!wanted.ref.startsWith('/') || wanted.ref.includes('\0')) {
    throw invalidField(wanted.field, `${JSON.stringify(wanted.ref)} is no absolute path`);
  }
  try {
    return readFileSync(wanted.ref, 'utf8');
  } catch (cause) {
    throw invalidField(wanted.field, `the profile cannot be read: ${(cause as Error).message}`, { cause });
  }
}
