import { isAbsolute } from 'node:path';
import { confined, FilteredSpawner } from '@slipway/linux';
import { filterVariable, handedSockets } from '@slipway/service';
import type { Logger } from '@slipway/telemetry';
import { Child } from './child.js';
import type { ProcessSpec } from './process-spec.js';

export interface SpawnOptions {
  /** A service begins drained. */
  drained: boolean;
  /** The output of a service is read by the supervisor, and does not go to its stderr. */
  collect: boolean;
  log: Logger;
}

/** The thread that starts NATS and Redis. */
const servers = new FilteredSpawner('server');

/** Starts that thread, which takes some milliseconds, before it is needed. */
export function prepareServers(): void {
  servers.prepare();
}

/**
 * Starts a process with its rights, its listening sockets, and, for a service, a channel.
 * Undefined where `signal` is aborted before the sockets are open.
 */
export async function spawnProcess(
  spec: ProcessSpec,
  { drained, collect, log }: SpawnOptions,
  signal: AbortSignal,
): Promise<Child | undefined> {
  const sockets = await openSockets(spec, log, signal);
  if (signal.aborted) return undefined;
  const supervised = { SLIPWAY_SUPERVISED: '1', SLIPWAY_DRAINED: drained ? '1' : '0' };
  const fds = new Map([...sockets.keys()].map((name, index) => [name, Child.socketFd(index)]));
  const line = [spec.command, ...(spec.argsNow?.() ?? spec.args)] as const;
  const rights = spec.rights?.();
  const [command, ...args] = rights ? confined(rights, line) : line;
  const output = spec.logs !== undefined || collect;
  if (spec.ready) {
    const parts = { command, args, env: { ...process.env, ...spec.env }, output };
    // Without setpriv(1) it is a name that only Node's own spawn looks for in PATH.
    if (rights?.systemCalls === 'server' && isAbsolute(command)) return await Child.startFiltered(parts, servers);
    return Child.start({ ...parts, channel: false, sockets: [] });
  }
  return Child.start({
    command,
    args,
    env: {
      ...process.env,
      ...supervised,
      ...handedSockets(fds),
      ...filterVariable(rights?.systemCalls),
      ...spec.env,
    },
    channel: true,
    output,
    sockets: [...sockets.values()],
  });
}

/** Descriptors by the names that the service knows. A socket that cannot be opened is left out: the service opens it or reports why not. */
async function openSockets(spec: ProcessSpec, log: Logger, signal: AbortSignal): Promise<Map<string, number>> {
  const sockets = new Map<string, number>();
  let stop!: () => void;
  const stopped = new Promise<undefined>((resolve) => {
    stop = () => resolve(undefined);
  });
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    for (const socket of spec.sockets ?? []) {
      try {
        const fd = await Promise.race([spec.openSocket?.(socket), stopped]);
        if (fd !== undefined) sockets.set(socket.name, fd);
      } catch (error) {
        if (!signal.aborted) log.error({ err: error, socket: socket.path }, 'a socket cannot be opened');
      }
    }
  } finally {
    // The signal lasts as long as the process is supervised, through all of its starts.
    signal.removeEventListener('abort', stop);
  }
  return sockets;
}
