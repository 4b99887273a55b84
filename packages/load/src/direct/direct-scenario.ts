import type { Settings } from '@slipway/config';
import { type ImageRecord, Puller } from '@slipway/contracts';
import { SlipwayError } from '@slipway/errors';
import type { Operation, Scenario, WatchedProcess } from '../scenario.js';
import { type NullRegistry, startNullRegistry } from '@slipway/null-registry';
import { type StageClient, stageClient } from '@slipway/stage';
import { connectNode, type Node } from '@slipway/node-client';
import { readyDefaultHandler } from '@slipway/node-client';
import { callMs, StagePods } from '@slipway/node-client';
import { benchOrigin, benchRepository } from './bench-origin.js';
import { removeDeadBenches } from './dead-benches.js';
import { nodeProcesses } from '../node-processes.js';
import type { DirectStage } from '../request/targets.js';

/** A pull may be long: the puller gives up by itself when no byte comes. Milliseconds. */
const pullMs = 600_000;

/** The parts of a stage's load test, once the node is reached. */
export interface DirectParts {
  node: Node;
  puller: StageClient<typeof Puller>;
  /** Sandboxes and containers of the handler; connects to its executor when first asked. */
  pods(): Promise<StagePods>;
  /** Pulls an image and counts it among those which are removed at the end. */
  pull(reference: string): Promise<ImageRecord>;
  /** Removes one before the end. */
  removeImage(id: string): Promise<void>;
  /** An image of the null registry, which is started when first asked. */
  nullReference(layers: number, kilobytes: number, tag: string): Promise<string>;
}

export interface DirectOptions {
  stage: DirectStage;
  settings: Settings;
  /** Or auto, as in the settings. */
  handler: string;
  /** In a sentence: what one operation is. */
  about: string;
  /** Processes of `slipway up` that do the work, with pods of the handler where there are any. */
  watched: (name: string, handler: string | undefined) => boolean;
  /** Readies what the operations need. */
  operations(parts: DirectParts, signal: AbortSignal): Promise<Operation[]>;
}

/** Loads stages of a node directly on their NATS subjects, without its gateway. */
export class DirectScenario implements Scenario {
  readonly stage: string;
  readonly target: string;
  readonly about: string;
  operations: readonly Operation[] = [];
  #node: Awaited<ReturnType<typeof connectNode>> | undefined;
  #pods: Promise<StagePods> | undefined;
  #registry: Promise<NullRegistry> | undefined;
  readonly #images = new Set<string>();

  constructor(readonly options: DirectOptions) {
    this.stage = options.stage;
    this.about = options.about;
    this.target = `${options.stage} of ${options.settings.node}`;
  }

  async prepare(signal: AbortSignal): Promise<void> {
    const node = await connectNode(this.options.settings);
    this.#node = node;
    await removeDeadBenches(node);
    const puller = stageClient(node.bus, Puller);
    this.operations = await this.options.operations(
      {
        node,
        puller,
        pods: () => (this.#pods ??= this.#openPods(node)),
        pull: async (reference) => {
          const { image } = await puller.pullImage({ reference }, { timeoutMs: pullMs });
          if (!image) throw new SlipwayError('INTERNAL', 'the puller answered without an image', { stage: 'puller' });
          this.#images.add(image.id);
          return image;
        },
        removeImage: async (id) => {
          await puller.removeImage({ id }, { timeoutMs: callMs });
          this.#images.delete(id);
        },
        nullReference: async (layers, kilobytes, tag) => {
          this.#registry ??= startNullRegistry();
          return `${(await this.#registry).host}/${benchRepository(layers, kilobytes)}:${tag}`;
        },
      },
      signal,
    );
  }

  async processes(): Promise<WatchedProcess[]> {
    const handler = (await this.#pods)?.handler.name;
    return nodeProcesses(this.options.settings.state, (name) => this.options.watched(name, handler)) ?? [];
  }

  /** Takes all away that can be, and tells what could not. */
  async cleanUp(): Promise<void> {
    const node = this.#node;
    if (!node) return;
    const failures: string[] = [];
    try {
      const pods = await this.#pods?.catch(() => undefined);
      failures.push(...((await pods?.clear()) ?? []));
      const puller = stageClient(node.bus, Puller);
      for (const id of this.#images) {
        await puller.removeImage({ id }, { timeoutMs: callMs }).catch((error: unknown) => {
          failures.push(`image ${id}: ${(error as Error).message}`);
        });
      }
    } finally {
      await (await this.#registry)?.stop();
      await node.close();
    }
    if (failures.length === 0) return;
    throw new SlipwayError('INTERNAL', `what the load test made could not be removed: ${failures.join('; ')}`, {
      hint: 'the next slipway bench of a stage tries again',
    });
  }

  async #openPods({ bus, records }: Node): Promise<StagePods> {
    return new StagePods(bus, records, await readyDefaultHandler(bus, this.options.handler), benchOrigin);
  }
}
