import type { OciRuntimeOptions } from '../runtime/oci-runtime.js';
import { OciRuntime } from '../runtime/oci-runtime.js';
import { gvisorFlags } from './flags.js';
import { GvisorRuntime } from './gvisor-runtime.js';
import { gvisorWrapper } from './wrapper.js';

export interface GvisorPlaces {
  /** Writes the wrapper of this text, and answers where it is. */
  writeWrapper: (text: string) => Promise<string>;
  /** Directory of the containers' directories. */
  containers: string;
}

/** The runtime of a handler of kind runsc: every call goes through the wrapper. */
export async function openGvisor(
  options: OciRuntimeOptions & { platform?: string | undefined },
  places: GvisorPlaces,
): Promise<OciRuntime> {
  const flags = await gvisorFlags(options.path, options.options ?? [], options.platform);
  const { globalArgs } = new OciRuntime({ ...options, options: flags });
  const text = gvisorWrapper({ runsc: options.path, globalArgs, containers: places.containers });
  return new GvisorRuntime({ ...options, options: flags, path: await places.writeWrapper(text) });
}
