import { readFileSync } from 'node:fs';
import { SlipwayError } from '@slipway/errors';
import { type CriClient, criClient } from '@slipway/cri-client';
import { errorText } from '../error-code.js';
import type { Operation, Scenario, WatchedProcess } from '../scenario.js';
import { listenersOn } from '../socket-owner.js';
import { type CriOperationName, criOperations, needsStandingPod } from './cri-operations.js';
import { type Pod, type PodShape, podUp, untimed } from './kubelet-pod.js';
import { removeBenchPods } from './leftover-pods.js';

export interface CriScenarioOptions {
  stage: 'cri' | 'gateway';
  /** A path, or unix://path. */
  socket: string;
  operations: readonly CriOperationName[];
  shape: PodShape;
  /** Pods that stand while the test runs. Default none, one where an operation needs it. */
  standingPods?: number;
  /** The command of `exec`. */
  execCommand: string[];
  /** Processes to watch. Default: who listens on the socket. */
  processes?: readonly WatchedProcess[];
}

/** The pods that may be created concurrently before the test. */
const READY_AT_ONCE = 8;
/** A pull may be long: the runtime gives up by itself when no byte comes. */
const PULL_MS = 600_000;

/** Puts a CRI socket, whoever's it is, under the load of a kubelet. */
export class CriScenario implements Scenario {
  readonly stage: string;
  readonly target: string;
  readonly about: string;
  operations: readonly Operation[] = [];
  readonly #cri: CriClient;
  readonly #path: string;
  readonly #pods: Pod[] = [];
  #pulled = false;

  constructor(readonly options: CriScenarioOptions) {
    this.#path = options.socket.replace(/^unix:\/\//, '');
    this.stage = options.stage;
    this.target = this.#path;
    const handler = options.shape.handler ? ` on the handler ${options.shape.handler}` : '';
    this.about = `${options.operations.join(', ')} by gRPC through the socket${handler}`;
    this.#cri = criClient(this.#path);
  }

  async prepare(signal: AbortSignal): Promise<void> {
    const { options } = this;
    try {
      await this.#cri.version({}, { timeoutMs: 5000 });
    } catch (cause) {
      throw new SlipwayError('INVALID_REQUEST', `no CRI answers there: ${errorText(cause)}`, {
        object: this.target,
        hint: 'give the socket of a runtime that runs: --socket unix:///run/…',
        cause,
      });
    }
    await removeBenchPods(this.#cri, 'dead');
    const needed = options.operations.some(needsStandingPod) ? 1 : 0;
    const standing = Math.max(options.standingPods ?? 0, needed);
    if (standing > 0 || options.operations.includes('pod')) await this.#image();
    await makeAll(standing, READY_AT_ONCE, signal, async () => {
      this.#pods.push(await podUp(this.#cri, options.shape, untimed));
    });
    this.operations = criOperations(options.operations, {
      cri: this.#cri,
      shape: options.shape,
      command: options.execCommand,
      pods: this.#pods,
    });
  }

  /** Pulls the image where it is missing; it is removed again then. */
  async #image(): Promise<void> {
    const { image } = this.options.shape;
    if (image === '') {
      const { images } = await this.#cri.listImages({});
      const known = images.flatMap(({ repoTags }) => repoTags).slice(0, 10);
      throw new SlipwayError('INVALID_REQUEST', 'pods need an image: give one with --image', {
        object: this.target,
        hint: `this runtime has: ${known.join(', ') || 'none'}`,
      });
    }
    const { image: found } = await this.#cri.imageStatus({ image: { image } });
    if (found) return;
    await this.#cri.pullImage({ image: { image } }, { timeoutMs: PULL_MS });
    this.#pulled = true;
  }

  processes(): Promise<WatchedProcess[]> {
    if (this.options.processes) return Promise.resolve([...this.options.processes]);
    return Promise.resolve(listenersOn(this.#path).map((pid) => ({ name: processName(pid), pid })));
  }

  async cleanUp(): Promise<void> {
    try {
      await removeBenchPods(this.#cri, 'own').catch((error: unknown) => {
        // A socket that never answered has nothing of ours.
        if (this.operations.length > 0 || this.#pods.length > 0) throw error;
      });
      if (this.#pulled) await this.#cri.removeImage({ image: { image: this.options.shape.image } });
    } finally {
      this.#cri.close();
    }
  }
}

/** Calls `make` so many times, a few concurrently; stops when the signal is aborted. */
export async function makeAll(
  count: number,
  atOnce: number,
  signal: AbortSignal,
  make: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      if (signal.aborted) throw new SlipwayError('CANCELLED', 'interrupted before anything was measured');
      await make(next++);
    }
  };
  const all = await Promise.allSettled(Array.from({ length: Math.min(count, atOnce) }, worker));
  for (const one of all) if (one.status === 'rejected') throw one.reason;
}

export function processName(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return `pid ${pid}`;
  }
}
