import type { ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { installationRoot, loadSettings, type Settings } from '@slipway/config';
import { endChild, spawnBound } from './child.js';
import { choosePlace, mountState, type Place, stateOf } from './place.js';
import { tearDown } from './teardown.js';

/** Open files, soft: as systemd starts a service that says nothing of them (DefaultLimitNOFILE=, systemd-system.conf(5)). */
export const softOpenFiles = 1024;
/** Milliseconds that a supervisor has from SIGTERM: its services have ten seconds, one after the other. */
const endMs = 60_000;
const limited = ['sh', '-c', `ulimit -Sn ${softOpenFiles}; exec "$@"`, 'sh'];

export interface NodeOptions {
  /** Handlers that have an executor. Default crun and runc. */
  handlers?: string[];
  scale?: Partial<Settings['scale']>;
  /** Any other settings by dotted key, as in the configuration file. */
  settings?: Record<string, string | number | boolean | string[]>;
  /** Makes a CNI list (its JSON text) to be used instead of Slipway's own. */
  cniList?: (place: Place) => string;
  /** A network namespace of `ip netns` that the node's processes run in. Default: this one. */
  netns?: string;
  /** Everything on a tmpfs: for benchmarks. Default: on the disk. */
  inMemory?: boolean;
  /** Milliseconds until the node must be ready. Default 30 000. */
  timeoutMs?: number;
  /** For the node's processes, beside this process's own. */
  env?: Record<string, string>;
}

/** A process of a node, as in <state>/up.json. */
export interface NodeProcess {
  name: string;
  pid?: number;
  state: string;
  restarts: number;
  http?: string;
  version?: string;
}

/** A whole Slipway of its own: directories, sockets, bridge, subnet, cgroup. */
export interface TestNode {
  readonly place: Place;
  readonly settings: Settings;
  readonly socket: string;
  readonly root: string;
  readonly state: string;
  /** The supervisor; another one after `restart`. */
  readonly up: ChildProcess;
  /** Its log and that of its services so far: JSON lines. */
  logs(): string;
  processes(): NodeProcess[];
  natsUrl(): string;
  /** Ends the supervisor and with it the services; containers stay. Default SIGTERM. */
  shutDown(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again over the same directories. */
  start(): Promise<void>;
  /** Resolves when every process is ready again. */
  ready(timeoutMs?: number): Promise<void>;
  /** Ends it and removes everything that it created, containers too. */
  stop(): Promise<void>;
}

/** Starts `slipway up` on a place of its own and waits until it is ready. */
export async function startNode(options: NodeOptions = {}): Promise<TestNode> {
  const place = choosePlace({ inMemory: options.inMemory ?? false });
  const config = join(place.directory, 'config.toml');
  writeConfig(config, place, options);
  const { settings } = loadSettings({ configPath: config, env: {} });
  const node = new RunningNode(place, settings, config, options.timeoutMs ?? 30_000, options.netns, options.env);
  try {
    await node.start();
  } catch (error) {
    await node.stop();
    throw error;
  }
  return node;
}

function writeConfig(file: string, place: Place, options: NodeOptions): void {
  const confDir = join(place.directory, 'cni.d');
  mkdirSync(confDir);
  if (options.cniList !== undefined) writeFileSync(join(confDir, '10-test.conflist'), options.cniList(place));
  const wanted = options.handlers ?? ['crun', 'runc'];
  const known = ['runc', 'crun', 'runsc', ...(wanted.includes('null') ? ['null'] : [])];
  const all: Record<string, string | number | boolean | string[]> = {
    node: place.name,
    root: join(place.directory, 'root'),
    state: mountState(place),
    'log.level': 'debug',
    // Many nodes come and go on one disk.
    'disk.reserveBytes': 0,
    'nri.socket': join(stateOf(place), 'nri.sock'),
    'nri.pluginDir': join(place.directory, 'nri/plugins'),
    'nri.configDir': join(place.directory, 'nri/conf.d'),
    // A machine that others load too must not make a handler seem slow.
    'runtime.trialMs': 20_000,
    'cgroup.parent': place.cgroup,
    'network.confDir': confDir,
    'network.own.name': place.name,
    'network.own.bridge': place.bridge,
    'network.own.subnet': place.subnet,
    ...Object.fromEntries(known.map((name) => [`runtime.handlers.${name}.enabled`, wanted.includes(name)])),
    ...Object.fromEntries(Object.entries(options.scale ?? {}).map(([stage, count]) => [`scale.${stage}`, count])),
    ...options.settings,
  };
  writeFileSync(
    file,
    Object.entries(all)
      .map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`)
      .join(''),
  );
}

class RunningNode implements TestNode {
  readonly socket: string;
  readonly root: string;
  readonly state: string;
  #up: ChildProcess | undefined;

  constructor(
    readonly place: Place,
    readonly settings: Settings,
    readonly config: string,
    readonly timeoutMs: number,
    readonly netns: string | undefined,
    readonly env: Record<string, string> = {},
  ) {
    this.socket = settings.gateway.socket;
    this.root = settings.root;
    this.state = settings.state;
  }

  get up(): ChildProcess {
    if (!this.#up) throw new Error('the node was not started');
    return this.#up;
  }

  async start(): Promise<void> {
    const log = openSync(join(this.place.directory, 'log'), 'a');
    // Settings of whoever runs the tests are not the node's.
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('SLIPWAY_')));
    const command = [...limited, join(installationRoot(), 'packages/cli/bin/slipway'), 'up', '--config', this.config];
    const entered = this.netns ? ['ip', 'netns', 'exec', this.netns, ...command] : command;
    this.#up = spawnBound(entered, { stdio: ['ignore', log, log], env: { ...env, ...this.env } }, 'TERM');
    closeSync(log);
    await this.ready();
  }

  async ready(timeoutMs = this.timeoutMs): Promise<void> {
    const end = Date.now() + timeoutMs;
    for (;;) {
      const content = this.#upState();
      const all = content?.processes ?? [];
      if (
        content?.ready &&
        content.pid === this.up.pid &&
        all.every(({ state }) => state === 'ready' || state === 'drained')
      )
        return;
      const ended = this.up.exitCode !== null || this.up.signalCode !== null;
      if (ended || Date.now() > end) {
        const why = ended ? 'slipway up ended' : `not ready after ${timeoutMs} ms: ${JSON.stringify(all)}`;
        throw new Error(`${why}\n${this.logs().slice(-4000)}`);
      }
      await sleep(20);
    }
  }

  logs(): string {
    return readFileSync(join(this.place.directory, 'log'), 'utf8');
  }

  processes(): NodeProcess[] {
    return this.#upState()?.processes ?? [];
  }

  natsUrl(): string {
    return this.#upState()?.nats ?? '';
  }

  async shutDown(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.#up) await endChild(this.#up, signal, endMs);
  }

  async stop(): Promise<void> {
    try {
      await this.shutDown();
    } finally {
      await tearDown(this.place);
    }
  }

  #upState(): { pid: number; ready: boolean; nats: string; processes: NodeProcess[] } | undefined {
    try {
      return JSON.parse(readFileSync(join(this.state, 'up.json'), 'utf8')) as never;
    } catch {
      return undefined;
    }
  }
}
