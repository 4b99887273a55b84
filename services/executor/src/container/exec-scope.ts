import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { makeSubCgroup, type SubCgroup } from '@slipway/cgroups';
import type { ContainerRecord } from '@slipway/contracts';
import { deadlineIn } from '@slipway/time';
import type { ExecutorContext } from '../context.js';
import { checkAccountFiles } from './account-files.js';
import { findFacts, ownCgroup } from './facts.js';

const SIGKILL = 9;
const killMs = 30_000;
/**
 * Milliseconds within which the runtime starts a command, also one without a time-out. runc reads files of the container
 * first (see account-files.ts), and one that is swapped for a FIFO in that moment is never read to its end.
 */
const startMs = 60_000;

/**
 * Resources of a command in a container, apart from the container's other processes: a cgroup of its own below the
 * container's, so that a command can be ended with everything that it started, also what left its session or
 * lost its parent.
 */
export class ExecScope {
  readonly #context: ExecutorContext;
  readonly #record: ContainerRecord;
  readonly #cgroup: SubCgroup | undefined;
  /** For the runtime's `--cgroup`. */
  readonly cgroupFlag: string | undefined;
  /** For the runtime's `--pid-file`: there once the command was started. */
  readonly pidFile: string;
  /** Gets the command's pid within the sandbox of a runtime that has one. */
  readonly innerPidFile: string;
  /** For the runtime's `--process`. */
  readonly processFile: string;
  /** For the runtime's `--console-socket`. */
  readonly consoleSocket: string;
  /** See ProgramRequest. */
  readonly begins = { ms: startMs, has: () => this.started() };

  private constructor(
    context: ExecutorContext,
    record: ContainerRecord,
    name: string,
    flag: string,
    cgroup?: SubCgroup,
  ) {
    this.#context = context;
    this.#record = record;
    this.#cgroup = cgroup;
    this.cgroupFlag = cgroup === undefined ? undefined : flag;
    const { directory } = context.paths.container(record.id);
    this.pidFile = `${directory}/${name}.pid`;
    this.innerPidFile = `${directory}/${name}.inner`;
    this.processFile = `${directory}/${name}.json`;
    // A socket's path must be short.
    this.consoleSocket = `${context.paths.attach}/${name}`;
  }

  static async open(context: ExecutorContext, record: ContainerRecord): Promise<ExecScope> {
    const name = `exec-${randomBytes(6).toString('hex')}`;
    const { execReadsAccounts, execCgroup } = context.runtime.capabilities;
    if (execReadsAccounts) checkAccountFiles(record);
    const facts = await findFacts(context.paths, record.id, record.bundle);
    const path = facts ? ownCgroup(facts) : '';
    if (execCgroup === 'none' || path === '') return new ExecScope(context, record, name, '');
    // A runtime that moves the command in all hierarchies leaves it outside of the container's limits in one where
    // the sub-cgroup is missing.
    const { mode } = context.cgroups;
    const onlyPids = execCgroup === 'named' && mode !== 'v2' && context.cgroups.controller('pids') !== undefined;
    let cgroup: SubCgroup | undefined;
    try {
      cgroup = makeSubCgroup(context.cgroups, path, name, onlyPids ? ['pids'] : undefined);
    } catch (error) {
      // A container that may write its cgroups may forbid new ones (cgroup.max.descendants, cgroup-v2.rst).
      context.log.warn({ container: record.id, err: error }, 'a command gets no cgroup of its own');
    }
    return new ExecScope(context, record, name, onlyPids ? `pids:${name}` : name, cgroup);
  }

  /** Ends the command and all that it started. */
  async kill(): Promise<void> {
    if (this.#cgroup) {
      if (!(await this.#cgroup.kill({ deadlineMs: killMs }))) {
        this.#context.log.warn({ container: this.#record.id }, 'processes of a command do not end on SIGKILL');
      }
      return;
    }
    if (!this.#context.runtime.capabilities.innerPids) return;
    // There are no host processes to kill: the pid within the sandbox names the command.
    const pid = Number(await readFile(this.innerPidFile, 'utf8').catch(() => '0'));
    const limits = { deadline: deadlineIn(killMs) };
    if (pid > 0) await this.#context.runtime.kill(this.#record.id, SIGKILL, { ...limits, pid });
  }

  /** Whether the runtime got as far as starting the command. */
  started(): boolean {
    try {
      return readFileSync(this.pidFile, 'utf8') !== '';
    } catch {
      return false;
    }
  }

  /** Processes that the command left in the background become the container's. */
  async close(): Promise<void> {
    for (const file of [this.pidFile, this.innerPidFile, this.processFile]) rmSync(file, { force: true });
    try {
      this.#cgroup?.dissolve(this.#record.pid);
    } catch (error) {
      // It goes with the container's cgroup.
      this.#context.log.debug({ container: this.#record.id, err: error }, "a command's cgroup is still in use");
    }
  }
}
