import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { AdjustBundleRequest, AdjustBundleResponse } from '@slipway/contracts';
import { SlipwayError } from '@slipway/errors';
import { adjustSpec, ContainerAdjustment } from '@slipway/nri';
import { type CdiEdits, oomScoreAdj, parseSpec, specJson } from '@slipway/oci-spec';
import { type BundlePaths, bundlePaths } from './bundle-paths.js';
import { cdiDeviceNodes } from '../host/cdi-devices.js';
import type { BuilderContext, Call } from '../context.js';
import { reportDegradation } from '../degradation.js';

/**
 * Changes a bundle's config.json as NRI plugins agreed. The one that was built is kept beside it, so that the same
 * adjustment again has the same outcome.
 * @throws SlipwayError CONTAINER_NOT_FOUND, NRI_REFUSED, INVALID_REQUEST for CDI devices that are not there
 */
export async function adjustBundle(
  { id, adjustment }: AdjustBundleRequest,
  context: BuilderContext,
  call: Call = {},
): Promise<AdjustBundleResponse> {
  const paths = bundlePaths(context.settings.root, id);
  const adjust = ContainerAdjustment.decode(adjustment);
  const options = call.signal ? { signal: call.signal } : {};
  await context.withLock(`bundle:${id}`, () => rewrite(id, paths, adjust, context), options);
  return {};
}

async function rewrite(
  id: string,
  paths: BundlePaths,
  adjust: ContainerAdjustment,
  context: BuilderContext,
): Promise<void> {
  if (!existsSync(paths.config)) {
    throw new SlipwayError('CONTAINER_NOT_FOUND', 'it has no bundle', { object: `container ${id}` });
  }
  const built = readFileSync(existsSync(paths.built) ? paths.built : paths.config, 'utf8');
  const cdi = await context.cdi.edits({ CDIDevices: adjust.CDIDevices, annotations: {} });
  const spec = adjustSpec(parseSpec(built), cdi ? withCdi(adjust, cdi) : adjust);
  const { process } = spec;
  if (adjust.linux?.oomScoreAdj) {
    const wanted = adjust.linux.oomScoreAdj.value;
    process.oomScoreAdj = oomScoreAdj(
      wanted,
      context.host().minOomScoreAdj,
      (what) => reportDegradation(context.log, { container: id }, what),
      'NRI adjustment oom_score_adj',
    );
  }
  if (cdi && cdi.additionalGids.length > 0) {
    process.user.additionalGids = [...new Set([...(process.user.additionalGids ?? []), ...cdi.additionalGids])];
  }
  if (!existsSync(paths.built)) write(paths.built, built);
  write(paths.config, specJson(spec));
}

/** The edits of CDI devices as an adjustment; settings of plugins themselves come later and win. */
function withCdi(adjust: ContainerAdjustment, cdi: CdiEdits): ContainerAdjustment {
  const hooks = {
    prestart: [],
    createRuntime: [],
    createContainer: [],
    startContainer: [],
    poststart: [],
    poststop: [],
  };
  const all = ContainerAdjustment.create({
    ...adjust,
    env: [
      ...cdi.env.map((text) => ({ key: text.split('=', 1)[0] ?? '', value: text.slice(text.indexOf('=') + 1) })),
      ...adjust.env,
    ],
    mounts: [
      ...cdi.mounts.map(({ hostPath, containerPath, type, options }) => ({
        destination: containerPath,
        source: hostPath,
        type,
        options,
      })),
      ...adjust.mounts,
    ],
    hooks: adjust.hooks ?? hooks,
    linux: {
      ...adjust.linux,
      devices: [
        ...cdiDeviceNodes(cdi.deviceNodes).map(({ path, type, major = 0, minor = 0, fileMode, uid, gid }) => ({
          path,
          type,
          major: BigInt(major),
          minor: BigInt(minor),
          fileMode: fileMode === undefined ? undefined : { value: fileMode },
          uid: uid === undefined ? undefined : { value: uid },
          gid: gid === undefined ? undefined : { value: gid },
        })),
        ...(adjust.linux?.devices ?? []),
      ],
    },
  });
  for (const { kind, hook } of cdi.hooks) {
    all.hooks?.[kind].push({
      path: hook.path,
      args: hook.args ?? [],
      env: hook.env ?? [],
      timeout: hook.timeout === undefined ? undefined : { value: BigInt(hook.timeout) },
    });
  }
  return all;
}

/** A reader sees the old text or the new one. */
function write(path: string, text: string): void {
  writeFileSync(`${path}.new`, text, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}
