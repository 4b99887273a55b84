import type { Upgrade } from '../upgrade.js';
import { WebSocketChannels } from '../websocket/channels.js';
import { acceptWebSocket } from '../websocket/handshake.js';
import {
  type CommandHandler,
  type CommandOptions,
  defaultIdleTimeoutMs,
  type SessionOptions,
  type SessionOutcome,
} from './handler.js';
import { commandFeatures, commandSubprotocols } from './protocols.js';
import { readSizes, ResizeQueue } from './resize.js';
import { runCommand } from './run.js';

/** Channel numbers (kubelet pkg/cri/streaming/remotecommand). */
export const commandChannels = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4 } as const;

/** Serves one command over WebSocket: its five channels are there from the start. */
export async function serveWebSocketCommand(
  upgrade: Upgrade,
  options: CommandOptions & SessionOptions,
  handler: CommandHandler,
): Promise<SessionOutcome> {
  const accepted = await acceptWebSocket(upgrade, commandSubprotocols);
  if (!accepted) return { end: 'refused', bytesReceived: 0, bytesSent: 0 };
  const { socket, protocol } = accepted;
  const { statusObject, closeSignal } = commandFeatures(protocol);
  const hasStderr = options.stderr && !options.tty;
  const mux = new WebSocketChannels(socket, {
    count: 5,
    readable: (channel) =>
      (channel === commandChannels.stdin && options.stdin) || (channel === commandChannels.resize && options.tty),
    base64: protocol.includes('base64'),
    closeSignal,
    idleTimeoutMs: options.idleTimeoutMs ?? defaultIdleTimeoutMs,
  });
  const [stdin, stdout, stderr, error, resizeChannel] = mux.channels;
  if (!error || !resizeChannel) throw new Error('a command has five channels');
  // An empty message on the first channel that goes to the client tells it that all is set up.
  const first = options.stdout ? commandChannels.stdout : hasStderr ? commandChannels.stderr : commandChannels.error;
  socket.send(protocol.includes('base64') ? String(first) : Buffer.from([first]));
  const resize = new ResizeQueue();
  if (options.tty) readSizes(resizeChannel, resize);
  else resize.end();
  const outcome = await runCommand(
    {
      stdin: options.stdin ? stdin : undefined,
      stdout: options.stdout ? stdout : undefined,
      stderr: hasStderr ? stderr : undefined,
      error,
      resize,
    },
    handler,
    statusObject,
    mux.gone,
    options.signal,
  );
  await mux.close();
  return { ...outcome, bytesReceived: mux.bytesReceived, bytesSent: mux.bytesSent };
}
