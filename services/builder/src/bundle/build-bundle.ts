import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextRound } from 'node:timers/promises';
import { BuildBundleRequest, BuildBundleResponse } from '@slipway/contracts';
import type { ContainerConfig } from '@slipway/cri';
import { hasCode, isMountpoint, mkdirAllInRoot } from '@slipway/linux';
import {
  containerLabels,
  containerUser,
  generateSpec,
  type ImageConfig,
  invalidField,
  processCwd,
  type SpecInput,
  specJson,
} from '@slipway/oci-spec';
import type { Init } from '@slipway/protobuf';
import { readAnswer, requestDigest, writeAnswer } from '../answers.js';
import { makeBundleDirectory } from './bundle-directory.js';
import { type BundleInputs, type BundleRequest, checkRequest, findInputs } from './bundle-inputs.js';
import { type BundlePaths, bundlePaths } from './bundle-paths.js';
import { cdiDeviceNodes } from '../host/cdi-devices.js';
import { checkRootfs } from '../rootfs/check-rootfs.js';
import type { BuilderContext, Call } from '../context.js';
import { hostDevices, resolveDevices } from '../host/host-devices.js';
import { mountsHosts, writeHosts } from '../rootfs/hosts-file.js';
import { mountImageVolumes, statusMount } from '../rootfs/image-mounts.js';
import { reportDegradation } from '../degradation.js';
import { mapMounts } from '../rootfs/mapped-mounts.js';
import { openPodIds, type PodIds } from '../pod-ids.js';
import { mountRootfs } from '../rootfs/rootfs.js';
import { cgroupParent, podHostname, sandboxFiles, sandboxNamespaces } from '../sandbox-parts.js';
import { relabelMounts } from '../host/selinux.js';
import { takeDown } from './take-down.js';
import { userInRootfs } from '../rootfs/users-in-rootfs.js';

/**
 * Makes `<root>/bundles/<container id>`: the mounted root file system and config.json.
 * The same request again is answered from the existing bundle, because a container may
 * live in it already; another request for the id builds it again. A build that fails
 * leaves nothing behind.
 */
export async function buildBundle(
  request: BuildBundleRequest,
  context: BuilderContext,
  call: Call = {},
): Promise<Init<BuildBundleResponse>> {
  const parts = checkRequest(request);
  const paths = bundlePaths(context.settings.root, parts.container.id);
  // Do the work that needs no lock while the lock request is in flight: it is sent in the event loop's next round.
  const asked = nextRound();
  const digest = asked.then(() => requestDigest(BuildBundleRequest, request));
  const found = existsSync(paths.directory) ? undefined : asked.then(() => findInputs(parts, context));
  const build = async (): Promise<Init<BuildBundleResponse>> => {
    if (existsSync(paths.directory)) {
      const answer = readAnswer(paths.answer, BuildBundleResponse, await digest);
      if (answer && isMountpoint(paths.rootfs)) return answer;
      await takeDown(paths);
    }
    const inputs = await (found ?? findInputs(parts, context));
    call.signal?.throwIfAborted();
    try {
      const response = await assemble(parts, inputs, paths, context, call);
      writeAnswer(paths.answer, BuildBundleResponse, await digest, response);
      return response;
    } catch (error) {
      await takeDown(paths);
      throw error;
    }
  };
  // Errors are reported where these are awaited, which never happens when the lock is refused or the bundle exists.
  for (const early of [digest, found]) early?.catch(() => undefined);
  return context.withLock(`bundle:${parts.container.id}`, build, call.signal ? { signal: call.signal } : {});
}

async function assemble(
  parts: BundleRequest,
  inputs: BundleInputs,
  paths: BundlePaths,
  context: BuilderContext,
  call: Call,
): Promise<Init<BuildBundleResponse>> {
  const ids = openPodIds(parts.sandbox, parts.config, parts.handler);
  try {
    return await assembleWith(ids, parts, inputs, paths, context, call);
  } finally {
    ids?.close();
  }
}

async function assembleWith(
  ids: PodIds | undefined,
  parts: BundleRequest,
  inputs: BundleInputs,
  paths: BundlePaths,
  context: BuilderContext,
  call: Call,
): Promise<Init<BuildBundleResponse>> {
  const { config, sandbox, image } = parts;
  const { imageConfig, hostMounts, cdi } = inputs;
  const { settings, layers } = context;
  const onLess = (what: string): void =>
    reportDegradation(context.log, { container: parts.container.id, sandbox: sandbox.id }, what);
  const host = { ...context.host(), apparmor: await context.apparmor.forContainer(config, onLess) };
  makeBundleDirectory(paths, ids);
  const label = containerLabels({ container: config, pod: parts.pod, host, sandboxId: sandbox.id })?.mount;
  await mountRootfs({ paths, image, layers, kernel: host.kernel, ids, label });
  checkRootfs(paths.rootfs);
  const user = userInRootfs(paths.rootfs, config, imageConfig);
  const mounts = [
    ...(await mapMounts(hostMounts, { mounts: config.mounts, ids, paths, signal: call.signal })),
    ...(await mountImageVolumes({ mounts: config.mounts, images: parts.volumeImages, layers, paths, ids })),
  ];
  const files = sandboxFiles(sandbox, settings);
  if (!files.hosts && !mountsHosts(config.mounts)) {
    writeHosts(paths.hosts, sandbox, ids);
    files.hosts = paths.hosts;
  }
  if (label) await relabelMounts(label, config.mounts, hostMounts, files, call.signal);
  const imageVolumes = makeDirectories(paths.rootfs, config, imageConfig, ids);
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
    seccompProfile: inputs.seccompProfile,
    passAnnotations: [...settings.runtime.passAnnotations, ...parts.handler.passAnnotations],
    onLess,
  });
  writeFileSync(paths.config, specJson(spec), { mode: 0o600 });
  const images = [image, ...Object.values(parts.volumeImages)];
  return {
    bundle: paths.directory,
    mounts: config.mounts.map((mount) => statusMount(mount, parts.volumeImages)),
    user: containerUser(user),
    stopSignal: inputs.stopSignal,
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
    // path_resolution(7): no path may be longer, with its NUL. Each level of it would be made before that showed.
    if (Buffer.byteLength(path) > 4095) throw invalidField(field, `a path of ${Buffer.byteLength(path)} bytes`);
    try {
      return mkdirAllInRoot(rootfs, path, owner);
    } catch (error) {
      if (!hasCode(error, 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG', 'EINVAL')) throw error;
      throw invalidField(field, `${path.slice(0, 256)} cannot be a directory: ${(error as Error).message}`, {
        cause: error,
      });
    }
  };
  const cwd = make('working_dir', processCwd(config, image));
  // A process's own directory there leads out of the container by the runtime's descriptors (CVE-2024-21626).
  if (/^\/proc\/[^/]+\//.test(cwd)) throw invalidField('working_dir', `${cwd.slice(0, 256)} is a process's`);
  return image.volumes.map((volume) => {
    const inside = make('image config.Volumes', volume);
    return { destination: inside, source: join(rootfs, inside) };
  });
}
