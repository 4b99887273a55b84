import type { Clock } from './clock.js';

/** Milliseconds that a caller waits after an error: a target that refuses immediately must not be asked a million times. */
export const ERROR_PAUSE_MS = 10;

export interface ClosedLoopOptions {
  concurrency: number;
  /** Operations after which it ends. */
  maxOperations: number;
  /** Clock time. */
  end: number;
  clock: Clock;
  signal: AbortSignal;
  /** Runs one operation and answers whether it went well; must not reject. */
  run(index: number): Promise<boolean>;
}

/** `concurrency` callers, each of which sends its next operation once the last was answered; answers the callers. */
export function closedLoop(options: ClosedLoopOptions): Promise<void>[] {
  const { clock, signal, end } = options;
  let next = 0;
  const caller = async (): Promise<void> => {
    while (!signal.aborted && clock.now() < end && next < options.maxOperations) {
      const well = await options.run(next++);
      if (!well) await clock.until(Math.min(clock.now() + ERROR_PAUSE_MS, end), signal);
    }
  };
  return Array.from({ length: options.concurrency }, caller);
}
