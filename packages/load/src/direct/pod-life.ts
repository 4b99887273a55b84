import type { ContainerRecord, ImageRecord, SandboxRecord } from '@slipway/contracts';
import type { ContainerConfig } from '@slipway/cri';
import { SlipwayError } from '@slipway/errors';
import type { Iteration } from '../scenario.js';
import type { Init } from '@slipway/protobuf';
import { callMs, type StagePods } from '@slipway/node-client';

type Stepper = Iteration['step'];

/** The parts of a load test's containers. */
export interface ContainerShape {
  image: ImageRecord;
  config: Init<ContainerConfig>;
}

const timeoutMs = callMs;

/** Brings a sandbox up by builder and executor. A failed one is removed immediately. */
export async function sandboxUp(pods: StagePods, network: boolean, step: Stepper): Promise<SandboxRecord> {
  const sandbox = await pods.reserveSandbox(network);
  return await orRemoved(
    () => pods.removeSandbox(sandbox.id),
    async () => {
      const infraBundle = pods.needsInfra ? await step('BuildInfraBundle', () => pods.buildInfraBundle(sandbox)) : '';
      const { sandbox: made } = await step('CreateSandbox', () =>
        pods.executor.createSandbox({ sandbox, infraBundle }, { timeoutMs }),
      );
      if (!made) throw new SlipwayError('INTERNAL', 'the executor answered without a sandbox', { stage: 'executor' });
      return made;
    },
  );
}

export async function sandboxDown(pods: StagePods, { id }: SandboxRecord, step: Stepper): Promise<void> {
  await orRemoved(
    () => pods.removeSandbox(id),
    async () => {
      await step('StopSandbox', () => pods.executor.stopSandbox({ id }, { timeoutMs }));
      await step('RemoveSandbox', () => pods.executor.removeSandbox({ id }, { timeoutMs }));
      if (pods.needsInfra) await step('RemoveInfraBundle', () => pods.builder.removeBundle({ id }, { timeoutMs }));
      await pods.forgetSandbox(id);
    },
  );
}

/** The whole life of a container: built, created, started, stopped with ten seconds of grace, removed. */
export async function containerLife(
  pods: StagePods,
  sandbox: SandboxRecord,
  { image, config }: ContainerShape,
  step: Stepper,
): Promise<void> {
  const reserved = await pods.reserveContainer(sandbox, image, config);
  const { id } = reserved;
  await orRemoved(
    () => pods.removeContainer(id),
    async () => {
      const container = await step('BuildBundle', () => pods.buildBundle(reserved, sandbox, image));
      await step('CreateContainer', () => pods.executor.createContainer({ container }, { timeoutMs }));
      await step('StartContainer', () => pods.executor.startContainer({ id }, { timeoutMs }));
      await step('StopContainer', () => pods.executor.stopContainer({ id, graceSeconds: 10n }, { timeoutMs }));
      await step('RemoveContainer', () => pods.executor.removeContainer({ id }, { timeoutMs }));
      await step('RemoveBundle', () => pods.builder.removeBundle({ id }, { timeoutMs }));
      await pods.forgetContainer(id);
    },
  );
}

/** A bundle that nothing is run of. */
export async function bundleLife(
  pods: StagePods,
  sandbox: SandboxRecord,
  { image, config }: ContainerShape,
  step: Stepper,
): Promise<void> {
  const reserved: ContainerRecord = await pods.reserveContainer(sandbox, image, config);
  const { id } = reserved;
  await orRemoved(
    () => pods.removeContainer(id),
    async () => {
      await step('BuildBundle', () => pods.buildBundle(reserved, sandbox, image));
      await step('RemoveBundle', () => pods.builder.removeBundle({ id }, { timeoutMs }));
      await pods.forgetContainer(id);
    },
  );
}

/** A pod with one container. */
export async function podLife(pods: StagePods, network: boolean, shape: ContainerShape, step: Stepper): Promise<void> {
  const sandbox = await sandboxUp(pods, network, step);
  await orRemoved(
    () => pods.removeSandbox(sandbox.id),
    () => containerLife(pods, sandbox, shape, step),
  );
  await sandboxDown(pods, sandbox, step);
}

/** Leftovers of a failed operation are removed immediately, so that they do not slow later ones; else the end removes them. */
async function orRemoved<T>(remove: () => Promise<void>, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await remove().catch(() => undefined);
    throw error;
  }
}
