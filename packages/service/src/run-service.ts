import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadSettings, type Settings } from '@slipway/config';
import { isSlipwayError, SlipwayError } from '@slipway/errors';
import { lowerOomScore } from '@slipway/linux';
import { connectRecords, redisAccess, type Records } from '@slipway/records';
import {
  type Bus,
  type CallerKeys,
  type CallObservation,
  connectBus,
  readCallerKeys,
  type StageLoad,
} from '@slipway/stage';
import type { Stage } from '@slipway/stages';
import {
  createLogger,
  type HttpOptions,
  type HttpServer,
  type Logger,
  Metrics,
  type Reasons,
  serveHttp,
} from '@slipway/telemetry';
import { connectPatiently } from './patience.js';
import { obeySupervisor, onSupervisorGone, tellSupervisor } from './supervisor.js';
import { limitSystemCalls } from './system-calls.js';
import type { ExecutorStatus, ServiceStatus, SupervisorCommand } from './supervisor-channel.js';

/** The parts of every service: its settings and its open connections. */
export interface ServiceParts {
  readonly settings: Settings;
  /** The runtime handler that this process serves; empty but for executors. */
  readonly handler: string;
  readonly bus: Bus;
  readonly records: Records;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** For `StageOptions.metadata`: where this instance's health and metrics are. */
  readonly metadata: Record<string, string>;
  /** For `StageOptions.drained`: the supervisor wants it to begin without work. */
  readonly drained: boolean;
  /** For `StageOptions.observe`. */
  readonly observe: (call: CallObservation) => void;
}

export interface RunningService {
  /** A stage that can be drained, undrained and asked for its load, as a StageServer. */
  readonly stage?: Drainable;
  /** Reports of executors besides their load. */
  status?(): ExecutorStatus;
  /** Takes over a setting, by its dotted key, that changes live. Throws INVALID_CONFIG for one that cannot. */
  configure?(key: string, value: string): void;
  /** Takes no new work and waits, for a bounded time, for what is running. */
  drain(): Promise<void>;
  /** Reasons why the service is not ready; called at each /readyz. */
  ready?(): Reasons | Promise<Reasons>;
}

/** A service's share of the work: see StageServer of @slipway/stage. */
export interface Drainable {
  drain(timeoutMs?: number): Promise<void>;
  undrain(): Promise<void>;
  load(): StageLoad;
}

export interface ServiceDescription {
  /** The role on the bus and in Redis, too. */
  stage: Stage;
  readonly start: (parts: ServiceParts) => Promise<RunningService>;
}

/** Milliseconds that a service has from SIGTERM until it ends in any case. */
const DRAIN_MS = 20_000;

/**
 * The main of a service: reads settings and flags, connects, serves health and
 * metrics, starts the work, and on SIGTERM, SIGINT or the end of its supervisor
 * drains and exits 0. A start that fails is logged with its hint and exits 1.
 */
export function runService(description: ServiceDescription): void {
  main(description).catch((error: unknown) => {
    const log = createLogger({ stage: description.stage });
    log.fatal({ err: error }, isSlipwayError(error) ? error.describe() : 'could not start');
    process.exit(1);
  });
}

/** As containerd's and CRI-O's units have it: pods are killed before what holds them. */
const OOM_SCORE = -999;

async function main({ stage, start }: ServiceDescription): Promise<void> {
  lowerOomScore(OOM_SCORE);
  let started: (service: RunningService) => void = () => undefined;
  const service = new Promise<RunningService>((resolve) => {
    started = resolve;
  });
  obeySupervisor(service.then((running) => (command) => obey(running, command, log)));
  const { settings, rest } = loadSettings({ argv: process.argv.slice(2) });
  const flags = parseFlags([...rest]);
  const handler = flags.handler ?? '';
  const log = createLogger({
    stage,
    level: settings.log.level,
    ...(handler ? { handler } : {}),
    ...(flags.instance ? { instance: flags.instance } : {}),
  });
  limitSystemCalls(stage, log);
  if (!settings.nats.url || !settings.redis.url) {
    throw new SlipwayError('INVALID_CONFIG', 'a service by itself needs nats.url and redis.url', {
      hint: 'set both, or run slipway up, which brings its own servers',
    });
  }
  const metrics = new Metrics({ stage, ...(handler ? { handler } : {}) });
  const stop = stopRequested();
  process.on('SIGHUP', () => reloadLevel(log));
  const waitsFor: Reasons = {};
  let connected: [Bus, Records] | undefined;
  let running: RunningService | undefined;
  // Before the connections: who asks meanwhile hears what is waited for.
  const http: HttpServer = await openHttp(log, {
    address: settings.http.address,
    port: settings.http.port,
    metrics,
    ready: async () => ({
      ...waitsFor,
      ...(connected && (await connections(...connected))),
      ...(await readiness(running)),
    }),
  });
  // Neither waits for the other: an instance that is started is waited for.
  const connecting = Promise.all([
    connectPatiently(
      () =>
        connectBus({
          url: settings.nats.url,
          node: settings.node,
          role: stage,
          nkeyFile: keyFile(settings, stage),
          callers: callerKeys(settings, stage),
          instance: flags.instance,
          connectTimeoutMs: 0,
        }),
      { name: 'nats', log, reasons: waitsFor },
    ),
    connectPatiently(
      () =>
        connectRecords({
          url: settings.redis.url,
          node: settings.node,
          root: settings.root,
          state: settings.state,
          access: redisAccess(settings, settings.redis.url, stage),
          reserveBytes: settings.disk.reserveBytes,
          log,
        }),
      { name: 'redis', log, reasons: waitsFor },
    ),
  ]);
  connected = await Promise.race([connecting, stop]);
  if (!connected) {
    log.info('ending before it had a connection');
    process.exit(0);
  }
  const [bus, records] = connected;
  running = await start({
    settings,
    handler,
    bus,
    records,
    log,
    metrics,
    metadata: { http: `http://${http.address}:${http.port}` },
    drained: process.env['SLIPWAY_DRAINED'] === '1',
    observe: ({ method, queuedMs, workedMs, error }) =>
      metrics.observe({ method, outcome: error ?? 'ok', seconds: (queuedMs + workedMs) / 1000 }),
  });
  log.info({ http: http.port }, 'ready');
  started(running);
  tellSupervisor({ state: 'ready', http: `http://${http.address}:${http.port}`, instance: bus.instance });
  await stop;
  log.info('draining');
  tellSupervisor({ state: 'draining' });
  const forced = setTimeout(() => process.exit(1), DRAIN_MS);
  await running.drain();
  await Promise.all([bus.close(), records.close(), http.close()]);
  clearTimeout(forced);
  process.exit(0);
}

/** SIGHUP is for settings to be read again, as with any daemon; a service by itself only changes its log level. */
function reloadLevel(log: Logger): void {
  try {
    log.level = loadSettings({ argv: process.argv.slice(2) }).settings.log.level;
    log.info({ level: log.level }, 'read the log level again, as SIGHUP asks; other settings need a restart');
  } catch (error) {
    log.error({ err: error }, 'the settings cannot be read again and stay as they were');
  }
}

async function obey(
  service: RunningService,
  message: SupervisorCommand,
  log: Logger,
): Promise<ServiceStatus | undefined> {
  switch (message.command) {
    case 'ping':
      return undefined;
    case 'drain':
      // As long as it takes: whoever commands it sees how far it is, and can undo it.
      await service.stage?.drain(Number.POSITIVE_INFINITY);
      return undefined;
    case 'undrain':
      await service.stage?.undrain();
      return undefined;
    case 'status':
      return { load: service.stage?.load() ?? noLoad, executor: service.status?.() };
    case 'configure':
      for (const [key, value] of Object.entries(message.settings)) {
        // Every service has it; what else changes live is its own affair.
        if (key === 'log.level') log.level = value;
        else service.configure?.(key, value);
      }
      return undefined;
  }
}

const noLoad: StageLoad = { calls: 0, errors: 0, inFlight: 0, queued: 0, waitedMs: 0, workedMs: 0 };

/** The key that was configured, else the one that `slipway up` made for this role on this node. */
function keyFile(settings: Settings, stage: string): string | undefined {
  if (settings.nats.nkeyFile) return settings.nats.nkeyFile;
  const own = join(settings.state, 'keys', `${stage}.nk`);
  return statSync(own, { throwIfNoEntry: false }) ? own : undefined;
}

/**
 * The keys of those who may call this stage, where `slipway up` has written them beside the key of this process. The gateway
 * serves records, to executors of other makers besides.
 */
function callerKeys(settings: Settings, stage: string): CallerKeys | undefined {
  const file = keyFile(settings, stage);
  return file === undefined || stage === 'gateway' ? undefined : readCallerKeys(dirname(file));
}

function parseFlags(args: string[]): { handler?: string | undefined; instance?: string | undefined } {
  try {
    const options = { handler: { type: 'string' }, instance: { type: 'string' } } as const;
    return parseArgs({ args, options, strict: true }).values;
  } catch (cause) {
    throw new SlipwayError('INVALID_CONFIG', (cause as Error).message, {
      hint: 'a service takes --handler, --instance and settings as flags',
      cause,
    });
  }
}

async function connections(bus: Bus, records: Records): Promise<Reasons> {
  const reasons: Reasons = {};
  if (bus.connection.isClosed()) reasons['nats'] = 'the connection is closed';
  await records.ping().catch((error: unknown) => {
    reasons['redis'] = (error as Error).message;
  });
  return reasons;
}

async function readiness(running: RunningService | undefined): Promise<Reasons> {
  if (!running) return { start: 'still starting' };
  return (await running.ready?.()) ?? {};
}

/** The health and metrics of a service are no reason for it to end: where its port is another's it takes a free one. */
async function openHttp(log: Logger, options: HttpOptions): Promise<HttpServer> {
  try {
    return await serveHttp(options);
  } catch (error) {
    log.warn({ err: error, port: options.port }, 'the port for health and metrics cannot be had: another one is taken');
    return await serveHttp({ ...options, port: 0 });
  }
}

function stopRequested(): Promise<undefined> {
  return new Promise((resolve) => {
    const stop = (): void => resolve(undefined);
    process.once('SIGTERM', stop);
    process.once('SIGINT', stop);
    onSupervisorGone(stop);
  });
}
