import { ContainerPhase, type ContainerRecord } from '@slipway/contracts';
import { type Container, ContainerState, containerView } from '@slipway/nri';
import { parseSpec } from '@slipway/oci-spec';
import type { Init } from '@slipway/protobuf';
import type { Gateway } from '../context.js';

const states = new Map<ContainerPhase, Container['state']>([
  [ContainerPhase.CONTAINER_INTENT, ContainerState.CONTAINER_UNKNOWN],
  [ContainerPhase.CONTAINER_PHASE_CREATED, ContainerState.CONTAINER_CREATED],
  [ContainerPhase.CONTAINER_PHASE_RUNNING, ContainerState.CONTAINER_RUNNING],
]);

/** Containers as NRI plugins see them: the record, with what stands in config.json. */
export class ContainerViews {
  /** What stands in config.json changes at the creation alone. */
  readonly #specs = new Map<string, Init<Container>>();

  constructor(readonly gateway: Pick<Gateway, 'builder' | 'log'>) {}

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

  /** What stands in config.json is another by now, or not needed any more. */
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
      // A bundle that is being taken down: plugins are told what the record knows.
      this.gateway.log.debug({ err: error, container: id }, 'no config.json to tell NRI plugins of');
      return {};
    }
  }
}
