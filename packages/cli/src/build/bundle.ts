import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Settings } from '@slipway/config';
import { Builder, ContainerRecord, Executor, type HandlerInfo, type ImageRecord } from '@slipway/contracts';
import type { ContainerConfig } from '@slipway/cri';
import { SlipwayError } from '@slipway/errors';
import { stageClient } from '@slipway/stage';
import type { BuildOptions } from './options.js';
import { readContainerConfig, readPodConfig } from './cri-json.js';
import { loneSandbox } from './lone-sandbox.js';
import { makeUserNamespace, removeUserNamespace } from './lone-user-namespace.js';
import { type Node, nodeImage, withNode } from '@slipway/node-client';

/** The file that names the node's bundle of a directory. */
const idFile = 'slipway-bundle';

/**
 * Lets the node's builder make a bundle, and writes what an OCI runtime needs to `output`: config.json, whose root
 * is the builder's mount. It stays until {@link removeBundle}.
 */
export async function buildBundle(
  settings: Settings,
  options: BuildOptions,
): Promise<{ bundle: string; id: string; rootfs: string; start: string }> {
  const pod = readPodConfig(options.pod);
  const config = readContainerConfig(options.container);
  if (!options.output) throw new SlipwayError('INVALID_REQUEST', '-o names where the bundle goes, and is missing');
  const output = resolve(options.output);
  if (existsSync(output)) throw new SlipwayError('INVALID_REQUEST', `${output} is there already`);
  return await withNode(settings, async (node) => {
    const image = await nodeImage(node, options.image ?? config.image?.image ?? '');
    const handler = await describeHandler(node, settings, options.handler);
    mkdirSync(output, { recursive: true, mode: 0o711 });
    try {
      if (!pod.dnsConfig && existsSync('/etc/resolv.conf'))
        copyFileSync('/etc/resolv.conf', join(output, 'resolv.conf'));
      const sandbox = loneSandbox(pod, settings.cgroup.parent, output);
      const user = await makeUserNamespace(pod, output);
      if (user) sandbox.namespaces['user'] = user;
      const container = ContainerRecord.create({ id: sandbox.id, sandboxId: sandbox.id, config });
      const volumeImages = await imagesOfVolumes(node, config);
      const { bundle } = await stageClient(node.bus, Builder).buildBundle(
        { sandbox, container, image, handler, volumeImages },
        { operation: sandbox.id },
      );
      copyFileSync(join(bundle, 'config.json'), join(output, 'config.json'));
      writeFileSync(join(output, idFile), `${sandbox.id}\n`);
      const start = `${handler.path || handler.kind} run --bundle ${output} NAME`;
      return { bundle: output, id: sandbox.id, rootfs: join(bundle, 'rootfs'), start };
    } catch (error) {
      removeUserNamespace(output);
      rmSync(output, { recursive: true, force: true });
      throw error;
    }
  });
}

/** Unmounts and removes what {@link buildBundle} made. */
export async function removeBundle(settings: Settings, directory: string): Promise<void> {
  let id: string;
  try {
    id = readFileSync(join(directory, idFile), 'utf8').trim();
  } catch (cause) {
    throw new SlipwayError('INVALID_REQUEST', `${directory} is no bundle of slipway build`, { cause });
  }
  await withNode(settings, async ({ bus }) => {
    await stageClient(bus, Builder).removeBundle({ id });
  });
  removeUserNamespace(directory);
  for (const name of ['config.json', 'resolv.conf', idFile]) rmSync(join(directory, name), { force: true });
  rmSync(directory, { recursive: true });
}

async function describeHandler({ bus }: Node, settings: Settings, name: string | undefined): Promise<HandlerInfo> {
  const { defaultHandler } = settings.runtime;
  const wanted = name ?? (defaultHandler === 'auto' ? 'runc' : defaultHandler);
  return await stageClient(bus, Executor, { handler: wanted }).describe({});
}

async function imagesOfVolumes(node: Node, config: ContainerConfig): Promise<Record<string, ImageRecord>> {
  const images: Record<string, ImageRecord> = {};
  for (const { image } of config.mounts) if (image?.image) images[image.image] = await nodeImage(node, image.image);
  return images;
}
