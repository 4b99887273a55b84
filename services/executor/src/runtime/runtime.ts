import type { RuntimeCapabilities, RuntimeKind } from '@slipway/runtime-kinds';
import type { Deadline } from '@slipway/time';
import type { Launch } from './read-only-program.js';
import type { CommandResult } from './run-command.js';

/** Until when a runtime command may run, and what ends it sooner. */
export interface Limits {
  /** Milliseconds since the epoch. */
  deadline: Deadline;
  signal?: AbortSignal | undefined;
}

export interface ContainerState {
  status: 'creating' | 'created' | 'running' | 'stopped' | 'paused';
  pid: number;
}

/** How a command is run in a container. */
export interface ExecArguments {
  command: readonly string[];
  /** Gets the pid of the command once it was started, or of the runtime's process that waits for it (runsc). */
  pidFile: string;
  /** With the capability `innerPids`: gets the pid that the command has within the sandbox. */
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
  /** See ProgramRequest. */
  begins?: { ms: number; has: () => boolean } | undefined;
}

/**
 * The runtime of a handler: what its kind can do, and the verbs by which its containers are started, entered, signalled,
 * limited and deleted. `create` is left to conmon. All errors are RUNTIME_FAILED with the binary's own message, or
 * DEADLINE and CANCELLED.
 *
 * `OciRuntime` is the implementation for any binary with the OCI's command line; a kind that needs more extends it in a
 * file of its own (`crun.ts`, `gvisor.ts`).
 */
export interface Runtime {
  readonly kind: RuntimeKind;
  readonly capabilities: RuntimeCapabilities;
  /** Absolute path of the binary. */
  readonly path: string;
  /** Its state directory: one entry a container. */
  readonly root: string;
  /** Arguments before every sub-command. */
  readonly globalArgs: readonly string[];
  /** The file to execute for `path`, and its whole environment. */
  readonly launch: Launch;
  /** The same for `create`. */
  readonly createLaunch: Launch;

  start(id: string, limits: Limits): Promise<void>;

  /**
   * Whether a container that was created has been started, perhaps by an executor that was killed before it could write
   * so down. A runtime that keeps a FIFO from `create` until `start` distinguishes one that ended from one that never
   * ran. Other runtimes report only that a container runs now, and are asked only once a start has failed.
   * @param failed a start of it has just failed
   */
  hasStarted(id: string, limits: Limits & { failed?: boolean }): Promise<boolean>;

  /**
   * Sends a signal, by number, to the container's init, or, with the capability `innerPids`, to the process that has
   * `pid` within the sandbox. Answers false when it has ended or is not there.
   */
  kill(id: string, signal: number, options: Limits & { pid?: number }): Promise<boolean>;

  /** Changes a container's limits to those of a file: linux.resources as JSON (OCI runtime spec, config-linux.md). */
  update(id: string, file: string, limits: Limits): Promise<void>;

  /**
   * Deletes a container, with `force` also a running one. A missing container is success.
   * @param options.ended the container is known to have ended, which `force` then need not wait for
   */
  delete(id: string, options: Limits & { force?: boolean; ended?: boolean }): Promise<void>;

  /** The runtime's state of a container; undefined when it knows none of that id. */
  state(id: string, limits: Limits): Promise<ContainerState | undefined>;

  /**
   * Runs a command in a container as its own user and environment, without a terminal. The code is the command's, or,
   * where the pid file was not written, the runtime's.
   */
  exec(id: string, request: ExecRequest): Promise<CommandResult>;

  /** The command line of an exec. With a console socket, where the runtime leaves the new terminal, it always detaches. */
  execArguments(id: string, request: ExecArguments, consoleSocket?: string): string[];

  /** To be called when an exec has failed without starting its command: reaps the processes that the runtime has left. */
  reapFailedExec(): Promise<void>;

  /** As the binary prints it, for example `1.1.5+ds1`. */
  version(limits: Limits): Promise<string>;

  /** The features document (runtime spec, features.md); undefined for a binary that has no such command. */
  features(limits: Limits): Promise<Record<string, unknown> | undefined>;
}
