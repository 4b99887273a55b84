import { type Upgrade, wantedProtocol } from '../upgrade.js';
import type { CommandHandler, CommandOptions, SessionOptions, SessionOutcome } from './handler.js';
import { serveSpdyCommand } from './spdy.js';
import { serveWebSocketCommand } from './websocket.js';

/**
 * Serves one remote command (exec or attach) on an upgrade request: SPDY/3.1 with
 * `X-Stream-Protocol-Version`, or WebSocket with a `…channel.k8s.io` subprotocol. Answers
 * when the connection is gone. Never rejects for what a client or the handler does.
 */
export function serveRemoteCommand(
  upgrade: Upgrade,
  options: CommandOptions & SessionOptions,
  handler: CommandHandler,
): Promise<SessionOutcome> {
  const serve = wantedProtocol(upgrade.request) === 'websocket' ? serveWebSocketCommand : serveSpdyCommand;
  return serve(upgrade, options, handler);
}
