import { type ContainerRecord, type ImageRecord, SandboxPhase, type SandboxRecord } from '@slipway/contracts';
import type { ContainerMetrics, PodSandboxMetrics } from '@slipway/cri';
import type { Init } from '@slipway/protobuf';
import { takeTurns } from '@slipway/stage';
import type { Call, Gateway } from '../context.js';
import { shownImage } from '../convert/container.js';
import { collectWhatAnswers, type Samples } from '../stats/collect.js';
import { containersOf, groupBySandbox, selectSandboxes } from '../stats/select.js';
import { containerMetrics, evaluate, podMetrics } from './metrics.js';

/**
 * The metrics of each ready pod and of its live containers, to be encoded; other calls get their turn between two pods.
 * A pod that is not ready has none: its successor has the same names, and a scraper accepts no two series of one name.
 */
export async function* podSandboxMetrics(gateway: Gateway, call: Call): AsyncGenerator<Init<PodSandboxMetrics>> {
  const all = await selectSandboxes(gateway);
  const sandboxes = all.filter(({ phase }) => phase === SandboxPhase.SANDBOX_READY);
  const containers = await containersOf(gateway, sandboxes);
  const samples = await collectWhatAnswers(gateway, { containers, sandboxes, detail: true }, call);
  const images = new Map((await gateway.records.images.list()).map((image) => [image.id, image]));
  const groups = groupBySandbox(containers);
  const pause = takeTurns(call.signal);
  for (const sandbox of sandboxes) {
    await pause();
    const own = groups.get(sandbox.id) ?? [];
    yield {
      podSandboxId: sandbox.id,
      metrics: ofPod(sandbox, samples),
      containerMetrics: own.flatMap((container) =>
        ofContainer(container, sandbox, images.get(container.imageId), samples),
      ),
    };
  }
}

function ofPod({ id, config, createdAt }: SandboxRecord, samples: Samples): Init<PodSandboxMetrics>['metrics'] {
  const sample = samples.sandboxes.get(id);
  if (!sample?.detail) return [];
  const { cpu, memory, io } = sample.stats ?? {};
  const { name: pod = '', namespace = '' } = config?.metadata ?? {};
  return evaluate(
    podMetrics,
    { id: sample.detail.cgroup, name: id, image: '', container: '', pod, namespace },
    { detail: sample.detail, startedAt: createdAt, cpu, memory, io, interfaces: sample.interfaces },
  );
}

function ofContainer(
  record: ContainerRecord,
  sandbox: SandboxRecord,
  image: ImageRecord | undefined,
  samples: Samples,
): Init<ContainerMetrics>[] {
  const { id, config, handler } = record;
  const sample = samples.containers.get(id);
  if (!sample?.detail) return [];
  const { cpu, memory, io, writableLayer } = sample.stats ?? {};
  const { name: pod = '', namespace = '' } = sandbox.config?.metadata ?? {};
  const labels = {
    id: sample.detail.cgroup,
    name: id,
    image: shownImage(config?.image, image).image ?? '',
    container: config?.metadata?.name ?? '',
    pod,
    namespace,
  };
  const metrics = evaluate(containerMetrics, labels, {
    detail: sample.detail,
    startedAt: record.startedAt || record.createdAt,
    cpu,
    memory,
    io,
    writableLayer,
    fileSystem: samples.fileSystems.get(handler),
  });
  return [{ containerId: id, metrics }];
}
