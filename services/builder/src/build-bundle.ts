import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  BuildBundleRequest,
  BuildBundleResponse,
  type ContainerRecord,
  type HandlerInfo,
  type ImageRecord,
  type SandboxRecord,
} from '@slipway/contracts';
import type { ContainerConfig, PodSandboxConfig } from '@slipway/cri';
import { SlipwayError } from '@slipway/errors';
import { hasCode, isMountpoint, mkdirAllInRoot } from '@slipway/linux';
import {
  containerLabels,
  containerUser,
  generateSpec,
  type ImageConfig,
  invalidField,
  parseImageConfig,
  processCwd,
  type SpecInput,
  specJson,
  stopSignal,
} from '@slipway/oci-spec';
import type { Init } from '@slipway/protobuf';
import { readAnswer, requestDigest, writeAnswer } from './answers.js';
import { makeBundleDirectory } from './bundle-directory.js';
import { type BundlePaths, bundlePaths } from './bundle-paths.js';
import { cdiDeviceNodes } from './cdi-devices.js';
import type { BuilderContext, Call } from './context.js';
import { hostDevices, resolveDevices } from './host-devices.js';
import { resolveHostMounts } from './host-mounts.js';
import { mountsHosts, writeHosts } from './hosts-file.js';
import { mountImageVolumes, statusMount } from './image-mounts.js';
import { tellLess } from './less.js';
import { mapMounts } from './mapped-mounts.js';
import { openPodIds, type PodIds } from './pod-ids.js';
import { mountRootfs } from './rootfs.js';
import { cgroupParent, podHostname, sandboxFiles, sandboxNamespaces } from './sandbox-parts.js';
import { readSeccompProfile } from './seccomp-file.js';
import { relabelMounts } from './selinux.js';
import { takeDown } from './take-down.js';
import { userInRootfs } from './users-in-rootfs.js';

interface Parts {
  container: ContainerRecord;
  config: ContainerConfig;
  sandbox: SandboxRecord;
  pod: PodSandboxConfig;
  image: ImageRecord;
  handler: HandlerInfo;
  volumeImages: Record<string, ImageRecord>;
  targetPid: number;
}

/**
 * Makes `<root>/bundles/<container id>`: the mounted root file system and config.json.
 * The same request again is answered from the bundle that stands, as a container may
 * live in it already; another request for the id builds anew. A build that fails
 * leaves nothing behind.
 */
export async function buildBundle(
  request: BuildBundleRequest,
  context: BuilderContext,
  call: Call = {},
): Promise<Init<BuildBundleResponse>> {
  const parts = checkRequest(request);
  const paths = bundlePaths(context.settings.root, parts.container.id);
  const digest = requestDigest(BuildBundleRequest, request);
  const build = async (): Promise<Init<BuildBundleResponse>> => {
    const answer = readAnswer(paths.answer, BuildBundleResponse, digest);
    if (answer && isMountpoint(paths.rootfs)) return answer;
    await takeDown(paths);
    call.signal?.throwIfAborted();
    try {
      const response = await assemble(parts, paths, context, call);
      writeAnswer(paths.answer, BuildBundleResponse, digest, response);
      return response;
    } catch (error) {
      await takeDown(paths);
      throw error;
    }
  };
  return context.withLock(`bundle:${parts.container.id}`, build, call.signal ? { signal: call.signal } : {});
}

async function assemble(
  parts: Parts,
  paths: BundlePaths,
  context: BuilderContext,
  call: Call,
): Promise<Init<BuildBundleResponse>> {
  const ids = openPodIds(parts.sandbox, parts.config, parts.handler);
  try {
    return await assembleWith(ids, parts, paths, context, call);
  } finally {
    ids?.close();
  }
}

async function assembleWith(
  ids: PodIds | undefined,
  parts: Parts,
  paths: BundlePaths,
  context: BuilderContext,
  call: Call,
): Promise<Init<BuildBundleResponse>> {
  const { config, sandbox, image } = parts;
  const { settings, layers } = context;
  const host = context.host();
  const imageConfig = parseImageConfig(image.config);
  const signal = stopSignal(config.stopSignal, imageConfig.stopSignal);
  makeBundleDirectory(paths, ids);
  const label = containerLabels({ container: config, pod: parts.pod, host, sandboxId: sandbox.id })?.mount;
  await mountRootfs({ paths, image, layers, kernel: host.kernel, ids, label });
  const user = userInRootfs(paths.rootfs, config, imageConfig);
  const hostMounts = resolveHostMounts(config.mounts);
  const mounts = [
    ...(await mapMounts(hostMounts, { mounts: config.mounts, ids, paths, signal: call.signal })),
    ...(await mountImageVolumes({ mounts: config.mounts, images: parts.volumeImages, layers, paths, ids })),
  ];
  const files = sandboxFiles(sandbox, settings);
  if (!files.hosts && !mountsHosts(config.mounts)) {
    writeHosts(paths.hosts, sandbox, ids);
    files.hosts = paths.hosts;
  }
  if (label) relabelMounts(label, config.mounts, hostMounts, files);
  const imageVolumes = makeDirectories(paths.rootfs, config, imageConfig, ids);
  const cdi = await context.cdi.edits(config);
  const privileged = config.linux?.securityContext?.privileged ?? false;
  const spec = generateSpec({
    containerId: parts.container.id,
    sandboxId: sandbox.id,
    pod: parts.pod,
    container: config,
    image: imageConfig,
    handler: parts.handler,
    host,
    user,
    rootfs: paths.rootfs,
    hostname: podHostname(sandbox),
    namespaces: sandboxNamespaces(sandbox),
    targetPid: parts.targetPid,
    cgroupParent: cgroupParent(sandbox, parts.handler, settings),
    mounts,
    imageVolumes,
    files,
    devices: [...resolveDevices(config.devices), ...cdiDeviceNodes(cdi?.deviceNodes ?? [])],
    cdi,
    hostDevices: privileged ? hostDevices() : [],
    seccompProfile: readSeccompProfile(config),
    passAnnotations: [...settings.runtime.passAnnotations, ...parts.handler.passAnnotations],
    onLess: (what) => tellLess(context.log, { container: parts.container.id, sandbox: sandbox.id }, what),
  });
  writeFileSync(paths.config, specJson(spec), { mode: 0o600 });
  const images = [image, ...Object.values(parts.volumeImages)];
  return {
    bundle: paths.directory,
    mounts: config.mounts.map((mount) => statusMount(mount, parts.volumeImages)),
    user: containerUser(user),
    stopSignal: signal,
    layers: [...new Set(images.flatMap((entry) => entry.layers.map(({ diffId }) => diffId)))],
  };
}

/** Makes the working directory and the places of the image's declared volumes; answers the volumes. */
function makeDirectories(
  rootfs: string,
  config: ContainerConfig,
  image: ImageConfig,
  ids: PodIds | undefined,
): SpecInput['imageVolumes'] {
  const owner = ids ? { uid: ids.uid.hostID, gid: ids.gid.hostID } : {};
  const make = (field: string, path: string): string => {
    try {
      return mkdirAllInRoot(rootfs, path, owner);
    } catch (error) {
      if (!hasCode(error, 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG', 'EINVAL')) throw error;
      throw invalidField(field, `${path} cannot be a directory: ${(error as Error).message}`, { cause: error });
    }
  };
  make('working_dir', processCwd(config, image));
  return image.volumes.map((volume) => {
    const inside = make('image config.Volumes', volume);
    return { destination: inside, source: join(rootfs, inside) };
  });
}

function checkRequest(request: BuildBundleRequest): Parts {
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
