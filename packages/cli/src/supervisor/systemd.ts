import { sendUnixDatagram } from '@slipway/linux';
import type { Logger } from '@slipway/telemetry';

/**
 * The socket for messages to systemd, where this process is the main one of a unit with Type=notify (sd_notify(3)).
 * It is taken out of the environment: what the supervisor starts must not speak in its name.
 */
export function takeNotifySocket(): string | undefined {
  const socket = process.env['NOTIFY_SOCKET'];
  delete process.env['NOTIFY_SOCKET'];
  return socket === undefined || socket === '' ? undefined : socket;
}

/** Sends systemd the variables of sd_notify(3), a line each. A failure is logged: the node runs without it. */
export function notifySystemd(socket: string | undefined, text: string, log: Logger): void {
  if (socket === undefined) return;
  try {
    sendUnixDatagram(socket, text);
  } catch (error) {
    log.warn({ err: error, socket }, 'systemd cannot be notified');
  }
}
