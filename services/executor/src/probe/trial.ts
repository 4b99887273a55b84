import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findBinary } from '@slipway/config';
import { runtimeMessage } from '@slipway/conmon';
import { SlipwayError } from '@slipway/errors';
import { isAlive, parseMountinfo, removeTree, unmountBelow } from '@slipway/linux';
import { cgroupsPath, type IdMappings } from '@slipway/oci-spec';
import { Limit } from '@slipway/time';
import { takeDown } from '../container/take-down.js';
import type { Call } from '../context.js';
import { inOwnTime } from '../own-time.js';
import type { SandboxContext } from '../sandbox/context.js';
import { createInfra, startInfra } from '../sandbox/infra.js';

export interface TrialResult {
  /** Whether a mount that was asked to be read-only with all below it is. */
  recursiveReadOnly: boolean;
}

const init = '/catatonit';
/** For taking a trial down. */
const clearMs = 10_000;
const nobody = 65534;

/** One a process; its pid tells whose it is. */
export function trialId(handler: string): string {
  return `probe-${process.pid}-${handler}`;
}

/** What a trial's container is made of, where it differs from that of most. */
export interface TrialBundle {
  rootfs: string;
  recursiveReadOnly: boolean;
  /** Of a trial in a user namespace. */
  userNamespace?: { path: string; ids: IdMappings } | undefined;
}

/**
 * Runs a container as any other is run: conmon, `create`, `start`, `exec`, `delete`. Its root holds the infra
 * container's init and nothing else. Nothing of it stays. Throws what failed, and RUNTIME_FAILED where it took longer
 * than runtime.trialMs: pods would wait as long for each of their containers.
 */
export async function runTrial(
  context: SandboxContext,
  options: { recursiveReadOnly: boolean },
  call: Call,
): Promise<TrialResult> {
  const { trialMs } = context.settings.runtime;
  const began = performance.now();
  using limit = new Limit({ ms: trialMs, signals: [call.signal] });
  const tooSlow = (cause?: unknown): SlipwayError =>
    new SlipwayError(
      'RUNTIME_FAILED',
      `a trial container was not created, started, entered and deleted in ${trialMs} ms`,
      { cause, hint: 'see what slows the node down, or raise runtime.trialMs' },
    );
  try {
    const result = await tryContainer(context, options, { ...call, signal: limit.signal });
    if (performance.now() - began > trialMs) throw tooSlow();
    return result;
  } catch (error) {
    throw limit.expired ? tooSlow(error) : error;
  }
}

async function tryContainer(
  context: SandboxContext,
  options: { recursiveReadOnly: boolean },
  call: Call,
): Promise<TrialResult> {
  const id = trialId(context.handler);
  const bundle = join(context.paths.container(id).directory, 'bundle');
  try {
    const rootfs = join(bundle, 'rootfs');
    await writeTrialRoot(context, rootfs);
    await writeTrialBundle(context, id, bundle, { rootfs, recursiveReadOnly: options.recursiveReadOnly });
    const { pid } = await createInfra(context, id, bundle, call);
    const mounts = parseMountinfo(await readFile(`/proc/${pid}/mountinfo`, 'utf8'));
    await startInfra(context, id, bundle, call);
    await tryExec(context, id, call);
    const mounted = mounts.find((mount) => mount.target === '/mount');
    return { recursiveReadOnly: options.recursiveReadOnly && mounted?.options.includes('ro') === true };
  } finally {
    await inOwnTime(clearMs, call.log, (own) => takeDown(context, { id, bundle }, own));
  }
}

/** Takes down what is left of trials: of executors that died in them, and of this one's last. */
export async function clearTrials(context: SandboxContext, call: Call): Promise<void> {
  for (const id of await readdir(context.paths.containers).catch(() => [])) {
    const [, pid, handler] = /^probe-(\d+)-(.+)$/.exec(id) ?? [];
    const isOver = Number(pid) === process.pid || !isAlive(Number(pid));
    if (handler !== context.handler || !isOver) continue;
    // A pinned user namespace stands in the directory that is to be removed.
    unmountBelow(context.paths.container(id).directory);
    await takeDown(context, { id, bundle: '' }, call);
    await removeTrialLayers(context, id);
  }
}

/** Where a trial has what must lie on the file system of images and bundles. */
export function trialLayers(context: SandboxContext, id: string): string {
  return join(context.settings.root, 'trials', id);
}

export async function removeTrialLayers(context: SandboxContext, id: string): Promise<void> {
  unmountBelow(trialLayers(context, id));
  await removeTree(trialLayers(context, id));
}

export async function tryExec(context: SandboxContext, id: string, call: Call): Promise<void> {
  const pidFile = join(context.paths.container(id).directory, 'exec.pid');
  const result = await context.runtime.exec(id, { command: [init, '--version'], pidFile, maxOutput: 1 << 16, ...call });
  if (result.code === 0) return;
  const message = runtimeMessage(result.stderr.toString()) || `ended with code ${result.code}`;
  throw new SlipwayError('RUNTIME_FAILED', `${context.runtime.kind} exec: ${message}`);
}

/** A root file system of an init and nothing else. */
export async function writeTrialRoot({ settings }: SandboxContext, rootfs: string): Promise<void> {
  for (const directory of ['proc', 'sys', 'dev', 'mount']) await mkdir(join(rootfs, directory), { recursive: true });
  await copyFile(findBinary(settings.runtime.catatonit), join(rootfs, init));
}

export async function writeTrialBundle(
  context: SandboxContext,
  id: string,
  bundle: string,
  { rootfs, recursiveReadOnly, userNamespace: user }: TrialBundle,
): Promise<void> {
  const { settings } = context;
  const source = join(bundle, 'mount');
  await mkdir(source, { recursive: true });
  // Beside the pods' parent and not below it, so that nothing of it stays where there are no pods.
  const parent = settings.cgroup.driver === 'systemd' ? settings.cgroup.parent : '/';
  const config = {
    ociVersion: '1.0.2',
    root: { path: rootfs, readonly: true },
    process: {
      user: { uid: nobody, gid: nobody },
      args: [init, '-P'],
      env: ['PATH=/'],
      cwd: '/',
      noNewPrivileges: true,
    },
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc' },
      { destination: '/mount', type: 'bind', source, options: ['rbind', recursiveReadOnly ? 'rro' : 'ro'] },
    ],
    annotations: { 'io.kubernetes.cri.container-type': 'sandbox', 'io.kubernetes.cri.sandbox-id': id },
    linux: {
      namespaces: [
        ...['mount', 'pid', 'ipc', 'uts', 'network'].map((type) => ({ type })),
        ...(user ? [{ type: 'user', path: user.path }] : []),
      ],
      ...(user ? { uidMappings: [user.ids.uid], gidMappings: [user.ids.gid] } : {}),
      cgroupsPath: cgroupsPath(settings.cgroup.driver, parent, `slipway-${id}`),
      resources: {},
    },
  };
  await writeFile(join(bundle, 'config.json'), JSON.stringify(config));
}
