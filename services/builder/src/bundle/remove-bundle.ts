import type { RemoveBundleRequest, RemoveBundleResponse } from '@slipway/contracts';
import { bundlePaths } from './bundle-paths.js';
import type { BuilderContext, Call } from '../context.js';
import { takeDown } from './take-down.js';

/** Unmounts and removes the bundle of a container or of an infra container; a missing one is success. */
export async function removeBundle(
  { id }: RemoveBundleRequest,
  context: BuilderContext,
  call: Call = {},
): Promise<RemoveBundleResponse> {
  const paths = bundlePaths(context.settings.root, id);
  const options = call.signal ? { signal: call.signal } : {};
  await context.withLock(`bundle:${id}`, () => takeDown(paths, call.signal), options);
  return {};
}
