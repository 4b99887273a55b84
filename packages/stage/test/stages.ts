import assert from 'node:assert/strict';
import { after, afterEach, before } from 'node:test';
import { Puller } from '@slipway/contracts';
import { isSlipwayError } from '@slipway/errors';
import { type RunningServer, startNats } from '@slipway/test-servers';
import { pino } from 'pino';
import { type Bus, connectBus, serveStage, type StageServer } from '../src/index.js';

export const log = pino({ level: 'silent' });
export const sleep = (ms: number): Promise<void> => new Promise((wake) => setTimeout(wake, ms));
export const hasCode = (code: string) => (error: unknown) => isSlipwayError(error) && error.code === code;

export type Handlers = Parameters<typeof serveStage<typeof Puller>>[2]['handlers'];
/** Handlers that fail the test. */
export const unused: Handlers = {
  pullImage: () => assert.fail('not called'),
  removeImage: () => assert.fail('not called'),
  imageFsInfo: () => assert.fail('not called'),
  loadImages: () => assert.fail('not called'),
  explainImage: () => assert.fail('not called'),
  inspectImage: () => assert.fail('not called'),
  verifyImage: () => assert.fail('not called'),
  collectGarbage: () => assert.fail('not called'),
};

/** Pullers on a real NATS, and a gateway that calls them. */
export class Stages {
  #nats: RunningServer | undefined;
  #caller: Bus | undefined;
  readonly #open: Bus[] = [];

  /** Starts NATS before the tests of the suite that this is called in; pullers end after each. */
  static use(): Stages {
    const stages = new Stages();
    before(async () => {
      stages.#nats = await startNats();
      stages.#caller = await connectBus({ url: stages.url, node: 'n1', role: 'gateway' });
    });
    afterEach(async () => {
      for (const bus of stages.#open.splice(0)) await bus.close();
    });
    after(async () => {
      await stages.#caller?.close();
      await stages.#nats?.stop();
    });
    return stages;
  }

  /** NATS' own. */
  get url(): string {
    assert.ok(this.#nats);
    return this.#nats.url;
  }

  get caller(): Bus {
    assert.ok(this.#caller);
    return this.#caller;
  }

  async serve(
    handlers: Partial<Handlers>,
    node = 'n1',
    concurrency = 64,
    drained = false,
  ): Promise<{ bus: Bus; server: StageServer }> {
    const bus = await connectBus({ url: this.url, node, role: 'puller' });
    this.#open.push(bus);
    const server = await serveStage(bus, Puller, {
      handlers: { ...unused, ...handlers },
      version: '1.0.0',
      log,
      concurrency,
      drained,
      beatMs: 50,
    });
    return { bus, server };
  }
}
