import {
  ContainerPhase,
  ContainerRecord,
  type ImageRecord,
  SandboxPhase,
  type SandboxRecord,
} from '@slipway/contracts';
import { type ContainerConfig, type CreateContainerRequest, NamespaceMode } from '@slipway/cri';
import { SlipwayError } from '@slipway/errors';
import type { Claim } from '@slipway/records';
import type { TraceContext } from '@slipway/stage';
import { nowNanos } from '@slipway/time';
import { checkContainerBounds } from '../bounds.js';
import type { Call, Gateway } from '../context.js';
import { findContainer, requireContainer, requireSandbox } from '../ids.js';
import { findImage, requireImage } from '../image/find-image.js';
import { containerOperation, createOnce } from '../operations.js';
import type { RuntimeRpcs } from '../server/rpc-table.js';
import { undoCreation } from '../undo-creation.js';
import { discardContainer } from './remove-container.js';

/** Makes a container: find its image, let the builder make the bundle, let the executor create it. */
export const createContainer: RuntimeRpcs['createContainer'] = async (gateway, request, call) => {
  const { config } = request;
  if (!config?.metadata?.name) throw new SlipwayError('INVALID_REQUEST', 'config.metadata.name is empty');
  checkContainerBounds(config);
  const image = requireImage(gateway, config.image?.image ?? '');
  // Awaited where it is needed, so that an error of the sandbox is reported first.
  image.catch(() => undefined);
  const sandbox = await requireSandbox(gateway, request.podSandboxId);
  const key = containerOperation(sandbox.id, config.metadata);
  const id = await createOnce(gateway, call, {
    key,
    exists: 'CONTAINER_EXISTS',
    stands: async (made) => (await findContainer(gateway, made)) !== undefined,
    made: async () => {
      const records = await gateway.records.containers.list();
      return records.find((record) => record.operation === key && record.phase !== ContainerPhase.CONTAINER_INTENT)?.id;
    },
    make: (claim) =>
      gateway.nri.during(() => makeContainer(gateway, { request, config, sandbox, image, key }, call, claim)),
  });
  return { containerId: id };
};

interface Wish {
  request: CreateContainerRequest;
  config: ContainerConfig;
  sandbox: SandboxRecord;
  image: Promise<ImageRecord>;
  key: string;
}

async function makeContainer(gateway: Gateway, wish: Wish, call: Call, { id }: Claim): Promise<void> {
  const { request, config, sandbox, key } = wish;
  const { trace } = call;
  requireReady(sandbox);
  const image = await wish.image;
  const handler = await gateway.handlers.resolve(sandbox.handler);
  const volumeImages = await findVolumeImages(gateway, config);
  const createdAt = nowNanos();
  const container: Partial<ContainerRecord> = {
    id,
    sandboxId: sandbox.id,
    config,
    handler: sandbox.handler,
    phase: ContainerPhase.CONTAINER_INTENT,
    createdAt,
    imageId: image.id,
    imageRef: image.repoDigests[0] ?? image.id,
    logPath: logPath(request),
    resources: config.linux?.resources,
    operation: key,
    // From here on garbage collection keeps these layers.
    layers: [image, ...Object.values(volumeImages)].flatMap(({ layers }) => layers.map(({ diffId }) => diffId)),
  };
  await gateway.records.containers.put(id, container);
  try {
    const targetPid = await findTargetPid(gateway, config, sandbox);
    const building = gateway.builder.buildBundle(
      { container, sandbox, image, handler, volumeImages, targetPid },
      { operation: id, trace },
    );
    building.catch(() => undefined);
    // The image may have been removed just before the record protected its layers. Then the bundle fails as well, and
    // the missing image is the error to report.
    const still = requireImage(gateway, image.id);
    await building.catch(() => still);
    await still;
    const built = await building;
    await showToPlugins(gateway, sandbox, ContainerRecord.create({ ...container, ...built }), trace);
    await gateway
      .executor(sandbox.handler)
      .createContainer({ container: { ...container, ...built } }, { operation: id, trace });
    const now = await gateway.records.sandboxes.get(sandbox.id);
    requireReady(now ?? { ...sandbox, phase: SandboxPhase.SANDBOX_REMOVING });
    await gateway.nri.happened('postCreateContainer', id);
  } catch (error) {
    call.log.info({ err: error, container: id, sandbox: sandbox.id }, 'container could not be made; undoing');
    await undoCreation(gateway, {
      ...{ key, object: `container ${id}`, id, createdAt, table: gateway.records.containers },
      discard: () => discardContainer(gateway, { id, handler: sandbox.handler }, trace),
    });
    throw error;
  }
}

/** Plugins see a container before it is created, change it, or refuse it; a refusal is followed by its removal event. */
async function showToPlugins(
  gateway: Gateway,
  sandbox: SandboxRecord,
  container: ContainerRecord,
  trace: TraceContext,
): Promise<void> {
  try {
    const resources = await gateway.nri.createContainer(sandbox, container, trace);
    if (resources === container.resources) return;
    await gateway.records.containers.transition(container.id, (now) => ({ ...now, resources }));
  } catch (error) {
    await gateway.nri.removeContainer(container);
    throw error;
  }
}

function requireReady(sandbox: SandboxRecord): void {
  if (sandbox.phase === SandboxPhase.SANDBOX_READY) return;
  const why = sandbox.reason ? `: ${sandbox.reason}` : '';
  throw new SlipwayError('SANDBOX_NOT_READY', `the sandbox is not ready${why}`, { object: `sandbox ${sandbox.id}` });
}

function logPath({ config, sandboxConfig }: CreateContainerRequest): string {
  const directory = sandboxConfig?.logDirectory;
  return directory && config?.logPath ? `${directory.replace(/\/+$/, '')}/${config.logPath}` : '';
}

/** The images that are mounted as volumes, by the reference in the mount. */
async function findVolumeImages(gateway: Gateway, config: ContainerConfig): Promise<Record<string, ImageRecord>> {
  const images: Record<string, ImageRecord> = {};
  for (const { image, containerPath } of config.mounts) {
    if (!image?.image) continue;
    const found = await findImage(gateway, image.image);
    if (!found) {
      throw new SlipwayError('IMAGE_VOLUME', `the image ${image.image} of the volume at ${containerPath} is not there`);
    }
    images[image.image] = found;
  }
  return images;
}

/** The init of the container whose pid namespace is joined; 0 where none is. */
async function findTargetPid(gateway: Gateway, config: ContainerConfig, sandbox: SandboxRecord): Promise<number> {
  const options = config.linux?.securityContext?.namespaceOptions;
  if (options?.pid !== NamespaceMode.TARGET) return 0;
  const target = await requireContainer(gateway, options.targetId);
  if (target.sandboxId !== sandbox.id || target.phase !== ContainerPhase.CONTAINER_PHASE_RUNNING) {
    throw new SlipwayError('CONTAINER_STATE', 'the target must run in the same sandbox', {
      object: `container ${target.id}`,
    });
  }
  return target.pid;
}
