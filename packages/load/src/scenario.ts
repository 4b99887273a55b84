/** A run of an operation. */
export interface Iteration {
  /** Counts from 0 over the whole load test. */
  readonly index: number;
  /** Aborted when the load test was given up. */
  readonly signal: AbortSignal;
  /** Runs a part of the operation and records how long it took, from its own start. */
  readonly step: <T>(name: string, work: () => Promise<T>) => Promise<T>;
}

export interface Operation {
  readonly name: string;
  readonly run: (iteration: Iteration) => Promise<void>;
}

/** A process whose use of the machine is reported. */
export interface WatchedProcess {
  name: string;
  pid: number;
}

/**
 * The calls of a load test. `prepare` comes first, then operations in turn, then `cleanUp`, which is
 * called in any case, after a `prepare` that failed half-way too, and removes all that the others created.
 */
export interface Scenario {
  /** gateway, puller, builder, executor, pipeline or cri. */
  readonly stage: string;
  /** The target: a socket, or a stage of a node. */
  readonly target: string;
  /** In a sentence: what one operation is. */
  readonly about: string;
  prepare(signal: AbortSignal): Promise<void>;
  /** Taken in turn: the first arrival runs the first one. */
  readonly operations: readonly Operation[];
  /** Those that do the work; asked for once, after `prepare`. */
  processes(): Promise<WatchedProcess[]>;
  cleanUp(): Promise<void>;
}
