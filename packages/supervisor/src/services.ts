import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type ProcessRights, processRights } from '@slipway/capabilities';
import {
  type ConfiguredExecutor,
  configuredExecutors,
  type HandlerSettings,
  installationRoot,
  isInstalled,
  type LoadedSettings,
  type Settings,
  slipwayVersion,
  valueAt,
} from '@slipway/config';
import { SlipwayError } from '@slipway/errors';
import { groupId } from '@slipway/linux';
import { capabilitiesOf } from '@slipway/runtime-kinds';
import { nodeFlags, type Program, type Stage, stageNames, stages } from '@slipway/stages';
import type { Role } from './permissions.js';
import type { SocketPlan } from './held-sockets.js';
import type { ProcessSpec } from './process-spec.js';

/** Settings that the supervisor knows better than files and flags. */
export interface Endpoints {
  natsUrl: string;
  redisUrl: string;
  /** The file with user and password for Redis of each role; missing where redis.url was set by the operator. */
  redisKeys: Partial<Record<Role, string>>;
  /** The seed file of each role; missing where nats.nkeyFile was set by the operator. */
  keys: Partial<Record<Role, string>>;
}

/** A stage, or an executor, and the wanted number of its processes. */
export interface GroupPlan {
  /** puller, builder, gateway or executor.<name>: what its processes are called, before their number. */
  name: string;
  stage: Stage;
  /** Set for executors. */
  executor?: ConfiguredExecutor;
  instances: number;
  drained: boolean;
}

/** The groups that the settings ask for; those that clients connect to come last, so that they find the stages that they call. */
export function groupPlans(settings: Settings): GroupPlan[] {
  const executors = configuredExecutors(settings).filter((executor) => executor.enabled && canRun(executor));
  const plansOf = (stage: Stage): GroupPlan[] =>
    stages[stage].perHandler
      ? executors.map((executor) => {
          const { name, instances, drained } = executor;
          return { name: `${stage}.${name}`, stage, executor, instances, drained };
        })
      : [{ name: stage, stage, instances: settings.scale[stage], drained: false }];
  return stageNames
    .toSorted((one, other) => Number(stages[other].called) - Number(stages[one].called))
    .flatMap(plansOf);
}

/** How one process of a group is started. `port` is that of its health, 0 for any free one. */
export function serviceSpec(
  loaded: LoadedSettings,
  endpoints: Endpoints,
  { name, stage, executor }: GroupPlan,
  instance: number,
  port: number,
): ProcessSpec {
  const program = executor ? executorProgram(executor) : stage;
  const args = [...nodeFlags(program), entryOf(program), ...handedOn(loaded, endpoints, stage, port)];
  // The last word counts: an executor of its own binary is one whatever flags we were given.
  if (executor) args.push(...executorFlags(executor));
  if (stage === 'gateway') args.push('--gateway.socket', gatewaySocket(loaded.settings, instance));
  // Plugins see the calls of one gateway only, and the kubelet's cAdvisor asks one.
  if (stage === 'gateway' && instance > 0) args.push('--nri.enabled', 'false', '--gateway.cadvisor', 'false');
  const sockets = stage === 'gateway' ? gatewaySockets(loaded.settings, instance) : [];
  // Longer than a service's own patience with its running work.
  return {
    name: `${name}-${instance}`,
    command: process.execPath,
    args,
    sockets,
    rights: () => rightsOf(stage, loaded.settings),
    version: slipwayVersion,
    stopMs: 22_000,
  };
}

/**
 * The rights of a service. NRI plugins that the gateway starts need what they need: it is root then, and has all to give to
 * them, system calls too. Where the site's Redis has a unix socket that is closed to others, the gateway is root, too, without capabilities.
 */
function rightsOf(stage: Stage, settings: Settings): ProcessRights {
  const own = processRights[stage];
  if (stage !== 'gateway') return own;
  const { user: _, ...asRoot } = own;
  const { nri, redis } = settings;
  if (nri.enabled && hasEntries(nri.pluginDir)) {
    const { systemCalls: __, ...unfiltered } = asRoot;
    return { ...unfiltered, capabilities: 'all' };
  }
  return isClosedSocket(redis.url) ? asRoot : own;
}

function isClosedSocket(url: string): boolean {
  if (!url.startsWith('unix://')) return false;
  const mode = statSync(url.slice('unix://'.length), { throwIfNoEntry: false })?.mode ?? 0;
  return (mode & 0o002) === 0;
}

function hasEntries(directory: string): boolean {
  try {
    return readdirSync(directory).length > 0;
  } catch {
    return false;
  }
}

function executorFlags({ name, handler, path, options }: ConfiguredExecutor): string[] {
  const flags = ['--handler', handler];
  if (name === handler) return flags;
  flags.push('--set', `runtime.handlers.${handler}.path=${path}`);
  if (options) flags.push('--set', `runtime.handlers.${handler}.options=${options.join(',')}`);
  return flags;
}

/** The program of a handler's executor: one that runs nothing shares nothing with a real one. */
export function executorProgram({ kind }: Pick<HandlerSettings, 'kind'>): Program {
  return capabilitiesOf(kind).runsContainers ? 'executor' : 'null-executor';
}

/** Whether the handler's binary is on this machine; a kind that runs nothing has none. */
export function canRun({ kind, path }: Pick<HandlerSettings, 'kind' | 'path'>): boolean {
  return !capabilitiesOf(kind).runsContainers || isInstalled(path);
}

/** Where the nth gateway of a node serves: the first on gateway.socket, the others beside it. */
export function gatewaySocket(settings: Settings, instance: number): string {
  const { socket } = settings.gateway;
  return instance === 0 ? socket : `${socket}.${instance}`;
}

/** The listening sockets of the nth gateway of a node, which the supervisor holds. */
export function gatewaySockets(settings: Settings, instance: number): SocketPlan[] {
  const { cadvisor, socketGroup, socketMode } = settings.gateway;
  const plans: SocketPlan[] = [
    {
      name: 'cri',
      path: gatewaySocket(settings, instance),
      mode: Number.parseInt(socketMode, 8),
      ...(socketGroup === '' ? {} : { gid: groupId(socketGroup) }),
    },
  ];
  if (instance > 0) return plans;
  if (cadvisor) plans.push({ name: 'cadvisor', path: join(settings.state, 'cadvisor.sock'), mode: 0o600 });
  const { nri } = settings;
  if (nri.enabled) plans.push({ name: 'nri', path: nri.socket, mode: 0o700, directoryMode: 0o700, shared: true });
  return plans;
}

/** Executors that are enabled and whose binary is not on this machine. */
export function missingExecutors(settings: Settings): ConfiguredExecutor[] {
  return configuredExecutors(settings).filter((executor) => executor.enabled && !canRun(executor));
}

/**
 * Files and environment reach a service by themselves; flags, and what the supervisor
 * made, are handed on as flags.
 */
function handedOn(loaded: LoadedSettings, endpoints: Endpoints, stage: Stage, port: number): string[] {
  const args: string[] = [];
  const overridden = new Set([
    'nats.url',
    'redis.url',
    'http.port',
    'gateway.socket',
    'gateway.cadvisor',
    'nri.enabled',
  ]);
  const key = endpoints.keys[stage];
  if (key !== undefined) overridden.add('nats.nkeyFile');
  const redisKey = endpoints.redisKeys[stage];
  if (redisKey !== undefined) overridden.add('redis.credentials');
  for (const [path, source] of loaded.sources) {
    if (source.kind !== 'flag' || overridden.has(path)) continue;
    args.push(`--set`, `${path}=${wordAt(loaded.settings, path)}`);
  }
  if (existsSync(loaded.configPath)) args.push('--config', loaded.configPath);
  args.push('--nats.url', endpoints.natsUrl, '--redis.url', endpoints.redisUrl, '--http.port', String(port));
  if (key !== undefined) args.push('--nats.nkeyFile', key);
  if (redisKey !== undefined) args.push('--redis.credentials', redisKey);
  return args;
}

function wordAt(settings: Settings, path: string): string {
  const value = valueAt(settings, path);
  return Array.isArray(value) ? value.join(',') : String(value);
}

export function entryOf(program: Program): string {
  const entry = join(installationRoot(), 'services', program, 'dist', 'main.mjs');
  if (!existsSync(entry)) {
    throw new SlipwayError('INVALID_CONFIG', `${entry} is missing`, { hint: "run 'node scripts/build.mjs'" });
  }
  return entry;
}
