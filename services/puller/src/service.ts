import { slipwayVersion } from '@slipway/config';
import { Puller, PullProgress } from '@slipway/contracts';
import { returnFreedMemory } from '@slipway/linux';
import type { RunningService, ServiceParts } from '@slipway/service';
import { serveStage } from '@slipway/stage';
import { openPeers } from './peers/open-peers.js';
import { openPuller } from './puller.js';

/** A long pull is not waited for at the end: the next puller goes on with it. */
const drainMs = 3000;
/** Downloads come and go in buffers of 64 KiB: what the last pull needed is not kept for the next. */
const keptFreeBytes = 128 * 1024;

/** Starts the image stage on a service's connections. */
export async function startPuller(service: ServiceParts): Promise<RunningService> {
  const { settings, bus, records, log } = service;
  returnFreedMemory(keptFreeBytes);
  const peers = await openPeers(service);
  const puller = await openPuller({
    settings,
    peers,
    records,
    log,
    publish: (progress) => bus.publishEvent('pull', PullProgress, progress),
  });
  puller.parts.stats.register(service.metrics);
  service.metrics.gauge(
    'puller_event_loop_blocked_max_seconds',
    'The longest time that the event loop was held up during pulls.',
    () => puller.loopWatch.maxSeconds,
  );
  const server = await serveStage(bus, Puller, {
    handlers: puller.handlers,
    version: slipwayVersion,
    log,
    concurrency: settings.stage.concurrency,
    beatMs: settings.stage.beatMs,
    metadata: service.metadata,
    drained: service.drained,
    observe: (call) => service.observe(call),
  });
  return {
    stage: server,
    drain: async () => {
      await server.drain(drainMs);
      await puller.close();
    },
  };
}
