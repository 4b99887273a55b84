import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { findBinary, isInstalled } from '@slipway/config';
import type { ContainerConfig } from '@slipway/cri';
import { SlipwayError } from '@slipway/errors';
import { hasCode } from '@slipway/linux';
import { type HostFacts, invalidField, wantedApparmor } from '@slipway/oci-spec';
import { defaultProfile, defaultProfileText } from './apparmor-profile.js';

/** Compiling a profile takes milliseconds; a loaded node needs more. */
const loadMs = 60_000;
const none = { enabled: false, defaultProfile: '' } as const;

export interface AppArmorPlaces {
  /** The kernel's answer to whether AppArmor is on: `Y`. */
  enabled: string;
  /** The loaded profiles, `name (mode)` in each line. */
  profiles: string;
  /** Name or path of apparmor_parser(8). */
  parser: string;
}

/** AppArmor of this host: which profiles are loaded, and the default one, which is loaded when a container needs it. */
export class AppArmor {
  readonly #places: AppArmorPlaces;
  readonly #enabled: boolean;
  #loading: Promise<void> | undefined;

  constructor(places: Partial<AppArmorPlaces> = {}) {
    this.#places = {
      enabled: '/sys/module/apparmor/parameters/enabled',
      profiles: '/sys/kernel/security/apparmor/profiles',
      parser: 'apparmor_parser',
      ...places,
    };
    this.#enabled = readIfThere(this.#places.enabled)?.trim() === 'Y';
  }

  /**
   * The profile for a container's spec. RuntimeDefault is the default profile; somebody may have unloaded it since the
   * last container, so that each looks. Where apparmor_parser is not installed there is no default
   * profile, as for containerd. Throws INVALID_REQUEST for a profile that is not loaded, RUNTIME_FAILED where the
   * default profile cannot be loaded: a container is not started with less confinement than was asked for.
   */
  async forContainer(container: ContainerConfig, onLess: (what: string) => void): Promise<HostFacts['apparmor']> {
    if (!this.#enabled) return none;
    const security = container.linux?.securityContext;
    const wanted = wantedApparmor(security);
    const loaded = this.#loaded();
    if (wanted.kind === 'localhost' && loaded && !loaded.has(wanted.ref)) {
      throw invalidField(
        wanted.field,
        `the AppArmor profile ${JSON.stringify(wanted.ref)} is not loaded on this node`,
        {
          hint: 'load it on each node with apparmor_parser',
        },
      );
    }
    if (wanted.kind !== 'default' || security?.privileged) return { enabled: true, defaultProfile: '' };
    if (loaded?.has(defaultProfile)) return { enabled: true, defaultProfile };
    if (!isInstalled(this.#places.parser)) {
      onLess('containers run without AppArmor: apparmor_parser is not installed');
      return { enabled: true, defaultProfile: '' };
    }
    await this.load();
    return { enabled: true, defaultProfile };
  }

  /** Loads the default profile where it is missing and can be. Throws RUNTIME_FAILED with the parser's words. */
  async load(): Promise<void> {
    if (!this.#enabled || !isInstalled(this.#places.parser) || this.#loaded()?.has(defaultProfile)) return;
    this.#loading ??= loadProfile(findBinary(this.#places.parser), defaultProfileText()).finally(() => {
      this.#loading = undefined;
    });
    await this.#loading;
  }

  /** Names of the loaded profiles; undefined where the kernel does not show them, as without /sys/kernel/security. */
  #loaded(): Set<string> | undefined {
    const text = readIfThere(this.#places.profiles);
    return text === undefined ? undefined : new Set(text.split('\n').map((line) => line.replace(/ \([a-z]+\)$/, '')));
  }
}

/** Replaces or adds (`-r`) the profile, past the parser's cache on disk (`-K`). */
function loadProfile(parser: string, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = execFile(parser, ['-Kr'], { timeout: loadMs, killSignal: 'SIGKILL' }, (cause, _stdout, stderr) => {
      if (!cause) {
        resolve();
        return;
      }
      const said = stderr.trim() || cause.message;
      reject(
        new SlipwayError('RUNTIME_FAILED', `the AppArmor profile ${defaultProfile} cannot be loaded: ${said}`, {
          cause,
          hint: 'AppArmor needs CAP_MAC_ADMIN and /sys/kernel/security; a pod can ask for Unconfined',
        }),
      );
    });
    // It may end before it has read all; the answer above says why.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(text);
  });
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'EACCES', 'EPERM')) return undefined;
    throw error;
  }
}
