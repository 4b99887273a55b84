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
