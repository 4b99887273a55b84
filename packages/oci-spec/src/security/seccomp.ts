import type { LinuxContainerSecurityContext } from '@slipway/cri';
import type { RuntimeCapabilities } from '@slipway/runtime-kinds';
import { invalidField, unsupportedField } from '../field.js';
import { defaultSeccomp } from './seccomp-default.js';
import { convertSeccompProfile } from './seccomp-profile.js';
import { type WantedProfile, wantedProfile } from './security-profile.js';
import type { OciSeccomp } from '../types.js';

/** Which seccomp profile a container asks for; nothing set is unconfined (CRI, seccomp_profile_path). */
export function wantedSeccomp(
  security: Pick<LinuxContainerSecurityContext, 'seccomp' | 'seccompProfilePath' | 'privileged'> | undefined,
): WantedProfile {
  if (!security || security.privileged) return { kind: 'unconfined' };
  return wantedProfile({
    field: 'linux.security_context.seccomp',
    profile: security.seccomp,
    oldField: 'linux.security_context.seccomp_profile_path',
    old: security.seccompProfilePath,
    unset: 'unconfined',
  });
}

export interface SeccompInput {
  wanted: WantedProfile;
  /** The text of a Localhost profile. */
  profile?: string | undefined;
  capabilities: readonly string[];
  arch: string;
  kernel: readonly [number, number];
  runtime: Pick<RuntimeCapabilities, 'hostKernel'>;
  /** Whether runtime and kernel have seccomp. */
  supported: boolean;
}

/** linux.seccomp; undefined when unconfined, or where the default profile is not needed: a kernel of the runtime's own filters by itself. */
export function containerSeccomp(input: SeccompInput): OciSeccomp | undefined {
  const { wanted } = input;
  if (wanted.kind === 'unconfined') return undefined;
  if (!input.runtime.hostKernel && wanted.kind === 'default') return undefined;
  if (!input.supported && input.runtime.hostKernel) {
    throw unsupportedField(wanted.field, 'this handler or kernel has no seccomp');
  }
  if (wanted.kind === 'default') return defaultSeccomp(input.capabilities, input.arch);
  if (input.profile === undefined) throw invalidField(wanted.field, `there is no profile ${wanted.ref}`);
  return convertSeccompProfile(input.profile, {
    field: wanted.field,
    arch: input.arch,
    capabilities: input.capabilities,
    kernel: input.kernel,
  });
}
