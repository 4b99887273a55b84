import type { BuildBundleRequest, ContainerRecord, HandlerInfo, ImageRecord, SandboxRecord } from '@slipway/contracts';
import type { ContainerConfig, PodSandboxConfig } from '@slipway/cri';
import { SlipwayError } from '@slipway/errors';
import { type CdiEdits, type ImageConfig, parseImageConfig, type ResolvedMount, stopSignal } from '@slipway/oci-spec';
import type { BuilderContext } from '../context.js';
import { resolveHostMounts } from '../rootfs/host-mounts.js';
import { readSeccompProfile } from '../host/seccomp-file.js';

/** A request to build a bundle, with all that it needs in it. */
export interface BundleRequest {
  container: ContainerRecord;
  config: ContainerConfig;
  sandbox: SandboxRecord;
  pod: PodSandboxConfig;
  image: ImageRecord;
  handler: HandlerInfo;
  volumeImages: Record<string, ImageRecord>;
  targetPid: number;
}

/** @throws SlipwayError INVALID_REQUEST that names what is missing */
export function checkRequest(request: BuildBundleRequest): BundleRequest {
  const { container, sandbox, image, handler } = request;
  const missing = (what: string): SlipwayError =>
    new SlipwayError('INVALID_REQUEST', `BuildBundle: ${what} is missing`);
  if (!container?.config) throw missing('container.config');
  if (!sandbox?.config) throw missing('sandbox.config');
  if (!image) throw missing('image');
  if (!handler) throw missing('handler');
  return {
    container,
    config: container.config,
    sandbox,
    pod: sandbox.config,
    image,
    handler,
    volumeImages: request.volumeImages,
    targetPid: request.targetPid,
  };
}

/** Inputs of a bundle from its request and from the host; the bundle holds none of them. */
export interface BundleInputs {
  imageConfig: ImageConfig;
  stopSignal: string;
  /** Their sources are there: a missing one was made. */
  hostMounts: ResolvedMount[];
  cdi: CdiEdits | undefined;
  seccompProfile: string | undefined;
}

export async function findInputs(
  { image, config }: BundleRequest,
  context: Pick<BuilderContext, 'cdi'>,
): Promise<BundleInputs> {
  const imageConfig = parseImageConfig(image.config);
  return {
    imageConfig,
    stopSignal: stopSignal(config.stopSignal, imageConfig.stopSignal),
    hostMounts: resolveHostMounts(config.mounts),
    cdi: await context.cdi.edits(config),
    seccompProfile: readSeccompProfile(config),
  };
}
