import { setTimeout as sleep } from 'node:timers/promises';
import { servedHandlers, type Settings } from '@slipway/config';
import { Executor, type HandlerInfo, StageEvent } from '@slipway/contracts';
import { isSlipwayError, SlipwayError } from '@slipway/errors';
import { type Bus, stageClient } from '@slipway/stage';
import { deadlineIn, hasPassed, monotonicMs } from '@slipway/time';

/** How long an executor's description of itself is used. Milliseconds. */
const FRESH_MS = 1000;
/** How long a call waits for an executor that has just started and still tries its handler out. */
const PROBE_WAIT_MS = 30_000;
/** Time limit of an executor's description of itself: an idle one answers immediately, a loaded node takes seconds. */
const DESCRIBE_MS = 10_000;

interface Known {
  info?: HandlerInfo | undefined;
  asked: number;
  asking?: Promise<HandlerInfo | undefined> | undefined;
}

/** The runtime handlers of this node: those that are configured, and those whose executor said that it is up. */
export class Handlers {
  readonly #known = new Map<string, Known>();
  /** The handler that `auto` chose the last time that executors answered. */
  #chosen: string | undefined;
  #events: { unsubscribe(): void } | undefined;

  constructor(
    readonly bus: Bus,
    readonly settings: Settings,
  ) {}

  async open(): Promise<void> {
    for (const name of servedHandlers(this.settings)) this.#known.set(name, { asked: Number.NEGATIVE_INFINITY });
    this.#events = this.bus.subscribeEvents('stage', StageEvent, ({ stage, handler }) => {
      // Any executor event makes the cached description stale.
      if (stage === 'executor') this.#known.set(handler, { asked: Number.NEGATIVE_INFINITY });
    });
    await this.bus.connection.flush();
  }

  close(): void {
    this.#events?.unsubscribe();
  }

  /** The descriptions of all handlers with a running executor, in order of name. */
  async all(): Promise<HandlerInfo[]> {
    const infos = await Promise.all([...this.#known.keys()].map((name) => this.describe(name)));
    return infos.filter((info) => info !== undefined).toSorted((a, b) => a.name.localeCompare(b.name));
  }

  /** The description from a handler's executor; undefined when no executor answers. */
  async describe(name: string): Promise<HandlerInfo | undefined> {
    const known = this.#known.get(name) ?? { asked: Number.NEGATIVE_INFINITY };
    if (known.info && monotonicMs() - known.asked < FRESH_MS) return known.info;
    known.asking ??= this.#ask(name).finally(() => {
      known.asking = undefined;
    });
    known.info = await known.asking;
    known.asked = monotonicMs();
    if (known.info) this.#known.set(name, known);
    return known.info;
  }

  async #ask(name: string): Promise<HandlerInfo | undefined> {
    try {
      return await stageClient(this.bus, Executor, { handler: name }).describe({}, { timeoutMs: DESCRIBE_MS });
    } catch (error) {
      if (isSlipwayError(error) && ['STAGE_UNAVAILABLE', 'STAGE_STALLED', 'DEADLINE'].includes(error.code)) {
        return undefined;
      }
      throw error;
    }
  }

  /** The name of the handler that pods without a runtime class get. */
  async defaultName(): Promise<string> {
    const { defaultHandler } = this.settings.runtime;
    if (defaultHandler !== 'auto') return defaultHandler;
    const candidates = ['crun', 'runc'].filter((name) => this.#known.has(name));
    for (const name of candidates) {
      if (!(await this.#settled(name))?.ready) continue;
      this.#chosen = name;
      return name;
    }
    // No candidate answers. Keep the previous choice, because its executor is probably restarting.
    return this.#chosen ?? candidates.at(-1) ?? 'runc';
  }

  /**
   * The handler for a pod; the empty name is the default.
   * @throws SlipwayError UNKNOWN_HANDLER, HANDLER_NOT_READY, STAGE_UNAVAILABLE
   */
  async resolve(name: string): Promise<HandlerInfo> {
    const wanted = name || (await this.defaultName());
    const info = await this.#settled(wanted);
    if (info?.ready) return info;
    const object = `handler ${wanted}`;
    if (info) throw new SlipwayError('HANDLER_NOT_READY', info.reason, { stage: 'executor', object });
    if (servedHandlers(this.settings).includes(wanted)) {
      throw new SlipwayError('STAGE_UNAVAILABLE', `no executor of the handler ${wanted} runs`, {
        stage: 'executor',
        object,
      });
    }
    const others = (await this.all()).map((other) => other.name).join(', ');
    throw new SlipwayError('UNKNOWN_HANDLER', `unknown handler ${wanted}; this node has ${others || 'none'}`, {
      object,
    });
  }

  /** The handler's description once its trial is over. */
  async #settled(name: string): Promise<HandlerInfo | undefined> {
    const end = deadlineIn(PROBE_WAIT_MS);
    for (;;) {
      const info = await this.describe(name);
      if (info?.reason !== 'probing' || hasPassed(end)) return info;
      await sleep(50);
      const known = this.#known.get(name);
      if (known) known.asked = Number.NEGATIVE_INFINITY;
    }
  }
}
