import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { LoadedSettings } from '@slipway/config';
import { SlipwayError } from '@slipway/errors';
import type { Logger } from '@slipway/telemetry';
import { ensureKeys } from './keys.js';
import { natsServer } from './nats-server.js';
import { endOrphans } from './orphans.js';
import type { Role } from './permissions.js';
import { type ProcessSpec, SupervisedProcess } from './process.js';
import { redisServer } from './redis-server.js';
import { type Endpoints, isInstalled, missingHandlers, serviceSpecs } from './services.js';
import { removeUpState, writeUpState } from './state-file.js';
import { lockState } from './state-lock.js';

export interface UpOptions {
  loaded: LoadedSettings;
  log: Logger;
  /** Stops all of it. */
  signal: AbortSignal;
  /** Gets the services' log lines; default: they write to this process's stderr. */
  output?: (line: string) => void;
  /** Called once, when every process is ready. */
  ready?: (socket: string) => void;
}

/**
 * Runs a whole node until `signal`: NATS and Redis (unless the settings name others),
 * then the services. Resolves when all of it has ended, services first. Containers are
 * not touched: conmon holds them, and the next start finds them.
 * @throws INVALID_CONFIG when another supervisor has the state directory or a server is not installed
 */
export async function up(options: UpOptions): Promise<void> {
  const { loaded, log, signal } = options;
  const { settings } = loaded;
  mkdirSync(settings.state, { recursive: true, mode: 0o711 });
  mkdirSync(settings.root, { recursive: true, mode: 0o711 });
  const unlock = lockState(settings.state);
  const servers: SupervisedProcess[] = [];
  const services: SupervisedProcess[] = [];
  const endpoints: Endpoints = { natsUrl: settings.nats.url, redisUrl: settings.redis.url, keys: {} };
  let ready = false;
  const changed = (): void => {
    writeUpState(settings.state, {
      pid: process.pid,
      node: settings.node,
      socket: settings.gateway.socket,
      nats: endpoints.natsUrl,
      redis: endpoints.redisUrl,
      ready,
      processes: [...servers, ...services].map(({ spec, pid, state, restarts, http }) => {
        return { name: spec.name, pid, state, restarts, http };
      }),
    });
  };
  const supervise = (spec: ProcessSpec, into: SupervisedProcess[]): SupervisedProcess => {
    const child = new SupervisedProcess(spec, log, changed, options.output);
    into.push(child);
    return child;
  };
  const aborted = new Promise<'aborted'>((resolve) => {
    if (signal.aborted) resolve('aborted');
    signal.addEventListener('abort', () => resolve('aborted'), { once: true });
  });

  try {
    for (const spec of await privateServers(loaded, endpoints, log)) supervise(spec, servers);
    if ((await Promise.race([startAll(servers), aborted])) === 'aborted') return;
    for (const name of missingHandlers(settings)) {
      log.info(
        { handler: name, path: settings.runtime.handlers[name]?.path },
        'handler is not installed and is left out',
      );
    }
    for (const spec of serviceSpecs(loaded, endpoints)) supervise(spec, services);
    if ((await Promise.race([startAll(services), aborted])) === 'aborted') return;
    ready = true;
    changed();
    options.ready?.(settings.gateway.socket);
    await aborted;
  } finally {
    ready = false;
    if (signal.aborted) log.info('stopping services; containers keep running');
    // Gateways first: what they are in the middle of still needs the stages.
    const isGateway = ({ spec }: SupervisedProcess): boolean => spec.name.startsWith('gateway');
    await Promise.all(services.filter(isGateway).map((service) => service.stop()));
    await Promise.all(services.filter((service) => !isGateway(service)).map((service) => service.stop()));
    await Promise.all(servers.map((server) => server.stop()));
    removeUpState(settings.state);
    unlock();
  }
}

async function startAll(processes: readonly SupervisedProcess[]): Promise<'started'> {
  await Promise.all(processes.map((child) => child.start()));
  return 'started';
}

/** The servers of our own, and where they are, entered into `endpoints`. */
async function privateServers(loaded: LoadedSettings, endpoints: Endpoints, log: Logger): Promise<ProcessSpec[]> {
  const { settings } = loaded;
  const specs: ProcessSpec[] = [];
  await endOrphans(
    [join(settings.state, 'nats.conf'), join(settings.state, 'redis.sock'), join(settings.state, 'redis.conf')],
    log,
  );
  if (settings.nats.url === '') {
    requireServer('nats-server', 'nats.url');
    const keys = await ensureKeys(settings.state);
    const { url, spec } = await natsServer({
      state: settings.state,
      node: settings.node,
      keys,
      maxPayloadBytes: settings.nats.maxPayloadBytes,
    });
    endpoints.natsUrl = url;
    endpoints.keys = Object.fromEntries(keys.map(({ role, file }) => [role, file])) as Record<Role, string>;
    specs.push(spec);
  }
  if (settings.redis.url === '') {
    requireServer('redis-server', 'redis.url');
    const { url, spec } = redisServer(settings);
    endpoints.redisUrl = url;
    specs.push(spec);
  }
  return specs;
}

function requireServer(program: string, setting: string): void {
  if (isInstalled(program)) return;
  throw new SlipwayError('INVALID_CONFIG', `${program} is not installed`, {
    hint: `install Debian's ${program}, or set ${setting} to one that runs`,
  });
}
