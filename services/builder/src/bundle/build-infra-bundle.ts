import { findBinary } from '@slipway/config';
import { existsSync, writeFileSync } from 'node:fs';
import { BuildInfraBundleRequest, BuildInfraBundleResponse } from '@slipway/contracts';
import { SlipwayError } from '@slipway/errors';
import { generateInfraSpec, specJson } from '@slipway/oci-spec';
import type { Init } from '@slipway/protobuf';
import { readAnswer, requestDigest, writeAnswer } from '../answers.js';
import { makeBundleDirectory } from './bundle-directory.js';
import { bundlePaths } from './bundle-paths.js';
import type { BuilderContext, Call } from '../context.js';
import { infraInit, infraRootfs } from '../rootfs/infra-rootfs.js';
import { cgroupParent, hostPid, plannedNamespaces, podHostname } from '../sandbox-parts.js';
import { takeDown } from './take-down.js';

/**
 * Makes `<root>/bundles/<sandbox id>` for a sandbox's infra container, whose init
 * (`catatonit -P`) only waits and reaps. It joins the namespaces at the paths where the
 * executor will pin them.
 */
export async function buildInfraBundle(
  request: BuildInfraBundleRequest,
  context: BuilderContext,
  call: Call = {},
): Promise<Init<BuildInfraBundleResponse>> {
  const { sandbox, handler } = request;
  if (!sandbox?.config || !handler) {
    throw new SlipwayError('INVALID_REQUEST', 'BuildInfraBundle: sandbox.config or handler is missing');
  }
  const { settings } = context;
  const { config } = sandbox;
  const paths = bundlePaths(settings.root, sandbox.id);
  const digest = requestDigest(BuildInfraBundleRequest, request);
  const build = async (): Promise<Init<BuildInfraBundleResponse>> => {
    const answer = readAnswer(paths.answer, BuildInfraBundleResponse, digest);
    if (answer && existsSync(paths.config)) return answer;
    await takeDown(paths);
    call.signal?.throwIfAborted();
    try {
      const spec = generateInfraSpec({
        sandboxId: sandbox.id,
        pod: config,
        handler,
        host: context.host(),
        rootfs: infraRootfs(settings.root, findBinary(settings.runtime.catatonit)),
        args: [infraInit, '-P'],
        hostname: podHostname(sandbox),
        namespaces: plannedNamespaces(sandbox, settings),
        hostPid: hostPid(sandbox),
        cgroupParent: cgroupParent(sandbox, handler, settings),
        passAnnotations: [...settings.runtime.passAnnotations, ...handler.passAnnotations],
      });
      makeBundleDirectory(paths);
      writeFileSync(paths.config, specJson(spec), { mode: 0o600 });
      const response = { bundle: paths.directory };
      writeAnswer(paths.answer, BuildInfraBundleResponse, digest, response);
      return response;
    } catch (error) {
      await takeDown(paths);
      throw error;
    }
  };
  return context.withLock(`bundle:${sandbox.id}`, build, call.signal ? { signal: call.signal } : {});
}
