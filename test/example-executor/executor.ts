/**
 * An executor in two hundred lines: what docs/executor-protocol.md calls the basic part, and the logs. It runs each
 * container under bubblewrap, on the host's network, and knows nothing of Redis: it moves its records by the gateway.
 *
 *   NATS_URL=nats://… NODE_NAME=… NKEY=/run/slipway/keys/executor.nk node executor.js <handler>
 *
 * Its containers are its children: they end with it, and at its start it says so of those that it had.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { resolve as resolvePath } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { ContainerPhase, type ContainerRecord, Executor, Records, SandboxPhase } from '@slipway/contracts';
import { NamespaceMode } from '@slipway/cri';
import { SlipwayError } from '@slipway/errors';
import { connectBus, serveStage, stageClient } from '@slipway/stage';
import { nowNanos } from '@slipway/time';
import { createLogger } from '@slipway/telemetry';

const { CONTAINER_INTENT: INTENT, CONTAINER_PHASE_CREATED: CREATED } = ContainerPhase;
const { CONTAINER_PHASE_RUNNING: RUNNING, CONTAINER_PHASE_EXITED: EXITED } = ContainerPhase;
const { SANDBOX_INTENT, SANDBOX_READY, SANDBOX_NOT_READY } = SandboxPhase;

const handler = process.argv[2] ?? 'bwrap';
const { NATS_URL = 'nats://127.0.0.1:4222', NODE_NAME = 'node', NKEY } = process.env;
const log = createLogger({ stage: 'executor', handler });
const bus = await connectBus({ url: NATS_URL, node: NODE_NAME, role: 'executor', nkeyFile: NKEY });
const records = stageClient(bus, Records);

/** By container: its command's pid on the host, and when its record is EXITED. */
const running = new Map<string, { pid: number; ended: Promise<void> }>();

async function moveContainer(id: string, from: ContainerPhase[], change: Partial<ContainerRecord>) {
  const { container } = await records.moveContainer({ handler, id, from, change });
  return container as ContainerRecord;
}

async function exited(id: string, exitCode: number, reason = exitCode === 0 ? 'Completed' : 'Error') {
  await moveContainer(id, [CREATED, RUNNING], { phase: EXITED, exitCode, reason, finishedAt: nowNanos() });
}

/** That an object is missing is an answer. */
function unlessMissing(error: unknown): undefined {
  if (error instanceof SlipwayError && error.code.endsWith('_NOT_FOUND')) return undefined;
  throw error;
}

/** The part of config.json (OCI runtime spec) that this executor heeds. */
interface Bundle {
  root: { path: string };
  process: { args: string[]; env?: string[]; cwd: string };
  mounts?: { type?: string; source?: string; destination: string; options?: string[] }[];
}

function bwrapArguments(bundle: string): string[] {
  const { root, process, mounts = [] } = JSON.parse(readFileSync(`${bundle}/config.json`, 'utf8')) as Bundle;
  const binds = mounts.filter(({ type, options }) => type === 'bind' || options?.some((word) => /^r?bind$/.test(word)));
  const rootfs = resolvePath(bundle, root.path);
  const program = process.args[0] ?? '';
  if (program.startsWith('/') && !existsSync(rootfs + program) && !binds.some((one) => one.destination === program)) {
    throw new SlipwayError('RUNTIME_FAILED', `${program} is not in the container`);
  }
  return [
    ...['--unshare-pid', '--unshare-ipc', '--unshare-uts', '--as-pid-1', '--die-with-parent', '--info-fd', '3'],
    ...['--bind', rootfs, '/', '--proc', '/proc', '--dev', '/dev'],
    ...binds.flatMap((one) => [
      one.options?.includes('ro') ? '--ro-bind' : '--bind',
      one.source ?? '',
      one.destination,
    ]),
    ...['--clearenv', ...(process.env ?? []).flatMap((entry) => ['--setenv', ...entry.split(/=(.*)/s, 2)])],
    ...['--chdir', process.cwd, '--', ...process.args],
  ];
}

/** Runs a created container. Answers when its command runs; its end moves the record. */
async function run({ id, bundle, logPath }: ContainerRecord): Promise<void> {
  if (logPath) appendFileSync(logPath, '');
  const startedAt = nowNanos();
  const child = spawn('bwrap', bwrapArguments(bundle), { stdio: ['ignore', 'pipe', 'pipe', 'pipe'] });
  const closed = once(child, 'close') as Promise<[code: number | null, signal: NodeJS.Signals | null]>;
  for (const name of ['stdout', 'stderr'] as const) {
    createInterface({ input: child[name] as Readable }).on('line', (line) => {
      if (logPath) appendFileSync(logPath, `${new Date().toISOString()} ${name} F ${line}\n`);
    });
  }
  // bwrap tells its child's pid: the one that signals go to.
  const info = await new Promise<string>((resolve) => {
    let text = '';
    child.stdio[3]?.on('data', (part: Buffer) => (text += part.toString())).once('end', () => resolve(text));
  });
  const pid = /"child-pid": *(\d+)/.exec(info)?.[1];
  if (pid === undefined) throw new SlipwayError('RUNTIME_FAILED', 'bwrap started nothing: see the log');
  // The record is RUNNING before it can be EXITED.
  await moveContainer(id, [CREATED], { phase: RUNNING, startedAt, pid: Number(pid) });
  const ended = closed.then(async ([code, signal]) => {
    await exited(id, code ?? 128 + constants.signals[signal ?? 'SIGKILL']);
    running.delete(id);
  });
  ended.catch((error: unknown) => log.error({ err: error, container: id }, 'exit cannot be recorded'));
  running.set(id, { pid: Number(pid), ended });
}

function signal(pid: number, name: string): void {
  try {
    process.kill(pid, name.replace(/^(?!SIG)/, 'SIG'));
  } catch {
    // It has ended: its record says so soon.
  }
}

async function stop(id: string, graceMs: number, abort?: AbortSignal): Promise<void> {
  const { container } = (await records.getContainer({ id }).catch(unlessMissing)) ?? {};
  if (container?.phase === CREATED) await exited(id, 137);
  const one = running.get(id);
  if (!one) return;
  if (graceMs > 0) {
    signal(one.pid, container?.stopSignal || 'SIGTERM');
    const grace = new Promise((resolve) => setTimeout(resolve, graceMs));
    const aborted = new Promise((resolve) => abort?.addEventListener('abort', resolve));
    await Promise.race([one.ended, grace, aborted]);
    abort?.throwIfAborted();
  }
  signal(one.pid, 'SIGKILL');
  await one.ended;
}

/** Its containers ended with the instance before this one; how, nobody saw. */
for (const { id, phase } of (await records.listRecords({ handler })).containers) {
  if (phase === CREATED || phase === RUNNING) await exited(id, 255, 'Unknown');
}

const nothing = (what: string) => () => Promise.reject(new SlipwayError('UNSUPPORTED', `this executor has no ${what}`));
const leave = async (id: string): Promise<object> => {
  const change = { phase: SANDBOX_NOT_READY, reason: 'stopped' };
  await records.moveSandbox({ handler, id, from: [SANDBOX_READY], change }).catch(unlessMissing);
  return {};
};

const facts = { kind: 'bwrap', version: '0.8', ready: true, networkReady: true, infra: 'none' };
const server = await serveStage(bus, Executor, {
  handler,
  version: '1.0.0',
  log,
  handlers: {
    describe: () => Promise.resolve({ ...facts, name: handler, instance: bus.instance }),
    createSandbox: async ({ sandbox }) => {
      const id = sandbox?.id ?? '';
      const network = sandbox?.config?.linux?.securityContext?.namespaceOptions?.network;
      const refused = sandbox?.config && network !== NamespaceMode.NODE;
      if (refused) throw new SlipwayError('UNSUPPORTED', "this executor has the host's network alone");
      const made = await records.moveSandbox({ handler, id, from: [SANDBOX_INTENT], change: { phase: SANDBOX_READY } });
      if (made.sandbox?.phase !== SANDBOX_READY) throw new SlipwayError('SANDBOX_NOT_READY', 'it was stopped already');
      return made;
    },
    stopSandbox: ({ id }) => leave(id),
    removeSandbox: ({ id }) => leave(id),
    updateSandbox: nothing('resources of sandboxes'),
    updatePodCidr: nothing('CNI lists'),
    createContainer: async ({ container }) => {
      const { id = '', bundle = '', logPath = '', stopSignal = '' } = container ?? {};
      // What is wrong with the bundle is told now.
      bwrapArguments(bundle);
      return { container: await moveContainer(id, [INTENT], { phase: CREATED, bundle, logPath, stopSignal }) };
    },
    startContainer: async ({ id }) => {
      const { container } = await records.getContainer({ id });
      if (container?.phase === CREATED) await run(container);
      else if (container?.startedAt === 0n) throw new SlipwayError('CONTAINER_STATE', 'it is not CREATED');
      return {};
    },
    stopContainer: async ({ id, graceSeconds }, call) => {
      await stop(id, Number(graceSeconds) * 1000, call.signal);
      return {};
    },
    removeContainer: async ({ id }) => {
      await stop(id, 0);
      return {};
    },
    updateContainer: nothing('limits'),
    reopenContainerLog: async ({ id }) => {
      const { container } = await records.getContainer({ id });
      if (!running.has(id)) throw new SlipwayError('CONTAINER_STATE', 'it does not run');
      appendFileSync(container?.logPath || '/dev/null', '');
      return {};
    },
    execSync: nothing('exec'),
    exec: nothing('exec'),
    attach: nothing('attach'),
    portForward: nothing('port-forward'),
    collectStats: () => Promise.resolve({}),
  },
});
await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
await server.drain();
process.exit(0);
