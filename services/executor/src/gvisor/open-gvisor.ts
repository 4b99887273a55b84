import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { OciRuntimeOptions } from '../runtime/oci-runtime.js';
import { OciRuntime } from '../runtime/oci-runtime.js';
import { gvisorFlags } from './flags.js';
import { GvisorRuntime } from './gvisor-runtime.js';
import { gvisorWrapper } from './wrapper.js';

export interface GvisorPlaces {
  /** Where the wrapper is written. */
  wrapper: string;
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
  await writeProgram(places.wrapper, text);
  return new GvisorRuntime({ ...options, options: flags, path: places.wrapper });
}

/** Writes a program where it is not yet as it should be; one that runs is never changed under way. */
async function writeProgram(path: string, text: string): Promise<void> {
  if ((await readFile(path, 'utf8').catch(() => '')) === text) return;
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}`;
  await writeFile(temporary, text, { mode: 0o755 });
  await rename(temporary, path);
}
