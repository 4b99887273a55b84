import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { measureTree } from '@slipway/linux';
import type { Logger } from '@slipway/telemetry';
import { nowNanos } from '@slipway/time';

/** As `du` counts: blocks of 512 bytes, hard links once. `timestamp` in nanoseconds since the epoch. */
export interface LayerUsage {
  readonly timestamp: bigint;
  readonly bytes: number;
  readonly inodes: number;
}

interface Layer {
  upper: string;
  hosts: string;
  usage?: LayerUsage | undefined;
  /** Milliseconds of the process's clock before which it is not walked again. */
  due: number;
}

/** A layer is not walked again before this many milliseconds, and takes at most a hundredth of the time. */
const pauseMs = 10_000;
const pauseFactor = 100;

/**
 * Space that containers use in their upper directories. They are walked one after the other behind the callers' back, and
 * only while somebody asks; an answer is what the last walk found.
 */
export class WritableLayers {
  readonly #layers = new Map<string, Layer>();
  #walking: Promise<void> | undefined;
  readonly #closing = new AbortController();

  constructor(readonly log: Logger) {}

  /** The result of the last walk of a container's layer; undefined before the first. Asking makes the next one due. */
  read(id: string, bundle: string): LayerUsage | undefined {
    const layer = this.#layers.get(id) ?? { upper: join(bundle, 'upper'), hosts: join(bundle, 'hosts'), due: 0 };
    this.#layers.set(id, layer);
    if (performance.now() >= layer.due) this.#walk();
    return layer.usage;
  }

  /** Resolves when every layer that was asked for has been walked once, or the time is up. */
  async settle(limitMs: number): Promise<void> {
    if (!this.#walking || [...this.#layers.values()].every(({ usage }) => usage)) return;
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, limitMs);
    });
    await Promise.race([this.#walking, limit]);
    clearTimeout(timer);
  }

  /** Forgets the containers that are not among these. */
  keep(ids: ReadonlySet<string>): void {
    for (const id of this.#layers.keys()) if (!ids.has(id)) this.#layers.delete(id);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#walking;
  }

  #walk(): void {
    this.#walking ??= this.#walkDue()
      .catch((error: unknown) => {
        if (!this.#closing.signal.aborted) this.log.warn({ err: error }, 'writable layers were not measured');
      })
      .finally(() => {
        this.#walking = undefined;
      });
  }

  /** Those never walked come first: they have no answer at all yet. */
  async #walkDue(): Promise<void> {
    // The caller that made this due is answered first.
    await nextTurn();
    const due = (layer: Layer): boolean => performance.now() >= layer.due;
    const layers = [...this.#layers.values()].filter(due).toSorted((a, b) => a.due - b.due);
    for (const layer of layers) {
      const start = performance.now();
      let worked = 0;
      try {
        const { signal } = this.#closing;
        const { bytes, inodes, workedMs } = await measureTree(layer.upper, { signal });
        worked = workedMs;
        // The builder's /etc/hosts, where the client brought none: the container may write to it.
        const hosts = await measureTree(layer.hosts, { signal });
        layer.usage = { timestamp: nowNanos(), bytes: bytes + hosts.bytes, inodes: inodes + hosts.inodes };
      } finally {
        layer.due = start + Math.max(pauseMs, worked * pauseFactor);
      }
    }
  }
}
