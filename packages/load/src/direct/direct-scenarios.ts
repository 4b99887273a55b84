import type { Settings } from '@slipway/config';
import { SlipwayError } from '@slipway/errors';
import type { Operation, Scenario } from '../scenario.js';
import { nodeImage } from '@slipway/node-client';
import { noImage } from '@slipway/node-client';
import type { BenchOptions } from '../request/bench-options.js';
import { chosen } from '../request/chosen.js';
import { waitingContainer } from './container-shape.js';
import { type DirectParts, DirectScenario } from './direct-scenario.js';
import { bundleLife, containerLife, podLife, sandboxDown, sandboxUp } from './pod-life.js';
import { pulls } from './pulls.js';
import { type DirectStage, operationsOfDirect } from '../request/targets.js';
import { whole } from '../request/whole.js';

const untimed = <T>(_name: string, work: () => Promise<T>): Promise<T> => work();

/** The load test of one stage of the node, or of the pipeline behind its gateway. */
export function directScenario(stage: DirectStage, options: BenchOptions, settings: Settings): Scenario {
  const operations = operationsOfDirect(stage);
  const names = chosen(options.operation, operations, operations.slice(0, 1));
  const handler = options.handler ?? settings.runtime.defaultHandler;
  const called = handler === 'auto' ? 'the default handler' : `the handler ${handler}`;
  const made = scenarioOf[stage](names, options, called);
  return new DirectScenario({ stage, settings, handler, ...made });
}

type Made = Pick<ConstructorParameters<typeof DirectScenario>[0], 'about' | 'watched' | 'operations'>;

const scenarioOf: Record<DirectStage, (names: string[], options: BenchOptions, handler: string) => Made> = {
  puller: (_names, options) => {
    const { layers, size } = imageShape(options, 4);
    if (options.reference !== undefined && (options.rate !== undefined || Number(options.concurrency ?? 1) > 1)) {
      throw new SlipwayError(
        'INVALID_REQUEST',
        '--reference is one image: one caller can pull and remove it at a time',
        {
          hint: 'leave --rate and --concurrency out, or --reference',
        },
      );
    }
    const what = options.reference ?? `images of ${layers} layers of ${size} KiB from the null registry`;
    return {
      about: `PullImage and RemoveImage of ${what}, on the puller's subjects`,
      watched: (name) => name.startsWith('puller'),
      operations: (parts) => pulls(parts, { layers, size, reference: options.reference }),
    };
  },

  builder: (_names, options, handler) => {
    const { layers, size } = imageShape(options, 20);
    const mounts = mountsOf(options, 30);
    return {
      about: `BuildBundle and RemoveBundle for ${handler} on the builder's subjects: ${layers} layers, ${mounts} mounts`,
      watched: (name) => name.startsWith('builder'),
      operations: async (parts) => {
        const pods = await parts.pods();
        const image = await parts.pull(await parts.nullReference(layers, size, 'bundle'));
        const sandbox = await sandboxUp(pods, false, untimed);
        const shape = waitingContainer(pods, image, mounts);
        return [{ name: 'bundle', run: ({ step }) => bundleLife(pods, sandbox, shape, step) }];
      },
    };
  },

  executor: (names, options, handler) => ({
    about: `${names.join(', ')} of ${handler} on its executor's subjects; bundles are the builder's`,
    watched: (name, used) => name.startsWith(`executor.${used}-`),
    operations: async (parts) => {
      const pods = await parts.pods();
      const shape = waitingContainer(pods, noImage, mountsOf(options, 0));
      const network = !options.hostNetwork;
      const standing = names.includes('container') ? await sandboxUp(pods, network, untimed) : undefined;
      const all: Record<string, Operation['run']> = {
        pod: ({ step }) => podLife(pods, network, shape, step),
        sandbox: async ({ step }) => sandboxDown(pods, await sandboxUp(pods, network, step), step),
        ...(standing ? { container: ({ step }) => containerLife(pods, standing, shape, step) } : {}),
      };
      return names.flatMap((name) => (all[name] ? [{ name, run: all[name] }] : []));
    },
  }),

  pipeline: (_names, options, handler) => {
    const { layers, size } = imageShape(options, 4);
    const mounts = mountsOf(options, 0);
    const what = options.image ?? `an image of ${layers} layers of ${size} KiB`;
    return {
      about: `pods of ${what} through builder and the executor of ${handler}, without gRPC; ${mounts} mounts`,
      watched: (name) => !name.startsWith('gateway'),
      operations: async (parts) => {
        const pods = await parts.pods();
        const image = await pipelineImage(parts, options.image, layers, size);
        const shape = waitingContainer(pods, image, mounts);
        return [{ name: 'pod', run: ({ step }) => podLife(pods, !options.hostNetwork, shape, step) }];
      },
    };
  },
};

/** An image that is on the node stays there; what had to be pulled is removed at the end. */
async function pipelineImage(parts: DirectParts, name: string | undefined, layers: number, size: number) {
  if (name === undefined) return await parts.pull(await parts.nullReference(layers, size, 'pod'));
  try {
    return await nodeImage(parts.node, name);
  } catch (error) {
    if (!(error instanceof SlipwayError && error.code === 'IMAGE_NOT_FOUND')) throw error;
    return await parts.pull(name);
  }
}

/** The bounds are the null registry's. */
function imageShape(options: BenchOptions, layers: number): { layers: number; size: number } {
  return {
    layers: whole('--layers', options.layers ?? String(layers), 127),
    size: whole('--size', options.size, 1 << 20),
  };
}

function mountsOf(options: BenchOptions, mounts: number): number {
  return whole('--mounts', options.mounts ?? String(mounts), 1000);
}
