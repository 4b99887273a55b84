import { servedHandlers, type Settings } from '@slipway/config';
import { Executor, type HandlerInfo, StageEvent } from '@slipway/contracts';
import { isSlipwayError, SlipwayError } from '@slipway/errors';
import { type Bus, stageClient } from '@slipway/stage';
import { deadlineIn, hasPassed, monotonicMs } from '@slipway/time';

/** How long an executor's word about itself is taken for true. Milliseconds. */
const FRESH_MS = 1000;
/** How long a call waits for an executor that has just started and still tries its handler out. */
const PROBE_WAIT_MS = 30_000;
/** For an executor's word about itself: one that does nothing else answers at once, a loaded node takes seconds. */
const DESCRIBE_MS = 10_000;

interface Known {
  info?: HandlerInfo | undefined;
  asked: number;
  asking?: Promise<HandlerInfo | undefined> | undefined;
}

/** The runtime handlers of this node: those that are configured, and those whose executor said that it is up. */
export class Handlers {
  readonly #known = new Map<string, Known>();
  /** What `auto` came to the last time that it could tell. */
  #chosen: string | undefined;
  #events: { unsubscribe(): void } | undefined;

  constructor(
    readonly bus: Bus,
    readonly settings: Settings,
  ) {}

  async open(): Promise<void> {
    for (const name of servedHandlers(this.settings)) this.#known.set(name, { asked: Number.NEGATIVE_INFINITY });
    this.#events = this.bus.subscribeEvents('stage', StageEvent, ({ stage, handler }) => {
      // Whatever happened to it, what was known of it is old now.
      if (stage === 'executor') this.#known.set(handler, { asked: Number.NEGATIVE_INFINITY });
    });
    await this.bus.connection.flush();
  }

  close(): void {
    this.#events?.unsubscribe();
  }

  /** What each handler with a living executor says of itself, in order of name. */
  async all(): Promise<HandlerInfo[]> {
    const infos = await Promise.all([...this.#known.keys()].map((name) => this.describe(name)));
    return infos.filter((info) => info !== undefined).toSorted((a, b) => a.name.localeCompare(b.name));
  }

  /** What a handler's executor says of itself; undefined when none answers. */
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
    // None answers: the one that did is probably about to come back.
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

  /** What the handler says once its probe is over. */
  async #settled(name: string): Promise<HandlerInfo | undefined> {
    const end = deadlineIn(PROBE_WAIT_MS);
    for (;;) {
      const info = await this.describe(name);
      if (info?.reason !== 'probing' || hasPassed(end)) return info;
      await new Promise((wake) => setTimeout(wake, 50));
      const known = this.#known.get(name);
      if (known) known.asked = Number.NEGATIVE_INFINITY;
    }
  }
}
