import { execFileSync } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { detectCgroups, removeCgroup } from '@slipway/cgroups';
import { removeBridge, removeMasquerade } from '@slipway/cni';
import { loadSettings, type Settings } from '@slipway/config';
import { type LifecycleEvent, SandboxPhase, SandboxRecord } from '@slipway/contracts';
import { NamespaceMode, PodSandboxConfig } from '@slipway/cri';
import { listMounts, mount, unmountBelow } from '@slipway/linux';
import { cgroupsPath } from '@slipway/oci-spec';
import type { Init } from '@slipway/protobuf';
import { connectRecords, type Records } from '@slipway/records';
import { createLogger, type Logger } from '@slipway/telemetry';
import { startRedis } from '@slipway/test-servers';
import { deadlineIn } from '@slipway/time';
import { startReaping } from '../src/runtime/reaper.js';
import type { WaitingCall } from '../src/context.js';
import { ownCgroupParent } from '../src/sandbox/cgroup.js';
import type { SandboxCall, SandboxContext } from '../src/sandbox/context.js';
import { createSandbox } from '../src/sandbox/create.js';
import { closeSandboxes, openSandboxes } from '../src/sandbox/open-sandboxes.js';
import { clearSandbox } from '../src/sandbox/take-down.js';
import { driver, loadedUnits, stopParent, testParent } from './cgroup-driver.js';
import { pathsBelow } from './paths-below.js';

/** An executor's sandboxes on a Redis, directories, a cgroup, a bridge and a subnet of their own. */
export class SandboxHarness {
  readonly dir = mkdtempSync('/run/slipway-test-');
  /** Not below /run: systemd mounts it nodev, and runc opens the devices of a root file system. */
  readonly images = mkdtempSync('/var/tmp/slipway-test-');
  readonly name = randomBytes(4).toString('hex');
  readonly log: Logger = createLogger({ stage: 'executor', level: process.env['TEST_LOG'] ?? 'silent' });
  readonly events: LifecycleEvent[] = [];
  readonly settings: Settings;
  readonly confDir = join(this.dir, 'net.d');
  readonly #handler: string;
  readonly #reaping = startReaping();
  readonly #contexts: SandboxContext[] = [];
  #records: Records | undefined;
  #redisUrl = '';

  private constructor(handler: string) {
    this.#handler = handler;
    // The root of a user namespace comes by here on its way to a rootfs.
    for (const directory of [this.dir, this.images]) chmodSync(directory, 0o711);
    mkdirSync(join(this.dir, 'root'), { mode: 0o711 });
    mkdirSync(this.confDir);
    // As systemd and Debian's initramfs mount /run.
    mkdirSync(join(this.dir, 's'));
    mount({
      source: 'tmpfs',
      target: join(this.dir, 's'),
      type: 'tmpfs',
      flags: ['nosuid', 'nodev', 'noexec'],
      data: 'mode=0711',
    });
    // 198.18.0.0/15 is for benchmarks (RFC 2544): no host of a test has it.
    const subnet = `198.${randomInt(18, 20)}.${randomInt(0, 256)}.0/24`;
    const { settings } = loadSettings({
      argv: [
        ...[
          '--root',
          join(this.dir, 'root'),
          '--state',
          join(this.dir, 's'),
          '--cgroup.driver',
          driver,
          '--cgroup.parent',
          testParent(),
        ],
        ...[
          '--network.confDir',
          this.confDir,
          '--network.own.bridge',
          `swt${this.name}`,
          '--network.own.subnet',
          subnet,
        ],
        ...['--network.own.name', `swt${this.name}`],
        ...['--runtime.trialMs', '20000'],
      ],
      env: {},
    });
    this.settings = settings;
  }

  static async open(t: TestContext, handler = 'runc'): Promise<SandboxHarness> {
    const harness = new SandboxHarness(handler);
    const redis = await startRedis();
    const { log, settings } = harness;
    t.after(async () => {
      try {
        await harness.#clean();
        await harness.#records?.close();
      } finally {
        await redis.stop();
        unmountBelow(harness.dir);
        for (const directory of [harness.dir, harness.images]) rmSync(directory, { recursive: true, force: true });
      }
    });
    const { root, state } = settings;
    harness.#redisUrl = redis.url;
    harness.#records = await connectRecords({ url: redis.url, node: 'test', root, state, log });
    return harness;
  }

  get records(): Records {
    return this.#records as Records;
  }

  /** An instance of the executor, its exit watcher started. */
  async instance(handler = this.#handler): Promise<SandboxContext> {
    const context = await openSandboxes({
      settings: this.settings,
      handler,
      records: this.records,
      log: this.log,
      publish: (_, event) => void this.events.push(event),
    });
    this.#contexts.push(context);
    await context.exits.start();
    return context;
  }

  call(ms = 60_000): SandboxCall & WaitingCall {
    const idle = <T>(wait: () => Promise<T>): Promise<T> => wait();
    return { deadline: deadlineIn(ms), signal: new AbortController().signal, log: this.log, idle };
  }

  /** A reserved sandbox, as the gateway leaves it. */
  async reserve(config: Init<PodSandboxConfig> = {}, record: Init<SandboxRecord> = {}): Promise<SandboxRecord> {
    const id = randomBytes(32).toString('hex');
    const options = { network: NamespaceMode.POD, pid: NamespaceMode.CONTAINER, ipc: NamespaceMode.POD };
    const whole = SandboxRecord.create({
      id,
      handler: this.#handler,
      phase: SandboxPhase.SANDBOX_INTENT,
      createdAt: BigInt(Date.now()) * 1_000_000n,
      config: {
        metadata: { name: 'pod', namespace: 'default', uid: id.slice(0, 8), attempt: 0 },
        hostname: 'pod-name',
        linux: { securityContext: { namespaceOptions: options } },
        ...config,
      },
      ...record,
    });
    await this.records.sandboxes.insert(id, whole);
    return whole;
  }

  async ready(context: SandboxContext, config: Init<PodSandboxConfig> = {}, infraBundle = ''): Promise<SandboxRecord> {
    const sandbox = await this.reserve(config);
    return await this.create(context, sandbox, infraBundle);
  }

  async create(
    context: SandboxContext,
    sandbox: SandboxRecord,
    infraBundle = '',
    hold = false,
  ): Promise<SandboxRecord> {
    const { sandbox: made } = await createSandbox(context, { sandbox, infraBundle, hold }, this.call());
    return made as SandboxRecord;
  }

  async record(id: string): Promise<SandboxRecord> {
    const record = await this.records.sandboxes.get(id);
    if (!record) throw new Error(`no record of ${id}`);
    return record;
  }

  /** A bundle whose rootfs holds catatonit and busybox. */
  bundle(
    id: string,
    options: { args: string[]; type?: 'sandbox' | 'container'; sandbox?: string; netns?: string; name?: string },
  ): string {
    const bundle = join(this.settings.root, 'bundles', id);
    const rootfs = join(this.images, 'rootfs');
    mkdirSync(bundle, { recursive: true });
    if (!existsSync(rootfs)) {
      for (const name of ['bin', 'proc', 'dev', 'tmp']) mkdirSync(join(rootfs, name), { recursive: true });
      copyFileSync('/bin/busybox', join(rootfs, 'bin/busybox'));
      copyFileSync('/usr/bin/catatonit', join(rootfs, 'bin/catatonit'));
      for (const applet of ['sh', 'sleep', 'echo', 'cat', 'ip', 'ping', 'seq', 'true'])
        symlinkSync('busybox', join(rootfs, 'bin', applet));
    }
    const namespaces: { type: string; path?: string }[] = ['mount', 'ipc', 'uts', 'pid'].map((type) => ({ type }));
    if (options.netns) namespaces.push({ type: 'network', path: options.netns });
    const annotations = {
      'io.kubernetes.cri.container-type': options.type ?? 'sandbox',
      'io.kubernetes.cri.sandbox-id': options.sandbox ?? id,
    };
    const config = {
      ociVersion: '1.0.2',
      root: { path: rootfs, readonly: true },
      process: { user: { uid: 0, gid: 0 }, args: options.args, env: ['PATH=/bin'], cwd: '/', noNewPrivileges: true },
      mounts: [{ destination: '/proc', type: 'proc', source: 'proc' }],
      annotations,
      linux: {
        namespaces,
        cgroupsPath: cgroupsPath(driver, ownCgroupParent(this.settings, options.sandbox ?? id), id),
        resources: {},
      },
    };
    writeFileSync(join(bundle, 'config.json'), JSON.stringify(config));
    return bundle;
  }

  /** Has Redis and the disk lose all records of sandboxes and containers; Redis is the one that it was. */
  loseRecords(): void {
    for (const kind of ['sandboxes', 'containers']) {
      const directory = join(this.settings.root, 'records', kind);
      for (const name of readdirSync(directory)) rmSync(join(directory, name));
      execFileSync('redis-cli', ['-s', this.#redisUrl.slice('unix://'.length), 'DEL', `slipway:{test}:${kind}`]);
    }
  }

  leases(): string[] {
    const directory = join(this.settings.network.own.dataDir, this.settings.network.own.name);
    return existsSync(directory) ? readdirSync(directory).filter((name) => /^\d/.test(name)) : [];
  }

  /** Remains of a sandbox. */
  leftovers(id: string): string[] {
    const { state, root } = this.settings;
    const cgroups = detectCgroups()
      .directories(ownCgroupParent(this.settings, id))
      .filter((path) => existsSync(path));
    const places = [state, join(root, 'cni')].filter((place) => existsSync(place));
    // Its record is deleted by the gateway.
    const records = join(state, 'records/');
    const files = places
      .flatMap(pathsBelow)
      .filter((path) => path.includes(id.slice(0, 24)) && !path.startsWith(records));
    const mounts = listMounts().filter((mount) => mount.target.includes(id));
    const left = [...cgroups, ...files, ...mounts.map((mount) => `mount ${mount.target}`), ...this.processes(id)];
    return [...left, ...loadedUnits(`slipway*${id}*`)];
  }

  processes(id: string): string[] {
    return readdirSync('/proc').flatMap((pid) => {
      if (!/^\d+$/.test(pid)) return [];
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        return line.includes(id) ? [`process ${pid} ${line.replaceAll('\0', ' ')}`] : [];
      } catch {
        return [];
      }
    });
  }

  async #clean(): Promise<void> {
    const [context] = this.#contexts;
    for (const { id, infra } of context ? await this.records.sandboxes.list() : []) {
      await clearSandbox(context as SandboxContext, id, this.call(), { infra });
    }
    for (const each of this.#contexts) await closeSandboxes(each);
    this.#reaping.stop();
    stopParent(this.settings.cgroup.parent);
    await removeCgroup(detectCgroups(), this.settings.cgroup.parent);
    const { bridge, subnet, name } = this.settings.network.own;
    await removeMasquerade({ subnet, id: name });
    await removeBridge(bridge);
  }
}

/** Runs a program in the network (and uts, ipc) namespaces of a sandbox. */
export function inNamespace(namespaces: Record<string, string>, command: string[]): string {
  const flags = Object.entries(namespaces)
    .filter(([kind]) => ['net', 'uts', 'ipc'].includes(kind))
    .map(([kind, path]) => `--${kind}=${path}`);
  return execFileSync('nsenter', [...flags, ...command], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

export function pings(address: string, namespaces?: Record<string, string>): boolean {
  const command = ['busybox', 'ping', '-c', '1', '-W', '2', address];
  try {
    if (namespaces) inNamespace(namespaces, command);
    else execFileSync('busybox', command.slice(1), { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
