import { type SecurityProfile, SecurityProfile_ProfileType as ProfileType } from '@slipway/cri';
import { invalidField } from '../field.js';

/** A seccomp or AppArmor profile, whichever of the two fields named it. */
export type WantedProfile =
  | { kind: 'unconfined' }
  | { kind: 'default'; field: string }
  | { kind: 'localhost'; ref: string; field: string };

export interface ProfileFields {
  /** For errors: `linux.security_context.seccomp`. */
  field: string;
  profile?: SecurityProfile | undefined;
  /** The older string field's name and value; the newer one wins where both are set. */
  oldField: string;
  old: string;
  /** The meaning of an absent profile. */
  unset: 'unconfined' | 'default';
}

/** Reads a profile from the CRI's newer or its deprecated field (`runtime/default`, `unconfined`, `localhost/<ref>`). */
export function wantedProfile({ field, profile, oldField, old, unset }: ProfileFields): WantedProfile {
  if (profile) {
    switch (profile.profileType) {
      case ProfileType.RuntimeDefault:
        return { kind: 'default', field };
      case ProfileType.Unconfined:
        return { kind: 'unconfined' };
      case ProfileType.Localhost:
        if (profile.localhostRef === '') throw invalidField(`${field}.localhost_ref`, 'a Localhost profile needs it');
        return { kind: 'localhost', ref: profile.localhostRef, field: `${field}.localhost_ref` };
      default:
        throw invalidField(`${field}.profile_type`, `${String(profile.profileType)} is no profile type`);
    }
  }
  switch (old) {
    case '':
      return unset === 'default' ? { kind: 'default', field: oldField } : { kind: 'unconfined' };
    case 'unconfined':
      return { kind: 'unconfined' };
    case 'runtime/default':
    case 'docker/default':
      return { kind: 'default', field: oldField };
    default: {
      const ref = old.startsWith('localhost/') ? old.slice('localhost/'.length) : '';
      if (ref === '')
        throw invalidField(
          oldField,
          `${JSON.stringify(old)} is no profile: runtime/default, unconfined or localhost/<ref>`,
        );
      return { kind: 'localhost', ref, field: oldField };
    }
  }
}
