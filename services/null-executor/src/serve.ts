import { slipwayVersion } from '@slipway/config';
import { Executor, LifecycleEvent } from '@slipway/contracts';
import { SlipwayError } from '@slipway/errors';
import type { RunningService, ServiceParts } from '@slipway/service';
import { serveStage } from '@slipway/stage';
import {
  createContainer,
  removeContainer,
  reopenContainerLog,
  startContainer,
  stopContainer,
  updateContainer,
} from './container.js';
import type { NullContext } from './context.js';
import { describe } from './describe.js';
import { createSandbox, removeSandbox, stopSandbox, updateSandbox } from './sandbox.js';

/**
 * An executor that keeps the run stage's contract and runs nothing: its sandboxes and containers are records that
 * move through their phases. What the other stages cost shows when this one costs nothing. There
 * is nothing to recover at a start, because nothing can have ended meanwhile.
 */
export async function serveNullExecutor(
  parts: Pick<ServiceParts, 'settings' | 'handler' | 'bus' | 'records' | 'log' | 'metadata' | 'drained' | 'observe'>,
): Promise<RunningService> {
  const { settings, handler, bus, records, log } = parts;
  if (settings.runtime.handlers[handler]?.kind !== 'null') {
    throw new SlipwayError('INVALID_CONFIG', `the handler ${JSON.stringify(handler)} is not one of kind null`, {
      hint: `set runtime.handlers.${handler || '<name>'}.kind = "null", or start slipway executor for a real one`,
    });
  }
  const context: NullContext = {
    settings,
    handler,
    records,
    publish: (kind, event) => bus.publishEvent(kind, LifecycleEvent, event),
  };
  log.warn('this handler runs nothing: its pods and containers are records alone');
  const server = await serveStage(bus, Executor, {
    handler,
    version: slipwayVersion,
    concurrency: settings.stage.concurrency,
    beatMs: settings.stage.beatMs,
    metadata: { ...parts.metadata, kind: 'null' },
    drained: parts.drained,
    observe: parts.observe,
    log,
    handlers: {
      describe: () => Promise.resolve(describe(context, bus.instance)),
      createSandbox: (request, call) => createSandbox(context, request, call),
      stopSandbox: (request, call) => stopSandbox(context, request, call),
      updateSandbox: (request, call) => updateSandbox(context, request, call),
      updatePodCidr: refuse('write CNI lists', handler),
      removeSandbox: (request, call) => removeSandbox(context, request, call),
      createContainer: (request, call) => createContainer(context, request, call),
      startContainer: (request, call) => startContainer(context, request, call),
      stopContainer: (request) => stopContainer(context, request),
      updateContainer: (request, call) => updateContainer(context, request, call),
      removeContainer: (request, call) => removeContainer(context, request, call),
      reopenContainerLog: (request) => reopenContainerLog(context, request),
      execSync: refuse('run commands', handler),
      exec: refuse('run commands', handler),
      attach: refuse('attach to anything', handler),
      portForward: refuse('forward ports', handler),
      // A sample of nothing is none (CollectStatsResponse).
      collectStats: () => Promise.resolve({}),
    },
  });
  return {
    stage: server,
    // There is nothing whose end could be watched for.
    status: () => ({
      version: slipwayVersion,
      path: '',
      ready: true,
      reason: 'kind null: it runs nothing',
      containers: 0,
      streams: 0,
    }),
    drain: () => server.drain(),
  };
}

function refuse(what: string, handler: string): () => Promise<never> {
  return () =>
    Promise.reject(
      new SlipwayError('UNSUPPORTED', `a handler of kind null has no process and cannot ${what}`, {
        object: `handler ${handler}`,
        hint: 'it is for load tests; use a handler of another kind',
      }),
    );
}
