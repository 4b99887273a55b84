import { readFileSync } from 'node:fs';
import type { DescribeBundleRequest, DescribeBundleResponse } from '@slipway/contracts';
import { SlipwayError } from '@slipway/errors';
import { hasCode } from '@slipway/linux';
import { bundlePaths } from './bundle-paths.js';
import type { BuilderContext } from '../context.js';

/** The config.json of a container's bundle. @throws SlipwayError CONTAINER_NOT_FOUND where there is no bundle */
export async function describeBundle(
  { id }: DescribeBundleRequest,
  { settings }: Pick<BuilderContext, 'settings'>,
): Promise<DescribeBundleResponse> {
  const paths = bundlePaths(settings.root, id);
  try {
    return { config: readFileSync(paths.config) };
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
    throw new SlipwayError('CONTAINER_NOT_FOUND', 'it has no bundle', { object: `container ${id}`, cause: error });
  }
}
