import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
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
import { detectCgroups, killCgroup, pidsInCgroup, removeCgroup } from '@slipway/cgroups';
import type { Settings } from '@slipway/config';
import { ContainerPhase, ContainerRecord, type LifecycleEvent } from '@slipway/contracts';
import { cgroupsPath } from '@slipway/oci-spec';
import { connectRecords, type Records } from '@slipway/records';
import { createLogger, type Logger } from '@slipway/telemetry';
import { type RunningServer, startRedis } from '@slipway/test-servers';
import { deadlineIn } from '@slipway/time';
import { createContainer } from '../src/container/create.js';
import { removeContainer } from '../src/container/remove.js';
import { startContainer } from '../src/container/start.js';
import type { ExecutorContext, WaitingCall } from '../src/context.js';
import { openContext } from '../src/open-context.js';
import { startReaping } from '../src/runtime/reaper.js';
import { driver, loadedUnits, stopParent, testParent } from './cgroup-driver.js';
import { pathsBelow } from './paths-below.js';

/** Runs until it is killed. */
export const forever = ['sh', '-c', 'while :; do sleep 0.05; done'];
/** Heeds SIGTERM by ending with 3. */
export const polite = ['sh', '-c', 'trap "exit 3" TERM; echo ready; while :; do sleep 0.02; done'];
/** Hears SIGTERM and goes on. */
export const stubborn = ['sh', '-c', 'trap "echo heard" TERM; echo ready; while :; do sleep 0.02; done'];
/** Whether a log holds a text. */
export const logged = (path: string, text: string) => () => readFileSync(path, 'utf8').includes(text);

export const skip = process.getuid?.() === 0 ? false : 'needs root';
const applets = [
  'sh',
  'sleep',
  'echo',
  'cat',
  'seq',
  'head',
  'yes',
  'true',
  'setsid',
  'touch',
  'kill',
  'dd',
  'ps',
  'printf',
  'trap',
];

export interface BundleOptions {
  args: string[];
  memory?: number;
  /** Files of cgroup v2 and what is written into them. */
  unified?: Record<string, string>;
  hostPid?: boolean;
  tty?: boolean;
  /** It has an input, which ends with the first client or does not. */
  stdin?: { once: boolean };
  env?: string[];
  /** The first of 65536 ids of a user namespace; undefined is the host's. */
  firstId?: number;
}

/** An executor on a Redis and directories of its own; everything is removed at the test's end. */
export class Harness {
  readonly dir = mkdtempSync('/tmp/slipway-ex-');
  readonly cgroup = testParent();
  readonly log: Logger = createLogger({ stage: 'executor', level: process.env['TEST_LOG'] ?? 'silent' });
  readonly events: LifecycleEvent[] = [];
  readonly #handler: string;
  readonly #options: readonly string[];
  readonly #contexts: ExecutorContext[] = [];
  #records: Records | undefined;
  #redis: RunningServer | undefined;
  #reaper: { stop(): void } | undefined;

  private constructor(
    handler: string,
    options: readonly string[],
    /** The runtime's program. */
    readonly program: string,
  ) {
    this.#handler = handler;
    this.#options = options;
  }

  /** @param options of the runtime, as runtime.handlers.<name>.options */
  static async open(
    t: TestContext,
    handler: string,
    options: readonly string[] = [],
    program = handler,
  ): Promise<Harness> {
    const harness = new Harness(handler, options, program);
    // The root of a user namespace comes by here on its way to the rootfs.
    chmodSync(harness.dir, 0o711);
    harness.#reaper = startReaping();
    const redis = await startRedis({ appendOnly: true });
    const { dir: root, log } = harness;
    const records = await connectRecords({ url: redis.url, node: 'test', root, log });
    harness.#records = records;
    harness.#redis = redis;
    harness.#makeRootfs();
    t.after(async () => {
      await harness.#clean();
      harness.#reaper?.stop();
      await records.close();
      await redis.stop();
      rmSync(harness.dir, { recursive: true, force: true });
    });
    return harness;
  }

  get records(): Records {
    return this.#records as Records;
  }

  get redis(): RunningServer {
    return this.#redis as RunningServer;
  }

  get settings(): Settings {
    const handlers = {
      [this.#handler]: { kind: this.#handler, path: this.program, root: '', options: this.#options },
    };
    const settings = {
      root: this.dir,
      state: join(this.dir, 'run'),
      runtime: { conmon: 'conmon', handlers },
      cgroup: { driver, parent: this.cgroup },
    };
    return settings as unknown as Settings;
  }

  /** An instance of the executor, its exit watcher started. */
  async instance(): Promise<ExecutorContext> {
    const context = await openContext({
      settings: this.settings,
      handler: this.#handler,
      records: this.records,
      log: this.log,
      publish: (_, event) => void this.events.push(event),
    });
    this.#contexts.push(context);
    await context.exits.start();
    return context;
  }

  call(ms = 60_000): WaitingCall {
    const idle = <T>(wait: () => Promise<T>): Promise<T> => wait();
    return { deadline: deadlineIn(ms), signal: new AbortController().signal, log: this.log, idle };
  }

  /** A reserved container with its bundle, as gateway and builder leave it. */
  async reserve(options: BundleOptions & { stopSignal?: string; logPath?: string }): Promise<ContainerRecord> {
    const id = randomBytes(32).toString('hex');
    const bundle = join(this.dir, 'bundles', id);
    mkdirSync(bundle, { recursive: true });
    const namespaces = ['mount', 'ipc', 'uts', ...(options.hostPid ? [] : ['pid'])].map((type) => ({ type }));
    const mappings = [{ containerID: 0, hostID: options.firstId, size: 65536 }];
    const user = options.firstId === undefined ? {} : { uidMappings: mappings, gidMappings: mappings };
    if (options.firstId !== undefined) namespaces.push({ type: 'user' });
    const config = {
      ociVersion: '1.0.2',
      process: {
        terminal: options.tty ?? false,
        user: { uid: 0, gid: 0 },
        args: options.args,
        env: ['PATH=/bin', ...(options.env ?? [])],
        cwd: '/',
      },
      root: { path: join(this.dir, 'rootfs') },
      mounts: [
        { destination: '/proc', type: 'proc', source: 'proc' },
        { destination: '/dev', type: 'tmpfs', source: 'tmpfs' },
        { destination: '/dev/pts', type: 'devpts', source: 'devpts', options: ['newinstance', 'ptmxmode=0666'] },
      ],
      linux: {
        namespaces,
        ...user,
        cgroupsPath: this.cgroupsPath(id),
        resources: {
          ...(options.memory === undefined ? {} : { memory: { limit: options.memory, swap: options.memory } }),
          ...(options.unified ? { unified: options.unified } : {}),
        },
      },
    };
    writeFileSync(join(bundle, 'config.json'), JSON.stringify(config));
    const record = ContainerRecord.create({
      id,
      sandboxId: 'sandbox',
      handler: this.#handler,
      config: { stdin: options.stdin !== undefined, stdinOnce: options.stdin?.once ?? false },
      phase: ContainerPhase.CONTAINER_INTENT,
      bundle,
      logPath: options.logPath ?? join(this.dir, 'logs', `${id}.log`),
      stopSignal: options.stopSignal ?? 'SIGTERM',
    });
    await this.records.containers.insert(id, { ...record, bundle: '', logPath: '' });
    return record;
  }

  async created(context: ExecutorContext, options: BundleOptions & { stopSignal?: string }): Promise<ContainerRecord> {
    const { container } = await createContainer(context, { container: await this.reserve(options) }, this.call());
    return container as ContainerRecord;
  }

  async running(context: ExecutorContext, options: BundleOptions & { stopSignal?: string }): Promise<ContainerRecord> {
    const { id } = await this.created(context, options);
    await startContainer(context, { id }, this.call());
    return await this.record(id);
  }

  async record(id: string): Promise<ContainerRecord> {
    const record = await this.records.containers.get(id);
    if (!record) throw new Error(`no record of ${id}`);
    return record;
  }

  async ended(context: ExecutorContext, id: string): Promise<ContainerRecord> {
    if (!(await context.exits.wait(id, { deadline: deadlineIn(30_000) }))) throw new Error('it does not end');
    return await this.record(id);
  }

  phases(id: string): string[] {
    return this.events.filter((event) => event.id === id).map((event) => event.phase);
  }

  /** An event is published a moment after the record has moved. */
  async published(id: string, phases: string[]): Promise<void> {
    await until(() => this.phases(id).length >= phases.length, `events ${phases.join()}`);
    assert.deepEqual(this.phases(id), phases);
  }

  cgroupsPath(id: string): string {
    return cgroupsPath(driver, this.cgroup, id);
  }

  pids(id: string): number[] {
    return pidsInCgroup(detectCgroups(), this.cgroupsPath(id));
  }

  /** Remains of a container. */
  leftovers(id: string): string[] {
    const cgroups = detectCgroups()
      .directories(this.cgroupsPath(id))
      .filter((path) => existsSync(path));
    const state = join(this.dir, 'run');
    // Its counts stay with its pod, and its record is deleted by the gateway.
    const files = pathsBelow(state).filter((path) => path.includes(id.slice(0, 24)) && !/\/(oom|records)\//.test(path));
    const mounts = readFileSync('/proc/self/mounts', 'utf8')
      .split('\n')
      .filter((line) => line.includes(id));
    const processes = readdirSync('/proc').filter((pid) => {
      if (!/^\d+$/.test(pid)) return false;
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(id);
      } catch {
        return false;
      }
    });
    return [...cgroups, ...files, ...mounts, ...processes.map((pid) => `process ${pid}`), ...loadedUnits(`*${id}*`)];
  }

  #makeRootfs(): void {
    const rootfs = join(this.dir, 'rootfs');
    for (const name of ['bin', 'proc', 'dev', 'tmp']) mkdirSync(join(rootfs, name), { recursive: true });
    copyFileSync('/bin/busybox', join(rootfs, 'bin/busybox'));
    for (const applet of applets) symlinkSync('busybox', join(rootfs, 'bin', applet));
  }

  async #clean(): Promise<void> {
    const [context] = this.#contexts;
    if (context) {
      for (const { id } of await this.records.containers.list()) await removeContainer(context, { id }, this.call());
    }
    for (const each of this.#contexts) each.exits.close();
    await killCgroup(detectCgroups(), this.cgroup);
    stopParent(this.cgroup);
    await removeCgroup(detectCgroups(), this.cgroup);
  }
}

export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let tries = 0; tries < 2000; tries++) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`never: ${what}`);
}
