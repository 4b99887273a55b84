import { sendUnixDatagram } from '@slipway/linux';
import type { Logger } from '@slipway/telemetry';

/** systemd's variables for the main process of a unit (sd_notify(3), sd_watchdog_enabled(3)). */
const variables = ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID'] as const;

/** systemd, for the main process of a unit with Type=notify; elsewhere it does nothing. */
export class ServiceManager {
  #timer: NodeJS.Timeout | undefined;

  private constructor(
    readonly log: Logger,
    /** The variables as they were: for the program that this process becomes. */
    readonly environment: Readonly<Record<string, string>>,
  ) {}

  /** Takes the variables out of the environment: what the supervisor starts must not speak in its name. */
  static take(log: Logger, env: NodeJS.ProcessEnv = process.env): ServiceManager {
    const found: Record<string, string> = {};
    for (const name of variables) {
      const value = env[name];
      delete env[name];
      if (value) found[name] = value;
    }
    return new ServiceManager(log, found);
  }

  /** Sends the variables of sd_notify(3), a line each. A failure is logged: the node runs without it. */
  notify(text: string): void {
    const socket = this.environment['NOTIFY_SOCKET'];
    if (socket === undefined) return;
    try {
      sendUnixDatagram(socket, text);
    } catch (error) {
      this.log.warn({ err: error, socket }, 'systemd cannot be notified');
    }
  }

  /**
   * Shows systemd twice within WatchdogSec= that the event loop turns; a supervisor that hangs is killed and started again.
   * Its services are watched by itself, see Watchdog.
   */
  keepAlive(): void {
    const { WATCHDOG_USEC: microseconds, WATCHDOG_PID: pid } = this.environment;
    const ms = Number(microseconds) / 1000;
    if (!(ms > 0) || (pid !== undefined && pid !== String(process.pid))) return;
    this.notify('WATCHDOG=1');
    this.#timer = setInterval(() => this.notify('WATCHDOG=1'), ms / 2);
    this.#timer.unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
