import { join } from 'node:path';
import type { CgroupMode } from '@slipway/cgroups';
import type { Settings } from '@slipway/config';
import { SlipwayError } from '@slipway/errors';
import { openGvisor } from '../gvisor/open-gvisor.js';
import { executorPaths } from '../paths.js';
import { findBinary } from '@slipway/config';
import { deadlineIn } from '@slipway/time';
import { hybridWrapper, needsHybridWrapper } from './hybrid-wrapper.js';
import { OciRuntime, type OciRuntimeOptions } from './oci-runtime.js';
import { ReadOnlyProgram } from './read-only-program.js';
import { writeWrapper } from './wrapper-file.js';

/** For a binary to tell its version: mostly its start, which takes seconds on a loaded node. */
const versionMs = 60_000;

/** The runtime of a handler, as it must be called on this host. Throws UNKNOWN_HANDLER, INVALID_CONFIG, RUNTIME_FAILED. */
export async function openRuntime(settings: Settings, handler: string, mode: CgroupMode): Promise<OciRuntime> {
  const own = settings.runtime.handlers[handler];
  if (!own) {
    const names = Object.keys(settings.runtime.handlers).join(', ');
    throw new SlipwayError(
      'UNKNOWN_HANDLER',
      `no handler ${JSON.stringify(handler)} is configured; there are: ${names}`,
    );
  }
  if (own.kind === 'null') {
    throw new SlipwayError('INVALID_CONFIG', `the handler ${handler} is of kind null and runs nothing`, {
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
  if (own.kind === 'runsc') {
    const { containers } = executorPaths(settings);
    return await openGvisor(
      { ...options, platform: own.platform },
      { writeWrapper: (text) => writeWrapper(settings, handler, text), containers },
    );
  }
  const view = await tryView(options);
  const version = await new OciRuntime(options).version({ deadline: deadlineIn(versionMs) });
  const known = { ...options, version, view };
  if (!needsHybridWrapper(own.kind, version, mode)) return new OciRuntime(known);
  const wrapper = await writeWrapper(settings, handler, hybridWrapper(options.path));
  return new OciRuntime({ ...known, wrapper });
}

/** The read-only view of the binary, where the host lets it be run. */
async function tryView(options: OciRuntimeOptions): Promise<ReadOnlyProgram | undefined> {
  const view = options.kind === 'crun' ? ReadOnlyProgram.open(options.path) : undefined;
  if (!view) return undefined;
  try {
    await new OciRuntime({ ...options, view }).version({ deadline: deadlineIn(versionMs) });
    return view;
  } catch {
    return undefined;
  }
}
