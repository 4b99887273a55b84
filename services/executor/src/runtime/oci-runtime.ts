import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HandlerSettings } from '@slipway/config';
import { runtimeMessage } from '@slipway/conmon';
import { isSlipwayError, SlipwayError } from '@slipway/errors';
import { type Deadline, deadlineIn, earlier } from '@slipway/time';
import { programVariable } from './hybrid-wrapper.js';
import type { Launch, ReadOnlyProgram } from './read-only-program.js';
import { reapLeft } from './reap-left.js';
import { type CommandResult, runCommand } from './run-command.js';

/** Until when a runtime command may run, and what ends it sooner. */
export interface Limits {
  /** Milliseconds since the epoch. */
  deadline: Deadline;
  signal?: AbortSignal | undefined;
}

export interface OciRuntimeOptions {
  kind: HandlerSettings['kind'];
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

export interface ContainerState {
  status: 'creating' | 'created' | 'running' | 'stopped' | 'paused';
  pid: number;
}

/** How a command is run in a container. */
export interface ExecArguments {
  command: readonly string[];
  /** Gets the pid of the command, once it was started; with runsc that of the runsc which waits for it. */
  pidFile: string;
  /** Only runsc: gets the pid that the command has within the sandbox. */
  innerPidFile?: string | undefined;
  /** A file with the whole process to run, for `--process`; it contains `command`. */
  processFile?: string | undefined;
  /** Sub-cgroup of the container's that the command runs in, as `--cgroup` takes it. */
  cgroup?: string | undefined;
}

export interface ExecRequest extends ExecArguments, Limits {
  /** See ProgramRequest. */
  oomScoreAdj?: number | undefined;
  maxOutput: number;
  /** See CommandRequest. */
  onKill?: (() => Promise<void>) | undefined;
}

/** A runtime that hangs must not hold a call for longer than this, whatever the call's own deadline. */
const commandMs = 120_000;
const missing = /does not exist|not exist|no such (file|container)|not found/i;
const ended = /not running|no such process|already finished|process already|stopped/i;

/**
 * An OCI runtime binary, called as the runtime command line interface says (opencontainers
 * runtime-tools docs/command-line-interface.md). `create` is left to conmon. All
 * errors are RUNTIME_FAILED with the binary's own message, or DEADLINE and CANCELLED.
 */
export class OciRuntime {
  readonly kind: HandlerSettings['kind'];
  readonly path: string;
  /** Arguments before every sub-command. */
  readonly globalArgs: readonly string[];

  /** Its state directory: one entry a container. */
  readonly root: string;
  readonly #view: ReadOnlyProgram | undefined;
  readonly #wrapper: string | undefined;
  readonly #version: string | undefined;

  constructor(options: OciRuntimeOptions) {
    this.root = options.root;
    this.#version = options.version;
    this.kind = options.kind;
    this.path = options.path;
    this.#view = options.view;
    this.#wrapper = options.wrapper;
    this.globalArgs = [
      `--root=${options.root}`,
      ...(options.systemdCgroup ? ['--systemd-cgroup'] : []),
      ...(options.options ?? []),
    ];
  }

  /** The file to execute for `path`, and its whole environment. */
  get launch(): Launch {
    const { file, env } = this.#view?.launch ?? { file: this.path, env: {} };
    return { file, env: { PATH: process.env['PATH'] ?? '', ...env } };
  }

  /** The same for `create`. */
  get createLaunch(): Launch {
    const { file, env } = this.launch;
    return this.#wrapper === undefined
      ? { file, env }
      : { file: this.#wrapper, env: { ...env, [programVariable]: file } };
  }

  async start(id: string, limits: Limits): Promise<void> {
    await this.#must(['start', id], limits);
  }

  /**
   * Whether somebody has started a container that was created: an executor that was killed before it could write so
   * down. runc and crun keep a fifo from `create` until `start`, which distinguishes one that ended from one that
   * never ran; of other runtimes it is known of a container that runs, and asked only once a start failed.
   * @param failed a start of it has just failed
   */
  async hasStarted(id: string, limits: Limits & { failed?: boolean }): Promise<boolean> {
    const keepsFifo = this.kind === 'runc' || this.kind === 'crun';
    if (keepsFifo ? existsSync(join(this.root, id, 'exec.fifo')) : !limits.failed) return false;
    const status = (await this.state(id, limits))?.status;
    return status === 'running' || status === 'paused' || (keepsFifo && status === 'stopped');
  }

  /**
   * Sends a signal, by number, to the container's init, or (only runsc) to the process that has `pid` within the
   * sandbox. Answers false when it has ended or is not there.
   */
  async kill(id: string, signal: number, options: Limits & { pid?: number }): Promise<boolean> {
    const flags = options.pid === undefined ? [] : [`--pid=${options.pid}`];
    const result = await this.#run(['kill', ...flags, id, String(signal)], options);
    if (result.code === 0) return true;
    const message = failure(result);
    if (missing.test(message) || ended.test(message)) return false;
    throw this.#failed('kill', message, id);
  }

  /** Changes a container's limits to those of a file: linux.resources as JSON (OCI runtime spec, config-linux.md). */
  async update(id: string, file: string, limits: Limits): Promise<void> {
    const result = await this.#run(['update', '--resources', file, id], limits);
    if (result.code !== 0) throw this.#failed('update', failure(result), id);
  }

  /**
   * Deletes a container, with `force` also a running one. A missing container is success.
   *
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

  /** The runtime's state of a container; undefined when it knows none of that id. */
  async state(id: string, limits: Limits): Promise<ContainerState | undefined> {
    const result = await this.#run(['state', id], limits);
    if (result.code === 0) return JSON.parse(result.stdout.toString()) as ContainerState;
    const message = failure(result);
    if (missing.test(message)) return undefined;
    throw this.#failed('state', message, id);
  }

  /**
   * Runs a command in a container as its own user and environment, without a terminal. The code is the command's, or,
   * where the pid file was not written, the runtime's.
   *
   * runc copies a command's output itself and ends only when every holder of it has, background children
   * included; detached it hands our own pipes on, and the command becomes our child.
   */
  async exec(id: string, request: ExecRequest): Promise<CommandResult> {
    const { pidFile, deadline, signal, maxOutput, onKill, oomScoreAdj } = request;
    const result = await runCommand({
      path: this.path,
      ...this.launch,
      args: this.execArguments(id, request),
      oomScoreAdj,
      deadline,
      signal,
      maxOutput,
      onKill,
      follow: this.execDetaches ? async () => Number(await readFile(pidFile, 'utf8')) : undefined,
    });
    if (result.code !== 0 && !existsSync(pidFile)) await this.reapFailedExec();
    return result;
  }

  /** Whether the runtime leaves a command without a terminal to us, see `exec`. */
  get execDetaches(): boolean {
    return this.kind === 'runc';
  }

  /** The command line of an exec. With a console socket, where the runtime leaves the new terminal, it always detaches. */
  execArguments(id: string, request: ExecArguments, consoleSocket?: string): string[] {
    const { command, pidFile, innerPidFile, processFile, cgroup } = request;
    const flag = (name: string, value: string | undefined): string[] => (value === undefined ? [] : [name, value]);
    const flags = [
      ...flag('--pid-file', pidFile),
      ...flag('--internal-pid-file', this.kind === 'runsc' ? innerPidFile : undefined),
      ...flag('--cgroup', cgroup),
      ...flag('--console-socket', consoleSocket),
      ...(this.execDetaches || consoleSocket !== undefined ? ['--detach'] : []),
      ...flag('--process', processFile),
    ];
    return [...this.globalArgs, 'exec', ...flags, id, ...(processFile === undefined ? command : [])];
  }

  /**
   * To be called when an exec has failed without starting its command. crun forks for an exec and does not wait for the
   * one that finds no command to run. As a zombie that would hold the container's pid namespace, whose init could not end.
   */
  async reapFailedExec(): Promise<void> {
    if (this.kind === 'crun') await reapLeft();
  }

  /** As the binary prints it, for example `1.1.5+ds1`. */
  async version(limits: Limits): Promise<string> {
    if (this.#version !== undefined) return this.#version;
    const result = await this.#must(['--version'], limits);
    const text = result.stdout.toString();
    return /version:?\s+(\S+)/.exec(text)?.[1] ?? text.split('\n')[0]?.trim() ?? '';
  }

  /** The features document (runtime spec, features.md); undefined for a binary that has no such command. */
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
    });
  }
}

function failure(result: CommandResult): string {
  const text = runtimeMessage(result.stderr.toString()) || runtimeMessage(result.stdout.toString());
  return text || `ended with code ${result.code} and no message`;
}
