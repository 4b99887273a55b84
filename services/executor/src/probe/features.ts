import { readFileSync } from 'node:fs';
import { kernelFeatures } from '@slipway/linux';
import type { Limits, Runtime } from '../runtime/runtime.js';
import { runCommand } from '../runtime/run-command.js';

/** The features that a runtime binary reports, as far as this kernel has them. */
export interface RuntimeFeatures {
  mountOptions: string[];
  seccomp: boolean;
  /** Undefined where the binary does not say: a trial shows it. */
  recursiveReadOnly: boolean | undefined;
}

/** The part of the features document that is read (opencontainers runtime-spec, features-linux.md). */
interface FeaturesDocument {
  mountOptions?: string[];
  linux?: { seccomp?: { enabled?: boolean } };
}

/** Asks the binary: by `features`, and one that has no such command (crun before 1.9) by its version's build flags. */
export async function runtimeFeatures(runtime: Runtime, limits: Limits): Promise<RuntimeFeatures> {
  const kernel = kernelFeatures();
  // Seccomp profiles and mount flags end at a kernel of the runtime's own.
  if (!runtime.capabilities.hostKernel) return { mountOptions: [], seccomp: false, recursiveReadOnly: false };
  const document = (await runtime.features(limits)) as FeaturesDocument | undefined;
  if (document) {
    const mountOptions = document.mountOptions ?? [];
    return {
      mountOptions,
      seccomp: document.linux?.seccomp?.enabled === true && kernelHasSeccomp(),
      recursiveReadOnly: mountOptions.includes('rro') && kernel.recursiveReadOnly,
    };
  }
  const { stdout } = await runCommand({ path: runtime.path, args: [...runtime.globalArgs, '--version'], ...limits });
  const seccomp = stdout.toString().includes('+SECCOMP') && kernelHasSeccomp();
  return { mountOptions: [], seccomp, recursiveReadOnly: kernel.recursiveReadOnly ? undefined : false };
}

/** proc(5): the field is there when the kernel was built with it. */
function kernelHasSeccomp(): boolean {
  return /^Seccomp:/m.test(readFileSync('/proc/self/status', 'utf8'));
}
