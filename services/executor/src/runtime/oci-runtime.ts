import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CgroupMode } from '@slipway/cgroups';
import { runtimeHint, runtimeMessage } from '@slipway/conmon';
import { isSlipwayError, SlipwayError } from '@slipway/errors';
import { capabilitiesOf, type RuntimeCapabilities, type RuntimeKind } from '@slipway/runtime-kinds';
import { deadlineIn, earlier } from '@slipway/time';
import { programVariable } from './hybrid-wrapper.js';
import type { Launch, ReadOnlyProgram } from './read-only-program.js';
import { type CommandResult, runCommand } from './run-command.js';
import type { ContainerState, ExecArguments, ExecRequest, Limits, Runtime } from './runtime.js';

/** Parts of the node that opening a runtime may need. */
export interface RuntimeHost {
  cgroupMode: CgroupMode;
  /** The handler's setting `platform`; empty where it has none. */
  platform: string;
  /** Directory of the containers' directories. */
  containers: string;
  /** Writes a program of this text that replaces the handler's runtime, and answers its path. */
  writeWrapper: (text: string) => Promise<string>;
}

/** Opens a kind's runtime. Throws INVALID_CONFIG, RUNTIME_FAILED, DEADLINE. */
export type OpenRuntime = (options: OciRuntimeOptions, host: RuntimeHost) => Promise<Runtime>;

export interface OciRuntimeOptions {
  kind: RuntimeKind;
  /** Absolute path of the binary. */
  path: string;
  /** The same program, to be run in the binary's stead. */
  view?: ReadOnlyProgram | undefined;
  /** Stands in for the binary at `create`; what it is to run it finds in its environment as `programVariable`. */
  wrapper?: string | undefined;
  /** The runtime's own state directory. */
  root: string;
  /** Arguments before the sub-command. */
  options?: readonly string[] | undefined;
  systemdCgroup?: boolean | undefined;
  /** Where it is known already; else the binary is asked. */
  version?: string | undefined;
}

/** A runtime that hangs must not hold a call for longer than this, whatever the call's own deadline. */
const commandMs = 120_000;
const missing = /does not exist|not exist|no such (file|container)|not found/i;
const ended = /not running|no such process|already finished|process already|stopped/i;

/** For a binary to report its version: mostly its start, which takes seconds on a loaded node. */
const versionMs = 60_000;

/**
 * A runtime binary, called as the OCI's command line interface has it (opencontainers runtime-tools
 * docs/command-line-interface.md), and as the capabilities of its kind say.
 */
export class OciRuntime implements Runtime {
  readonly kind: RuntimeKind;
  readonly capabilities: RuntimeCapabilities;
  readonly path: string;
  readonly globalArgs: readonly string[];
  readonly root: string;
  readonly #view: ReadOnlyProgram | undefined;
  readonly #wrapper: string | undefined;
  readonly #version: string | undefined;

  constructor(options: OciRuntimeOptions) {
    this.root = options.root;
    this.#version = options.version;
    this.kind = options.kind;
    this.capabilities = capabilitiesOf(options.kind);
    this.path = options.path;
    this.#view = options.view;
    this.#wrapper = options.wrapper;
    this.globalArgs = [
      `--root=${options.root}`,
      ...(options.systemdCgroup ? ['--systemd-cgroup'] : []),
      ...(options.options ?? []),
    ];
  }

  get launch(): Launch {
    const { file, env } = this.#view?.launch ?? { file: this.path, env: {} };
    return { file, env: { PATH: process.env['PATH'] ?? '', ...env } };
  }

  get createLaunch(): Launch {
    const { file, env } = this.launch;
    return this.#wrapper === undefined
      ? { file, env }
      : { file: this.#wrapper, env: { ...env, [programVariable]: file } };
  }

  async start(id: string, limits: Limits): Promise<void> {
    await this.#must(['start', id], limits);
  }

  async hasStarted(id: string, limits: Limits & { failed?: boolean }): Promise<boolean> {
    const { startFifo } = this.capabilities;
    if (startFifo ? existsSync(join(this.root, id, 'exec.fifo')) : !limits.failed) return false;
    const status = (await this.state(id, limits))?.status;
    return status === 'running' || status === 'paused' || (startFifo && status === 'stopped');
  }

  async kill(id: string, signal: number, options: Limits & { pid?: number }): Promise<boolean> {
    const flags = options.pid === undefined ? [] : [`--pid=${options.pid}`];
    const result = await this.#run(['kill', ...flags, id, String(signal)], options);
    if (result.code === 0) return true;
    const message = failure(result);
    if (missing.test(message) || ended.test(message)) return false;
    throw this.#failed('kill', message, id);
  }

  async update(id: string, file: string, limits: Limits): Promise<void> {
    const result = await this.#run(['update', '--resources', file, id], limits);
    if (result.code !== 0) throw this.#failed('update', failure(result), id);
  }

  /**
   * runc from 1.2 on kills each container that it deletes with force, and waits 100 ms before it checks whether that has
   * ended (its delete.go, killContainer). So a container that has `ended` is deleted without force first.
   */
  async delete(id: string, options: Limits & { force?: boolean; ended?: boolean }): Promise<void> {
    if (options.force && options.ended) {
      const result = await this.#run(['delete', id], options);
      if (result.code === 0 || missing.test(failure(result))) return;
    }
    const result = await this.#run(['delete', ...(options.force ? ['--force'] : []), id], options);
    if (result.code === 0) return;
    const message = failure(result);
    if (!missing.test(message)) throw this.#failed('delete', message, id);
  }

  async state(id: string, limits: Limits): Promise<ContainerState | undefined> {
    const result = await this.#run(['state', id], limits);
    if (result.code === 0) return JSON.parse(result.stdout.toString()) as ContainerState;
    const message = failure(result);
    if (missing.test(message)) return undefined;
    throw this.#failed('state', message, id);
  }

  async exec(id: string, request: ExecRequest): Promise<CommandResult> {
    const { pidFile, deadline, signal, maxOutput, onKill, oomScoreAdj, begins } = request;
    const result = await runCommand({
      path: this.path,
      ...this.launch,
      args: this.execArguments(id, request),
      oomScoreAdj,
      deadline,
      signal,
      maxOutput,
      onKill,
      begins,
      follow: this.capabilities.execDetaches ? async () => Number(await readFile(pidFile, 'utf8')) : undefined,
    });
    if (result.code !== 0 && !existsSync(pidFile)) await this.reapFailedExec();
    return result;
  }

  execArguments(id: string, request: ExecArguments, consoleSocket?: string): string[] {
    const { command, pidFile, innerPidFile, processFile, cgroup } = request;
    const flag = (name: string, value: string | undefined): string[] => (value === undefined ? [] : [name, value]);
    const flags = [
      ...flag('--pid-file', pidFile),
      ...flag('--internal-pid-file', this.capabilities.innerPids ? innerPidFile : undefined),
      ...flag('--cgroup', cgroup),
      ...flag('--console-socket', consoleSocket),
      ...(this.capabilities.execDetaches || consoleSocket !== undefined ? ['--detach'] : []),
      ...flag('--process', processFile),
    ];
    return [...this.globalArgs, 'exec', ...flags, id, ...(processFile === undefined ? command : [])];
  }

  /** A plain runtime leaves none. */
  async reapFailedExec(): Promise<void> {}

  async version(limits: Limits): Promise<string> {
    if (this.#version !== undefined) return this.#version;
    const result = await this.#must(['--version'], limits);
    const text = result.stdout.toString();
    return /version:?\s+(\S+)/.exec(text)?.[1] ?? text.split('\n')[0]?.trim() ?? '';
  }

  async features(limits: Limits): Promise<Record<string, unknown> | undefined> {
    try {
      const result = await this.#must(['features'], limits);
      return JSON.parse(result.stdout.toString()) as Record<string, unknown>;
    } catch (error) {
      if (isSlipwayError(error) && error.code !== 'RUNTIME_FAILED') throw error;
      return undefined;
    }
  }

  async #run(args: readonly string[], limits: Limits): Promise<CommandResult> {
    const deadline = earlier(limits.deadline, deadlineIn(commandMs));
    const { path, launch, globalArgs } = this;
    return await runCommand({ path, ...launch, args: [...globalArgs, ...args], deadline, signal: limits.signal });
  }

  async #must(args: readonly string[], limits: Limits): Promise<CommandResult> {
    const result = await this.#run(args, limits);
    if (result.code !== 0) throw this.#failed(args[0] ?? '', failure(result), args[1]);
    return result;
  }

  #failed(command: string, message: string, id?: string): SlipwayError {
    return new SlipwayError('RUNTIME_FAILED', `${this.kind} ${command}: ${message}`, {
      object: id === undefined ? undefined : `container ${id}`,
      hint: runtimeHint(message),
    });
  }
}

/** The options of a runtime together with its version, which its binary is asked for. Throws RUNTIME_FAILED, DEADLINE. */
export async function withVersion(options: OciRuntimeOptions): Promise<OciRuntimeOptions & { version: string }> {
  return { ...options, version: await new OciRuntime(options).version({ deadline: deadlineIn(versionMs) }) };
}

function failure(result: CommandResult): string {
  const text = runtimeMessage(result.stderr.toString()) || runtimeMessage(result.stdout.toString());
  return text || `ended with code ${result.code} and no message`;
}
