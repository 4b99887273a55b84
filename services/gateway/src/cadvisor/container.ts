import type { Init } from '@slipway/protobuf';
import type { Gateway } from '../context.js';
import { requireContainer, requireSandbox } from '../ids.js';
import type { Container, GetContainerRequest, GetContainerResponse } from './gen/containers.js';

/** The label by which cAdvisor tells a pod, whose network it reads, from its containers (containerd's CRI plugin sets it). */
const kindLabel = 'io.cri-containerd.kind';
/** The type URL of an OCI runtime spec as JSON in containerd. */
const specType = 'types.containerd.io/opencontainers/runtime-spec/1/Spec';

/**
 * Describes the container or sandbox of a cgroup whose name holds the id.
 *
 * The labels are those that the kubelet gave; it makes the labels `container`, `pod` and `namespace` of its metrics of
 * them. The spec is there because cAdvisor reads environment variables from it where it is asked to; Slipway shows none.
 *
 * @throws SlipwayError CONTAINER_NOT_FOUND or SANDBOX_NOT_FOUND
 */
export async function getContainer(gateway: Gateway, { id }: GetContainerRequest): Promise<Init<GetContainerResponse>> {
  return { container: await describe(gateway, id) };
}

async function describe(gateway: Gateway, id: string): Promise<Init<Container>> {
  const spec = { typeUrl: specType, value: Buffer.from(JSON.stringify({ ociVersion: '1.0.2', process: { env: [] } })) };
  if (await gateway.records.sandboxes.get(id)) {
    const { config, handler, createdAt } = await requireSandbox(gateway, id);
    const labels = { ...config?.labels, [kindLabel]: 'sandbox' };
    return { id, labels, runtime: { name: handler }, spec, createdAt: time(createdAt) };
  }
  const { config, handler, createdAt, imageRef } = await requireContainer(gateway, id);
  const labels = { ...config?.labels, [kindLabel]: 'container' };
  const image = config?.image?.userSpecifiedImage || config?.image?.image || imageRef;
  return { id, labels, image, runtime: { name: handler }, spec, createdAt: time(createdAt) };
}

/** google.protobuf.Timestamp of nanoseconds since the epoch. */
function time(nanoseconds: bigint): { seconds: bigint; nanos: number } {
  return { seconds: nanoseconds / 1_000_000_000n, nanos: Number(nanoseconds % 1_000_000_000n) };
}
