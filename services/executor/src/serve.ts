import { slipwayVersion } from '@slipway/config';
import { Executor, LifecycleEvent } from '@slipway/contracts';
import type { RunningService, ServiceParts } from '@slipway/service';
import { serveStage } from '@slipway/stage';
import { containerHandlers } from './container/handlers.js';
import { HandlerProbe } from './probe/handler-probe.js';
import { startReaping } from './runtime/reaper.js';
import { createSandbox } from './sandbox/create.js';
import { closeSandboxes, openSandboxes } from './sandbox/open-sandboxes.js';
import { keepRecovering } from './sandbox/recover.js';
import { updatePodCidr } from './sandbox/pod-cidr.js';
import { removeSandbox } from './sandbox/remove.js';
import { stopSandbox } from './sandbox/stop.js';
import { updateSandbox } from './sandbox/update.js';
import { StatsCollector } from './stats/collector.js';
import { streamingHandlers } from './streaming/handlers.js';
import { Streaming } from './streaming/server.js';

/**
 * The run stage of one handler (`--handler`) on the bus. Ends of containers while no executor ran are in the records before the
 * first call is taken. Draining leaves every container as it is.
 */
export async function serveExecutor(
  parts: Pick<
    ServiceParts,
    'settings' | 'handler' | 'bus' | 'records' | 'log' | 'metrics' | 'metadata' | 'drained' | 'observe'
  >,
): Promise<RunningService> {
  const { settings, handler, bus, records, log } = parts;
  const reaping = startReaping();
  const context = await openSandboxes({
    settings,
    handler,
    records,
    log,
    publish: (kind, event) => bus.publishEvent(kind, LifecycleEvent, event),
  });
  await context.exits.start();
  const recovery = keepRecovering(context);
  const probe = await HandlerProbe.open(context, bus.instance, { knowsContainers: parts.drained });
  const stats = new StatsCollector(context);
  const streaming = new Streaming({ settings: settings.streaming, log, metrics: parts.metrics });
  const server = await serveStage(bus, Executor, {
    handler,
    version: slipwayVersion,
    concurrency: settings.stage.concurrency,
    beatMs: settings.stage.beatMs,
    metadata: parts.metadata,
    drained: parts.drained,
    observe: parts.observe,
    log,
    handlers: {
      describe: () => Promise.resolve(probe.describe()),
      createSandbox: async (request, call) => {
        await probe.requireUserNamespaces(request.sandbox?.config);
        return await createSandbox(context, request, call);
      },
      stopSandbox: (request, call) => stopSandbox(context, request, call),
      updateSandbox: (request, call) => updateSandbox(context, request, call),
      updatePodCidr: (request, call) => updatePodCidr(settings.network, request, call),
      removeSandbox: (request, call) => removeSandbox(context, request, call),
      ...containerHandlers(context),
      ...streamingHandlers(context, streaming),
      collectStats: (request, call) => stats.collect(request, call),
    },
  });
  return {
    stage: server,
    status: () => {
      const { version, path, ready, reason } = probe.describe();
      return { version, path, ready, reason, containers: context.exits.watching, streams: streaming.pending };
    },
    drain: async () => {
      await server.drain();
      await streaming.close('the executor restarts: connect again');
      await stats.close();
      recovery.close();
      await probe.close();
      await closeSandboxes(context);
      reaping.stop();
    },
  };
}
