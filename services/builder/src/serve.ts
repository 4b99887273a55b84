import { slipwayVersion } from '@slipway/config';
import { Builder } from '@slipway/contracts';
import { LayerStore } from '@slipway/layers';
import type { RunningService, ServiceParts } from '@slipway/service';
import { serveStage } from '@slipway/stage';
import { adjustBundle } from './bundle/adjust-bundle.js';
import { AppArmor } from './host/apparmor.js';
import { buildBundle } from './bundle/build-bundle.js';
import { buildInfraBundle } from './bundle/build-infra-bundle.js';
import { CdiDevices } from './host/cdi-devices.js';
import type { BuilderContext } from './context.js';
import { describeBundle } from './bundle/describe-bundle.js';
import { hostFacts } from './host/host-facts.js';
import { removeBundle } from './bundle/remove-bundle.js';
import { removeOldBundles } from './bundle/remove-old-bundles.js';

/** The bundle stage on the bus. */
export async function serveBuilder(
  parts: Pick<ServiceParts, 'settings' | 'bus' | 'log' | 'metadata' | 'drained' | 'observe'> & {
    records: Pick<ServiceParts['records'], 'withLock'>;
  },
): Promise<RunningService> {
  const { settings, bus, records, log } = parts;
  const layers = new LayerStore(settings.root);
  const apparmor = new AppArmor();
  const context: BuilderContext = {
    settings,
    layers,
    host: hostFacts,
    cdi: new CdiDevices(),
    apparmor,
    withLock: records.withLock,
    log,
  };
  // The first container need not wait for the probes.
  hostFacts();
  apparmor.load().catch((error: unknown) => log.error({ err: error }, 'the default AppArmor profile was not loaded'));
  const server = await serveStage(bus, Builder, {
    version: slipwayVersion,
    concurrency: settings.stage.concurrency,
    beatMs: settings.stage.beatMs,
    metadata: parts.metadata,
    drained: parts.drained,
    observe: parts.observe,
    log,
    handlers: {
      buildBundle: (request, call) => buildBundle(request, { ...context, log: call.log }, call),
      buildInfraBundle: (request, call) => buildInfraBundle(request, { ...context, log: call.log }, call),
      describeBundle: (request) => describeBundle(request, context),
      adjustBundle: (request, call) => adjustBundle(request, { ...context, log: call.log }, call),
      removeBundle: (request, call) => removeBundle(request, { ...context, log: call.log }, call),
    },
  });
  // Behind the first answers: it reads a file of each bundle.
  const ending = new AbortController();
  const tidied = removeOldBundles(context, ending.signal);
  return {
    stage: server,
    drain: async () => {
      ending.abort();
      await server.drain();
      await tidied;
    },
  };
}
