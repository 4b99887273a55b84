import { ContainerPhase, type ContainerRecord } from '@slipway/contracts';
import { type Container, ContainerState, containerView } from '@slipway/nri';
import { parseSpec } from '@slipway/oci-spec';
import type { Init } from '@slipway/protobuf';
import type { GatewayParts } from '../parts.js';

const states = new Map<ContainerPhase, Container['state']>([
  [ContainerPhase.CONTAINER_INTENT, ContainerState.CONTAINER_UNKNOWN],
  [ContainerPhase.CONTAINER_PHASE_CREATED, ContainerState.CONTAINER_CREATED],
  [ContainerPhase.CONTAINER_PHASE_RUNNING, ContainerState.CONTAINER_RUNNING],
]);

/** Containers as NRI plugins see them: the record, with the content of config.json. */
export class ContainerViews {
  /** The content of config.json changes only at the creation. */
  readonly #specs = new Map<string, Init<Container>>();

  constructor(readonly gateway: Pick<GatewayParts, 'builder' | 'log'>) {}

  async of(record: ContainerRecord): Promise<Init<Container> & { id: string }> {
    const { config } = record;
    return {
      ...(await this.#spec(record.id)),
      id: record.id,
      podSandboxId: record.sandboxId,
      name: config?.metadata?.name,
      state: states.get(record.phase) ?? ContainerState.CONTAINER_STOPPED,
      labels: config?.labels,
      annotations: config?.annotations,
      pid: record.pid,
      createdAt: record.createdAt,
      startedAt: record.startedAt,
      finishedAt: record.finishedAt,
      exitCode: record.exitCode,
      statusReason: record.reason,
      statusMessage: record.message,
      CDIDevices: config?.CDIDevices,
      image: {
        name: config?.image?.userSpecifiedImage || config?.image?.image,
        digest: record.imageRef.split('@')[1],
        configDigest: record.imageId,
      },
    };
  }

  /** The content of config.json has changed, or is not needed any more. */
  forget(id: string): void {
    this.#specs.delete(id);
  }

  async #spec(id: string): Promise<Init<Container>> {
    const known = this.#specs.get(id);
    if (known) return known;
    try {
      const { config } = await this.gateway.builder.describeBundle({ id });
      const view = containerView(parseSpec(Buffer.from(config).toString()));
      this.#specs.set(id, view);
      return view;
    } catch (error) {
      // The bundle is being removed: plugins get the content of the record.
      this.gateway.log.debug({ err: error, container: id }, 'no config.json to tell NRI plugins of');
      return {};
    }
  }
}
