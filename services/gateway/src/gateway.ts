import { join } from 'node:path';
import { Builder, Executor, Puller } from '@slipway/contracts';
import { SlipwayError } from '@slipway/errors';
import type { RunningService, ServiceParts } from '@slipway/service';
import { stageClient, type StageClient } from '@slipway/stage';
import { serveCadvisor } from './cadvisor/serve.js';
import type { Gateway } from './context.js';
import { Handlers } from './handlers.js';
import { imageService } from './image/index.js';
import { startJanitor } from './janitor.js';
import { Leftovers } from './leftovers.js';
import { Nri } from './nri/nri.js';
import { serveRecords } from './records/serve.js';
import { runtimeService } from './runtime/index.js';
import { CallLoad } from './server/call-load.js';
import { serveCri } from './server/grpc-server.js';
import { OpenCalls } from './server/open-calls.js';

/** Serves the CRI on the gateway's socket. */
export async function startGateway(parts: ServiceParts): Promise<RunningService> {
  const { settings, bus, records, log } = parts;
  const { stallMs } = settings.stage;
  const executors = new Map<string, StageClient<typeof Executor>>();
  const closing = new AbortController();
  const base: Omit<Gateway, 'nri'> = {
    settings,
    bus,
    records,
    log,
    puller: stageClient(bus, Puller, { stallMs }),
    builder: stageClient(bus, Builder, { stallMs }),
    executor(handler) {
      const client = executors.get(handler) ?? stageClient(bus, Executor, { handler, stallMs });
      executors.set(handler, client);
      return client;
    },
    handlers: new Handlers(bus, settings),
    leftovers: new Leftovers(log),
    load: new CallLoad(),
    openCalls: new OpenCalls(),
    closing: closing.signal,
  };
  const gateway: Gateway = { ...base, nri: new Nri(base) };
  await gateway.handlers.open();
  // Before the first call, so that no plugin of the node's own misses a pod.
  await gateway.nri.open();
  const janitor = startJanitor(gateway);
  const recordsServer = await serveRecords(gateway, parts);
  const server = await serveCri(gateway, { runtime: runtimeService, image: imageService }, parts.observe);
  const cadvisorSocket = join(settings.state, 'cadvisor.sock');
  const cadvisor = settings.gateway.cadvisor ? await serveCadvisor(gateway, cadvisorSocket, parts.observe) : undefined;
  log.info({ socket: settings.gateway.socket }, 'serving the CRI');
  return {
    stage: {
      // Connected clients get GOAWAY and find the next gateway on the same socket, and streams end.
      drain: async (timeoutMs) => {
        janitor.stop();
        closing.abort();
        await gateway.nri.closeSocket();
        await Promise.all([server.drain(timeoutMs), cadvisor?.drain(timeoutMs), recordsServer.drain(timeoutMs)]);
        // Plugins connect to the next gateway once this one has left them.
        await gateway.nri.close();
      },
      undrain: () => Promise.reject(new SlipwayError('UNSUPPORTED', 'a drained gateway is started again')),
      load: () => gateway.load.read(),
    },
    configure: (key, value) => {
      if (key !== 'runtime.defaultHandler') throw new SlipwayError('INVALID_CONFIG', `${key} cannot change live`);
      settings.runtime.defaultHandler = value;
      log.info({ handler: value }, 'the default handler is another one for new pods');
    },
    drain: async () => {
      janitor.stop();
      closing.abort();
      await Promise.all([server.drain(), cadvisor?.drain(), recordsServer.drain()]);
      await gateway.nri.close();
      gateway.leftovers.close();
      gateway.handlers.close();
    },
  };
}
