import type { ServiceMessage, SupervisorCommand, SupervisorMessage } from './supervisor-channel.js';

/** Whether a supervisor has started this process. */
export function isSupervised(): boolean {
  return process.env['SLIPWAY_SUPERVISED'] === '1';
}

/**
 * Calls back when the supervisor that started this process has ended, however it
 * ended: it holds the other end of our channel and says so in the
 * environment. A service that was started by hand has no supervisor.
 */
export function onSupervisorGone(callback: () => void): void {
  if (!isSupervised()) return;
  if (process.connected) process.once('disconnect', callback);
  else callback();
}

/** Tells the supervisor, if there is one that listens. */
export function tellSupervisor(message: ServiceMessage): void {
  // A supervisor that is gone is noticed elsewhere.
  process.send?.(message, undefined, undefined, () => undefined);
}

/**
 * Carries out the supervisor's commands as they arrive, and reports their results. A ping is answered immediately, other
 * commands once the service has started.
 */
export function obeySupervisor(obey: Promise<(command: SupervisorCommand) => unknown>): void {
  process.on('message', (message: SupervisorMessage) => {
    const done = message.command === 'ping' ? Promise.resolve() : obey.then((run) => run(message));
    done.then(
      (result) => tellSupervisor({ reply: message.id, result }),
      (error: unknown) =>
        tellSupervisor({ reply: message.id, error: error instanceof Error ? error.message : String(error) }),
    );
  });
}
