import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { isInstalled, type LoadedSettings, type Settings } from '@slipway/config';
import { SlipwayError } from '@slipway/errors';
import { execve, lowerOomScore, setInherited } from '@slipway/linux';
import type { Logger } from '@slipway/telemetry';
import { type Control, openControl } from './control/control.js';
import { releaseHost } from './host/release-host.js';
import { limitStart, renew } from './upgrade/renew.js';
import { Fleet } from './fleet.js';
import { type HandOver, handOverFormat, takeHandOver, type UpgradeOrder, writeHandOver } from './hand-over.js';
import { HeldSockets } from './held-sockets.js';
import { ensureKeys, ensureRedisKeys, publishCallerKeys } from './keys.js';
import { makeRecordDirectories } from './record-directories.js';
import type { NatsHub } from './hub-files.js';
import { natsServer } from './nats-server.js';
import { endOrphanServices } from './orphan-services.js';
import { endOrphans } from './orphans.js';
import type { Role } from './permissions.js';
import type { SupervisedProcess } from './process.js';
import type { ProcessSpec } from './process-spec.js';
import { redisPrograms, redisServer, redisSocket } from './redis-server.js';
import { type Endpoints, gatewaySockets, groupPlans } from './services.js';
import { prepareServers } from './spawn-process.js';
import { lockState } from './state-lock.js';
import { StateReserve } from './state-reserve.js';

/** Milliseconds between two looks whether room can be kept in the state directory. */
const reserveMs = 5000;

export interface UpOptions {
  loaded: LoadedSettings;
  /** Reads the settings again, after a command has changed them. Throws INVALID_CONFIG. */
  reload: () => LoadedSettings;
  log: Logger;
  /** Stops all of it. */
  signal: AbortSignal;
  /** Gets the services' log lines; default: they write to this process's stderr. */
  output?: (line: string) => void;
  /** Called once, when the settings can be read again from then on: see Control. */
  reloadable?: (reload: () => Promise<void>) => void;
  /** Called once, when every process is ready. */
  ready?: (socket: string) => void;
  /** Variables for the program that this process becomes in an upgrade, besides process.env. Default none. */
  environment?: Readonly<Record<string, string>>;
}

/**
 * Runs a whole node until `signal`: NATS and Redis (unless the settings name others),
 * then the services. Resolves when all of it has ended, services first. Containers are
 * not touched: conmon holds them, and the next start finds them.
 *
 * An upgrade replaces the files of this program while it runs. So nothing that is used from here is imported later.
 * @throws INVALID_CONFIG when another supervisor has the state directory or a server is not installed
 */
export async function up(options: UpOptions): Promise<void> {
  // NATS and Redis inherit it as well.
  lowerOomScore(-999);
  const { loaded, log, signal } = options;
  const { settings } = loaded;
  prepareServers();
  mkdirSync(settings.state, { recursive: true, mode: 0o711 });
  mkdirSync(settings.root, { recursive: true, mode: 0o711 });
  const unlock = lockState(settings.state);
  const reserve = new StateReserve(settings.state, log);
  reserve.release();
  const endpoints: Endpoints = { natsUrl: settings.nats.url, redisUrl: settings.redis.url, keys: {}, redisKeys: {} };
  let control: Control | undefined;
  const handOver = takeHandOver();
  const sockets = new HeldSockets(log);
  sockets.takeFromSystemd(process.env);
  for (const { path, fd, own } of handOver?.sockets ?? []) sockets.adopt(path, fd, own);
  const fleet = new Fleet({
    loaded,
    endpoints,
    log,
    sockets,
    handOver,
    output: options.output,
    observer: {
      up: (process) => control?.up(process),
      lost: (process, instance) => control?.lost(process, instance),
    },
  });
  const aborted = new Promise<'aborted'>((resolve) => {
    if (signal.aborted) resolve('aborted');
    signal.addEventListener('abort', () => resolve('aborted'), { once: true });
  });

  const ending = new AbortController();
  let keeping: NodeJS.Timeout | undefined;
  try {
    const natsMoved = (url: string): void => {
      fleet.natsMoved(url);
      control?.natsMoved();
    };
    await endOrphanServices(settings.state, log, ending.signal);
    makeRecordDirectories(settings, log);
    openEarly(settings, sockets, log);
    const { servers, reconfigured } = await privateServers(loaded, endpoints, log, natsMoved, ending.signal, handOver);
    if ((await Promise.race([fleet.startServers(servers), aborted])) === 'aborted') return;
    for (const server of fleet.servers) if (server.adopted && reconfigured.has(server.spec.name)) reconfigure(server);
    const open = (): Control => openControl({ fleet, reload: options.reload, log, become });
    const become = async (command: string, order: UpgradeOrder): Promise<void> => {
      await control?.close();
      if (signal.aborted) return;
      try {
        becomeOther(command, fleet, order, options.environment ?? {});
      } catch (error) {
        log.error({ err: error, ...order }, 'this process cannot become another supervisor: the node is as it was');
        fleet.resume();
        fleet.tellUpgrade({ ...order, state: 'failed', error: String(error) });
        control = open();
      }
    };
    control = open();
    options.reloadable?.(async () => await control?.reload());
    const endLimit = handOver && limitStart(fleet, handOver.upgrade, log);
    const started = await Promise.race([fleet.startServices(), aborted]);
    endLimit?.();
    if (started === 'aborted') return;
    reserve.keep();
    keeping = setInterval(() => reserve.keep(), reserveMs);
    keeping.unref();
    options.ready?.(settings.gateway.socket);
    if (handOver) await Promise.race([renew(fleet, handOver.upgrade, log, signal), aborted]);
    await aborted;
  } finally {
    if (signal.aborted) log.info('stopping services; containers keep running');
    ending.abort();
    clearInterval(keeping);
    await control?.close();
    await fleet.stop();
    sockets.close();
    await releaseHost(settings, log);
    unlock();
  }
}

/** Has a server that runs follow another configuration. NATS reads it again, Redis has to be started again. */
function reconfigure(server: SupervisedProcess): void {
  if (server.spec.name === 'nats') server.signal('SIGHUP');
  else server.restart();
}

/** Runs the command of another installation in this process, which goes on with everything that runs. Returns only by throwing. */
function becomeOther(
  command: string,
  fleet: Fleet,
  upgrade: UpgradeOrder,
  more: Readonly<Record<string, string>>,
): void {
  const left = fleet.handOver();
  const variable = writeHandOver({ format: handOverFormat, upgrade, ...left });
  const children = [...left.servers, ...left.members].flatMap(({ remains }) => remains.child ?? []);
  const fds = [
    ...left.sockets.map(({ fd }) => fd),
    ...children.flatMap(({ channel, output }) => [...(channel ? [channel.fd] : []), ...output]),
  ];
  for (const fd of fds) setInherited(fd, true);
  try {
    const env: Record<string, string> = { ...more, ...variable };
    for (const [name, value] of Object.entries(process.env)) if (value !== undefined) env[name] ??= value;
    execve(command, [command, ...process.argv.slice(2)], env);
  } finally {
    for (const fd of fds) setInherited(fd, false);
  }
}

/** Opens the gateways' sockets before anything of the node is up: a kubelet that connects waits, and is not refused. */
function openEarly(settings: Settings, sockets: HeldSockets, log: Logger): void {
  const gateways = groupPlans(settings).find(({ stage }) => stage === 'gateway')?.instances ?? 0;
  const plans = Array.from({ length: gateways }, (_, instance) => gatewaySockets(settings, instance)).flat();
  for (const path of sockets.unused(plans.map((plan) => plan.path)))
    log.warn(
      { socket: path },
      'systemd opened a socket that no gateway serves: slipway.socket must name gateway.socket',
    );
  for (const plan of plans.filter(({ shared }) => !shared))
    sockets.open(plan).catch((error: unknown) => log.debug({ err: error, socket: plan.path }, 'not opened yet'));
}

/** The servers of our own, where they are, entered into `endpoints`, and those that run and have another configuration now. */
async function privateServers(
  loaded: LoadedSettings,
  endpoints: Endpoints,
  log: Logger,
  moved: (url: string) => void,
  signal: AbortSignal,
  handOver: HandOver | undefined,
): Promise<{ servers: ProcessSpec[]; reconfigured: ReadonlySet<string> }> {
  const { settings } = loaded;
  const specs: ProcessSpec[] = [];
  const running = new Map(handOver?.servers.map(({ name, remains }) => [name, remains.child?.pid]));
  const reconfigured = new Set<string>();
  await endOrphans(
    // A Redis that runs shows its socket, which older versions have in another place.
    [
      join(settings.state, 'nats.conf'),
      join(settings.state, 'redis.conf'),
      join(settings.state, 'redis.sock'),
      redisSocket(settings.state),
    ],
    [...running.values()].filter((pid) => pid !== undefined),
    log,
  );
  if (settings.nats.url !== '' && settings.nats.hub.length > 0) {
    throw new SlipwayError(
      'INVALID_CONFIG',
      'nats.hub: the private server joins it, and nats.url names another server',
      {
        hint: 'leave one of them empty; a NATS of your own is joined to a hub in its own configuration',
      },
    );
  }
  if (settings.nats.url === '') {
    requireServer(['nats-server'], 'nats.url');
    const keys = ensureKeys(settings.state);
    if (!handOver) publishCallerKeys(settings.state, keys);
    const {
      url,
      spec,
      reconfigured: again,
    } = await natsServer({
      state: settings.state,
      node: settings.node,
      keys,
      maxPayloadBytes: settings.nats.maxPayloadBytes,
      hub: hubOf(settings),
      log,
      running: running.get('nats') === undefined ? undefined : handOver?.nats,
      moved,
    });
    if (again) reconfigured.add(spec.name);
    endpoints.natsUrl = url;
    endpoints.keys = Object.fromEntries(keys.map(({ role, file }) => [role, file])) as Record<Role, string>;
    specs.push(spec);
  }
  if (settings.redis.url === '') {
    requireServer(redisPrograms, 'redis.url');
    const redisKeys = ensureRedisKeys(settings.state, settings.node);
    const isRunning = running.get('redis') !== undefined;
    const { url, spec, reconfigured: again } = redisServer(settings, redisKeys, log, signal, isRunning);
    if (again) reconfigured.add(spec.name);
    endpoints.redisUrl = url;
    endpoints.redisKeys = Object.fromEntries(redisKeys.map(({ role, file }) => [role, file]));
    specs.push(spec);
  }
  return { servers: specs, reconfigured };
}

function hubOf({ nats }: Settings): NatsHub | undefined {
  return nats.hub.length === 0 ? undefined : { urls: nats.hub, credentials: nats.hubCredentials, ca: nats.hubCa };
}

function requireServer(programs: readonly string[], setting: string): void {
  if (programs.some(isInstalled)) return;
  throw new SlipwayError('INVALID_CONFIG', `${programs.join(' or ')} is not installed`, {
    hint: `install Debian's ${programs[0]}, or set ${setting} to one that runs`,
  });
}
