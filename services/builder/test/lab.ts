import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { after } from 'node:test';
import { loadSettings } from '@slipway/config';
import {
  BuildBundleRequest,
  type BuildBundleResponse,
  ContainerRecord,
  HandlerInfo,
  ImageRecord,
  SandboxRecord,
} from '@slipway/contracts';
import { ContainerConfig, NamespaceMode, type NamespaceOption, PodSandboxConfig } from '@slipway/cri';
import type { LayerInfo } from '@slipway/layers';
import { kernelFeatures, listMounts, mountsBelow, NamespaceThread, unmountBelow } from '@slipway/linux';
import type { Init } from '@slipway/protobuf';
import { createLogger } from '@slipway/telemetry';
import { AppArmor, type BuilderContext, buildBundle, CdiDevices, hostFacts, removeBundle } from '../src/index.js';

export const isRoot = process.getuid?.() === 0;
const busybox = '/bin/busybox';
const runtimes: Record<string, string> = { runc: '/usr/sbin/runc', crun: '/usr/bin/crun' };

/** Why a test that runs containers cannot run here; false when it can. */
export function cannotRun(runtime = 'runc'): string | false {
  if (!isRoot) return 'needs root';
  if (!existsSync(busybox)) return 'needs busybox-static';
  if (!existsSync(runtimes[runtime] ?? '')) return `needs ${runtime}`;
  return false;
}

/** Files of a layer: text, or undefined for a directory. */
export type Tree = Record<string, string | undefined>;

/** A builder's world of its own, gone after the test file's last test. */
export class Lab {
  readonly directory = mkdtempSync('/tmp/slipway-builder-');
  readonly context: BuilderContext;
  /** The store's layers, where a test needs them. */
  readonly facts = new Map<string, Partial<LayerInfo>>();
  readonly cgroup = `/slipway-test-${process.pid}`;
  #counter = 0;

  constructor() {
    // The root of a user namespace comes by here on its way to a bundle.
    chmodSync(this.directory, 0o711);
    const locks = new Map<string, Promise<unknown>>();
    this.context = {
      settings: {
        root: join(this.directory, 'root'),
        state: join(this.directory, 'state'),
        cgroup: { ...loadSettings({ configPath: '/dev/null', env: {} }).settings.cgroup, parent: this.cgroup },
        runtime: { catatonit: '/usr/bin/catatonit', passAnnotations: ['pass.io/*'] },
      },
      layers: {
        path: (diffID) => join(this.directory, 'layers', diffID.replace(':', '/')),
        // A layer may have nothing in it but its own three inodes.
        info: (diffID) => {
          const facts = { impliedDirectories: [], opaqueRoot: false, inodes: 3, ...this.facts.get(diffID) };
          return Promise.resolve(facts as Partial<LayerInfo> as LayerInfo);
        },
      },
      host: hostFacts,
      apparmor: new AppArmor(),
      cdi: new CdiDevices([join(this.directory, 'cdi-low'), join(this.directory, 'cdi-high')]),
      withLock: async (name, work) => {
        const before = locks.get(name) ?? Promise.resolve();
        const mine = before.then(() => work(new AbortController().signal));
        locks.set(
          name,
          mine.catch(() => undefined),
        );
        return mine;
      },
      log: createLogger({ stage: 'builder', level: 'error' }),
    };
    after(() => this.close());
  }

  close(): void {
    unmountBelow(this.directory);
    if (mountsBelow(this.directory).length > 0) throw new Error(`mounts are left below ${this.directory}`);
    rmSync(this.directory, { recursive: true, force: true });
    for (const hierarchy of ['', ...readdirSync('/sys/fs/cgroup')])
      removeGroup(join('/sys/fs/cgroup', hierarchy, this.cgroup));
  }

  /** The mounts of this lab. */
  mounts(): string[] {
    return listMounts()
      .map(({ target }) => target)
      .filter((target) => target.startsWith(this.directory));
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  /** A directory on the host with files in it. */
  tree(name: string, files: Tree = {}): string {
    const root = this.path(name);
    mkdirSync(root, { recursive: true });
    for (const [path, text] of Object.entries(files)) {
      const target = join(root, path);
      mkdirSync(text === undefined ? target : dirname(target), { recursive: true });
      if (text !== undefined) writeFileSync(target, text);
    }
    return root;
  }

  /** An unpacked layer; answers its diffID. */
  layer(files: Tree, fill?: (root: string) => void): string {
    const hex = createHash('sha256')
      .update(`${process.pid}-${this.#counter++}`)
      .digest('hex');
    fill?.(this.tree(`layers/sha256/${hex}`, files));
    return `sha256:${hex}`;
  }

  /** A layer with busybox and its applets. */
  busyboxLayer(files: Tree = {}): string {
    return this.layer(
      { 'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\n', 'etc/group': 'root:x:0:\n', tmp: undefined, ...files },
      (root) => {
        mkdirSync(join(root, 'bin'), { recursive: true });
        copyFileSync(busybox, join(root, 'bin/busybox'));
        chmodSync(join(root, 'bin/busybox'), 0o755);
        const applets =
          'sh ls cat id hostname pwd env stat touch mkdir mount umount grep readlink sleep head ping true wc dd test echo unshare mknod chmod tr sed cut chown';
        for (const applet of applets.split(' ')) symlinkSync('busybox', join(root, 'bin', applet));
      },
    );
  }

  /** An image of these layers, the lowest first. */
  image(layers: string[], config: object = {}): ImageRecord {
    return ImageRecord.create({
      id: `sha256:${createHash('sha256').update(layers.join()).digest('hex')}`,
      repoDigests: ['registry/test@sha256:abc'],
      config: Buffer.from(JSON.stringify({ config })),
      layers: layers.map((diffId) => ({ diffId })),
    });
  }

  id(): string {
    return createHash('sha256')
      .update(`${this.directory}-${this.#counter++}`)
      .digest('hex');
  }

  sandbox(config: Init<PodSandboxConfig> = {}, record: Init<SandboxRecord> = {}): SandboxRecord {
    const id = this.id();
    const node = { network: NamespaceMode.NODE, ipc: NamespaceMode.NODE, pid: NamespaceMode.CONTAINER };
    return SandboxRecord.create({
      id,
      directory: this.tree(`state/sandboxes/${id}`),
      config: { hostname: 'lab', linux: { securityContext: { namespaceOptions: node } }, ...config },
      ...record,
    });
  }

  handler(more: Init<HandlerInfo> = {}): HandlerInfo {
    return HandlerInfo.create({
      name: 'runc',
      kind: 'runc',
      cgroupDriver: 'cgroupfs',
      cgroupMode: kernelFeatures().cgroupMode,
      capabilities: [...hostFacts().capabilities],
      seccomp: true,
      ...more,
    });
  }

  request(
    image: ImageRecord,
    config: Init<ContainerConfig> = {},
    more: Init<BuildBundleRequest> & { sandbox?: SandboxRecord } = {},
  ): BuildBundleRequest {
    const sandbox = more.sandbox ?? this.sandbox();
    return BuildBundleRequest.create({
      container: ContainerRecord.create({
        id: this.id(),
        sandboxId: sandbox.id,
        config: ContainerConfig.create(config),
      }),
      handler: this.handler(),
      image,
      ...more,
      sandbox,
    });
  }

  /** Builds, runs and removes a container; answers what it said. */
  async run(
    image: ImageRecord,
    config: Init<ContainerConfig>,
    more: Init<BuildBundleRequest> & { sandbox?: SandboxRecord } = {},
    runtime = 'runc',
  ): Promise<{ output: string; status: number | null; response: Init<BuildBundleResponse> }> {
    const request = this.request(image, config, more);
    const id = request.container?.id ?? '';
    const response = await buildBundle(request, this.context);
    try {
      return { ...this.runBundle(response.bundle ?? '', id, runtime), response };
    } finally {
      await removeBundle({ id }, this.context);
    }
  }

  runBundle(bundle: string, id: string, runtime = 'runc'): { output: string; status: number | null } {
    const [command, ...args] = this.#command(runtime, ['run', '--bundle', bundle, id]);
    const result = spawnSync(command as string, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      encoding: 'utf8',
      timeout: 30_000,
    });
    return { output: `${result.stdout}${result.stderr}`.trim(), status: result.status };
  }

  /** Starts a bundle that stays; its host pid, and its end. */
  startDetached(bundle: string, id: string, runtime = 'runc'): { pid: number; stop(): void } {
    const pidFile = this.path(`${id}.pid`);
    const call = (args: string[]): void => {
      const [command, ...rest] = this.#command(runtime, args);
      // The container keeps what it is given as output: a pipe would never end.
      const errors = openSync(`${pidFile}.errors`, 'w');
      const result = spawnSync(command as string, rest, { stdio: ['ignore', 'ignore', errors], timeout: 30_000 });
      closeSync(errors);
      if (result.status !== 0) throw new Error(`${runtime} ${args[0]}: ${readFileSync(`${pidFile}.errors`, 'utf8')}`);
    };
    call(['run', '--detach', '--pid-file', pidFile, '--bundle', bundle, id]);
    return { pid: Number(readFileSync(pidFile, 'utf8')), stop: () => call(['delete', '--force', id]) };
  }

  #command(runtime: string, args: string[]): string[] {
    const command = [runtimes[runtime] ?? runtime, '--root', this.path(`${runtime}-state`), ...args];
    // crun 1.8 refuses hybrid cgroups: it sees only the v1 hierarchies.
    const hybrid = runtime === 'crun' && kernelFeatures().cgroupMode === 'hybrid';
    if (!hybrid) return command;
    const script = 'mount --make-rprivate /sys/fs/cgroup && umount /sys/fs/cgroup/unified && exec "$@"';
    return ['unshare', '--mount', '--propagation', 'unchanged', 'sh', '-c', script, 'sh', ...command];
  }

  /** A pod in a user namespace, with net, ipc and uts namespaces that belong to it unless they are the host's. */
  async userSandbox(
    mapping: { hostId: number; length: number },
    options: Init<NamespaceOption> = {},
  ): Promise<SandboxRecord> {
    const ids = [{ containerId: 0, ...mapping }];
    const namespaceOptions = {
      network: NamespaceMode.POD,
      pid: NamespaceMode.CONTAINER,
      usernsOptions: { mode: NamespaceMode.POD, uids: ids, gids: ids },
      ...options,
    };
    const sandbox = this.sandbox({ hostname: 'pod', linux: { securityContext: { namespaceOptions } } });
    const kinds = (['net', 'uts', 'ipc'] as const).filter(
      (kind) => (kind === 'ipc' ? options.ipc : options.network) !== NamespaceMode.NODE,
    );
    const line = [{ containerId: 0, hostId: mapping.hostId, size: mapping.length }];
    const thread = new NamespaceThread();
    const user = { uids: line, gids: line };
    const dir = join(sandbox.directory, 'ns');
    sandbox.namespaces = { ...(await thread.create({ dir, kinds, hostname: 'pod', user })) };
    await thread.close();
    return sandbox;
  }

  /** Namespaces held by files, as the executor pins them. */
  pin(directory: string, kinds: ('net' | 'ipc' | 'uts')[], hostname = 'pod'): Record<string, string> {
    const paths: Record<string, string> = {};
    const flags = kinds.map((kind) => {
      const path = join(directory, 'ns', kind);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, '');
      paths[kind] = path;
      return `--${kind}=${path}`;
    });
    execFileSync('unshare', [...flags, 'hostname', hostname]);
    return paths;
  }
}

function removeGroup(path: string): void {
  if (!existsSync(path)) return;
  for (const entry of readdirSync(path, { withFileTypes: true }))
    if (entry.isDirectory()) removeGroup(join(path, entry.name));
  rmdirSync(path);
}

/** A shell command line as a container's command; both outputs in the order in which they come. */
export function sh(...lines: string[]): { command: string[] } {
  return { command: ['/bin/sh', '-c', ['exec 2>&1', ...lines].join('\n')] };
}
