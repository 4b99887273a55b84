import { deadlineIn } from '@slipway/time';
import { hybridWrapper, needsHybridWrapper } from './hybrid-wrapper.js';
import { OciRuntime, type OciRuntimeOptions, type OpenRuntime, withVersion } from './oci-runtime.js';
import { ReadOnlyProgram } from './read-only-program.js';
import { reapLeft } from './reap-left.js';

const versionMs = 60_000;

/** crun, run by a read-only view of its binary where the host lets it be, and through a wrapper where it needs one. */
class CrunRuntime extends OciRuntime {
  /**
   * crun forks for an exec and does not wait for a child that finds no command to run. As a zombie that child would hold
   * the container's pid namespace, whose init could not end.
   */
  override async reapFailedExec(): Promise<void> {
    await reapLeft();
  }
}

export const openCrun: OpenRuntime = async (options, { cgroupMode, writeWrapper }) => {
  const known = { ...(await withVersion(options)), view: await tryView(options) };
  if (!needsHybridWrapper(known.version, cgroupMode)) return new CrunRuntime(known);
  return new CrunRuntime({ ...known, wrapper: await writeWrapper(hybridWrapper(options.path)) });
};

/** The read-only view of the binary; undefined where the host does not let it be run. */
async function tryView(options: OciRuntimeOptions): Promise<ReadOnlyProgram | undefined> {
  const view = ReadOnlyProgram.open(options.path);
  if (!view) return undefined;
  try {
    await new OciRuntime({ ...options, view }).version({ deadline: deadlineIn(versionMs) });
    return view;
  } catch {
    return undefined;
  }
}
