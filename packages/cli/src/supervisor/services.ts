import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { HandlerSettings, LoadedSettings, Settings } from '@slipway/config';
import { SlipwayError } from '@slipway/errors';
import type { ProcessSpec } from './process.js';

export type Stage = 'gateway' | 'puller' | 'builder' | 'executor';
/** A directory of services/: what a process of a stage runs. */
export type Program = Stage | 'null-executor';

/** A small young generation and less code kept: 103 MB for four services instead of 143. */
export const nodeFlags = ['--max-semi-space-size=1', '--optimize-for-size'];

/** What the supervisor knows better than files and flags. */
export interface Endpoints {
  natsUrl: string;
  redisUrl: string;
  /** The seed file of each role; missing where nats.nkeyFile was set by the operator. */
  keys: Partial<Record<Stage, string>>;
}

/** The processes that the settings ask for, image stage first so that the gateway finds its stages. */
export function serviceSpecs(loaded: LoadedSettings, endpoints: Endpoints): ProcessSpec[] {
  const { settings } = loaded;
  const handlers = Object.entries(settings.runtime.handlers).filter(([, handler]) => handler.enabled);
  const specs: ProcessSpec[] = [];
  const add = (
    stage: Stage,
    name: string,
    count: number,
    own: (instance: number) => string[] = () => [],
    program: Program = stage,
  ): void => {
    for (let instance = 0; instance < count; instance++) {
      // A port of 0 is any free one; else each process has the next.
      const port = settings.http.port === 0 ? 0 : settings.http.port + specs.length;
      specs.push({
        name: `${name}-${instance}`,
        command: process.execPath,
        args: [...nodeFlags, entryOf(program), ...own(instance), ...handedOn(loaded, endpoints, stage, port)],
        // Longer than a service's own patience with its running work.
        stopMs: 22_000,
      });
    }
  };
  add('puller', 'puller', settings.scale.puller);
  add('builder', 'builder', settings.scale.builder);
  for (const [name, handler] of handlers) {
    if (!canRun(handler)) continue;
    add('executor', `executor.${name}`, settings.scale.executor, () => ['--handler', name], executorProgram(handler));
  }
  add('gateway', 'gateway', settings.scale.gateway, (instance) => [
    '--gateway.socket',
    gatewaySocket(settings, instance),
    // Plugins are told of what goes through one gateway.
    ...(instance > 0 ? ['--nri.enabled', 'false'] : []),
  ]);
  return specs;
}

/** What an executor of the handler runs: nothing of a real one is in the null one. */
export function executorProgram({ kind }: Pick<HandlerSettings, 'kind'>): Program {
  return kind === 'null' ? 'null-executor' : 'executor';
}

/** Whether the handler's binary is on this machine; kind null has none. */
export function canRun({ kind, path }: Pick<HandlerSettings, 'kind' | 'path'>): boolean {
  return kind === 'null' || isInstalled(path);
}

/** Where the nth gateway of a node serves: the first on gateway.socket, the others beside it. */
export function gatewaySocket(settings: Settings, instance: number): string {
  const { socket } = settings.gateway;
  return instance === 0 ? socket : `${socket}.${instance}`;
}

/** Handlers that are enabled and whose binary is not on this machine. */
export function missingHandlers(settings: Settings): string[] {
  const handlers = Object.entries(settings.runtime.handlers);
  return handlers.filter(([, handler]) => handler.enabled && !canRun(handler)).map(([name]) => name);
}

/**
 * Files and environment reach a service by themselves; flags, and what the supervisor
 * made, are handed on as flags.
 */
function handedOn(loaded: LoadedSettings, endpoints: Endpoints, stage: Stage, port: number): string[] {
  const args: string[] = [];
  const overridden = new Set(['nats.url', 'redis.url', 'http.port', 'gateway.socket', 'nri.enabled']);
  const key = endpoints.keys[stage];
  if (key !== undefined) overridden.add('nats.nkeyFile');
  for (const [path, source] of loaded.sources) {
    if (source.kind !== 'flag' || overridden.has(path)) continue;
    args.push(`--set`, `${path}=${wordAt(loaded.settings, path)}`);
  }
  if (existsSync(loaded.configPath)) args.push('--config', loaded.configPath);
  args.push('--nats.url', endpoints.natsUrl, '--redis.url', endpoints.redisUrl, '--http.port', String(port));
  if (key !== undefined) args.push('--nats.nkeyFile', key);
  return args;
}

function wordAt(settings: Settings, path: string): string {
  const handler = /^runtime\.handlers\.(.+)\.([A-Za-z]+)$/.exec(path);
  const steps = handler ? ['runtime', 'handlers', handler[1], handler[2]] : path.split('.');
  let at: unknown = settings;
  for (const step of steps) at = (at as Record<string, unknown>)[step as string];
  return Array.isArray(at) ? at.join(',') : String(at);
}

/** The directory that holds `packages` and `services`; the compiled and the bundled file lie at different depths. */
export function installationRoot(): string {
  for (let at = dirname(fileURLToPath(import.meta.url)); at !== '/'; at = dirname(at)) {
    if (existsSync(join(at, 'services')) && existsSync(join(at, 'packages'))) return at;
  }
  throw new SlipwayError('INVALID_CONFIG', 'the services are not beside this program', { hint: 'install it whole' });
}

export function entryOf(program: Program): string {
  const entry = join(installationRoot(), 'services', program, 'dist', 'main.mjs');
  if (!existsSync(entry)) {
    throw new SlipwayError('INVALID_CONFIG', `${entry} is missing`, { hint: "run 'node scripts/build.mjs'" });
  }
  return entry;
}

/** Whether a binary is there: a path, or a bare name in PATH and the sbin directories. */
export function isInstalled(path: string): boolean {
  const places = isAbsolute(path)
    ? [path]
    : [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'].map((directory) =>
        join(directory, path),
      );
  return places.some((place) => {
    try {
      accessSync(place, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
