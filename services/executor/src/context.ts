import type { Cgroups, MoveHastener } from '@slipway/cgroups';
import type { Settings } from '@slipway/config';
import type { ContainerRecord, LifecycleEvent } from '@slipway/contracts';
import type { Records } from '@slipway/records';
import type { StageContext } from '@slipway/stage';
import type { Logger } from '@slipway/telemetry';
import type { Deadline } from '@slipway/time';
import type { ConmonPlace } from './container/conmon-place.js';
import type { ContainerFacts } from './container/facts.js';
import type { ExecutorPaths } from './paths.js';
import type { Runtime } from './runtime/runtime.js';
import type { SystemdUnits } from './systemd/units.js';

/** The parts of an executor process, which serves one handler on one node. */
export interface ExecutorContext {
  readonly settings: Settings;
  readonly handler: string;
  readonly records: Pick<Records, 'containers' | 'sandboxes' | 'withLock'>;
  readonly runtime: Runtime;
  readonly cgroups: Cgroups;
  /** Only with the systemd cgroup driver. */
  readonly units: SystemdUnits;
  /** Where conmons are kept, outside of the executor's cgroup. */
  readonly conmons: ConmonPlace;
  /** For whatever is about to have a runtime put a process into a cgroup. */
  readonly moves: MoveHastener;
  readonly paths: ExecutorPaths;
  readonly log: Logger;
  readonly exits: Exits;
  readonly stopSignals: StopSignals;
  /** The process between the runtime and a container: conmon, where it can be used. */
  holder(record: ContainerRecord): ContainerHolder;
  /** Tells who listens that a record moved; never fails. */
  publish(kind: 'container' | 'sandbox', event: LifecycleEvent): void;
}

/** The ends of containers: notices them and moves their records to EXITED (`exits/watcher.ts`). */
export interface Exits {
  /** Watches from now on, and moves the records of what has ended before. Resolves when every exit file was dealt with. */
  start(): Promise<void>;
  close(): void;
  /**
   * Watches a container's init and its conmon, for the case that conmon is killed.
   * @param conmonPid of a conmon that was just started; else it is read from its pid file
   */
  watchProcess(record: ContainerRecord, conmonPid?: number): void;
  /** Live containers whose end is waited for. */
  readonly watching: number;
  /** Ends the watch of a container that was removed. */
  forget(id: string): void;
  /**
   * Moves a container's record to EXITED when its exit file is there. Answers the record now in force. A record that
   * is still CREATED is moved under the container's lock: its start may be under way.
   * @param options.locked the caller holds the container's lock
   */
  settle(id: string, options?: { locked?: boolean | undefined }): Promise<ContainerRecord | undefined>;
  /** Waits until a container has ended. Answers false when the deadline comes first; rejects when the signal is aborted. */
  wait(id: string, options: WaitOptions): Promise<boolean>;
}

export interface WaitOptions {
  deadline: Deadline;
  signal?: AbortSignal | undefined;
  /** The caller holds the container's lock. */
  locked?: boolean | undefined;
}

/** The stop signals that containers were sent (`container/stop-signals.ts`). */
export interface StopSignals {
  /** Sends a running container its stop signal unless that was done. Answers how many milliseconds ago it was sent first. */
  send(context: ExecutorContext, record: ContainerRecord, call: Call): Promise<number>;
  /** The container has ended, or is gone. */
  forget(id: string): void;
}

/**
 * Stands between the runtime and one container for as long as it lives: keeps its stdio, writes
 * its log and its exit file. It outlives the executor.
 */
export interface ContainerHolder {
  /** Runs the runtime's `create`. */
  create(record: ContainerRecord, facts: ContainerFacts, call: Call): Promise<HeldContainer>;
  /** Runs the runtime's `start`. */
  start(record: ContainerRecord, call: Call): Promise<void>;
}

export interface HeldContainer {
  /** The container's init on the host. */
  pid: number;
  /** Set where conmon holds the container. */
  conmonPid?: number | undefined;
}

/** The parts of a call. */
export type Call = Pick<StageContext, 'signal' | 'deadline' | 'log'>;

/** A call of a stage's client, which may wait without holding a place. */
export type WaitingCall = Call & Pick<StageContext, 'idle'>;
