/** The signals by which a person or a service manager ends a command. */
export const endSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * The first SIGINT, SIGTERM or SIGHUP aborts the work, so that it can clean up; the second one ends this process immediately.
 * @param leaves said then: how what is left is removed
 */
export function interruptible(command: string, leaves: string): { signal: AbortSignal; release(): void } {
  const stop = new AbortController();
  const ask = (): void => {
    if (stop.signal.aborted) {
      process.stderr.write(`${command}: ended at once; ${leaves}\n`);
      process.exit(130);
    }
    process.stderr.write(`${command}: ending and cleaning up; once more ends at once\n`);
    stop.abort();
  };
  for (const name of endSignals) process.on(name, ask);
  return { signal: stop.signal, release: () => void endSignals.map((name) => process.off(name, ask)) };
}
