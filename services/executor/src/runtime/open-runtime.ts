import { join } from 'node:path';
import type { CgroupMode } from '@slipway/cgroups';
import { findBinary, type Settings } from '@slipway/config';
import { SlipwayError } from '@slipway/errors';
import { capabilitiesOf, type RuntimeKind } from '@slipway/runtime-kinds';
import { executorPaths } from '../paths.js';
import { openCrun } from './crun.js';
import { openGvisor } from './gvisor.js';
import { OciRuntime, type OpenRuntime, withVersion } from './oci-runtime.js';
import type { Runtime } from './runtime.js';
import { writeWrapper } from './wrapper-file.js';

/** Kinds that need more than OciRuntime does by their capabilities. */
const openers: Partial<Record<RuntimeKind, OpenRuntime>> = { crun: openCrun, runsc: openGvisor };

const openPlain: OpenRuntime = async (options) => new OciRuntime(await withVersion(options));

/** The runtime of a handler, as it must be called on this host. Throws UNKNOWN_HANDLER, INVALID_CONFIG, RUNTIME_FAILED. */
export async function openRuntime(settings: Settings, handler: string, cgroupMode: CgroupMode): Promise<Runtime> {
  const own = settings.runtime.handlers[handler];
  if (!own) {
    const names = Object.keys(settings.runtime.handlers).join(', ');
    throw new SlipwayError(
      'UNKNOWN_HANDLER',
      `no handler ${JSON.stringify(handler)} is configured; there are: ${names}`,
    );
  }
  if (!capabilitiesOf(own.kind).runsContainers) {
    throw new SlipwayError('INVALID_CONFIG', `the handler ${handler} is of kind ${own.kind} and runs nothing`, {
      hint: `start slipway null-executor --handler ${handler}`,
    });
  }
  const options = {
    kind: own.kind,
    path: findBinary(own.path),
    root: own.root || join(settings.state, handler),
    options: own.options,
    systemdCgroup: settings.cgroup.driver === 'systemd',
  };
  const open = openers[own.kind] ?? openPlain;
  return await open(options, {
    cgroupMode,
    platform: own.platform,
    containers: executorPaths(settings).containers,
    writeWrapper: async (text) => await writeWrapper(settings, handler, text),
  });
}
