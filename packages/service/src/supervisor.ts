/**
 * Calls back when the supervisor that started this process has ended, however it
 * ended: it holds the other end of our standard input and says so in the
 * environment. A service that was started by hand has no supervisor.
 */
export function onSupervisorGone(callback: () => void): void {
  if (process.env['SLIPWAY_SUPERVISED'] !== '1') return;
  process.stdin.once('end', callback);
  process.stdin.once('error', callback);
  process.stdin.resume();
}

/** Tells the supervisor, if there is one that listens, how far this process is and where its health is. */
export function tellSupervisor(message: { state: 'ready' | 'draining'; http?: string }): void {
  // A supervisor that is gone is noticed elsewhere.
  process.send?.(message, undefined, undefined, () => undefined);
}
