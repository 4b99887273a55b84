import type { Socket } from 'node:net';
import { type SandboxRecord, SandboxPhase } from '@slipway/contracts';
import { SlipwayError } from '@slipway/errors';
import { connectFd } from '@slipway/linux';
import type { PortForwardHandler } from '@slipway/streaming';
import type { SandboxContext } from '../sandbox/context.js';

/** Where a pod's servers are looked for, in this order. */
const loopbacks = [
  { family: 'inet', host: '127.0.0.1' },
  { family: 'inet6', host: '::1' },
] as const;
const hostNetns = '/proc/self/ns/net';
const connectMs = 10_000;

/** Throws SANDBOX_NOT_FOUND, SANDBOX_NOT_READY. */
export async function readySandbox(context: SandboxContext, id: string): Promise<SandboxRecord> {
  const object = `sandbox ${id}`;
  const record = await context.records.sandboxes.get(id);
  if (!record) throw new SlipwayError('SANDBOX_NOT_FOUND', 'there is no such sandbox', { object });
  if (record.phase === SandboxPhase.SANDBOX_READY) return record;
  throw new SlipwayError('SANDBOX_NOT_READY', 'the sandbox is not ready', { object });
}

/**
 * Connects to ports on the loopback of a sandbox by sockets that are born in its network namespace, which on the host
 * network is the host's. The sandbox is looked up again for each connection, while that is opened.
 */
export function portForward(context: SandboxContext, { id, namespaces }: SandboxRecord): PortForwardHandler {
  const netns = namespaces['net'] ?? hostNetns;
  return {
    connect: async (port, signal) => {
      const [ready, connection] = await Promise.allSettled([
        readySandbox(context, id),
        connectInside(context, netns, port, signal),
      ]);
      if (ready.status === 'rejected') {
        if (connection.status === 'fulfilled') connection.value.destroy();
        throw ready.reason;
      }
      if (connection.status === 'rejected') throw connection.reason;
      return connection.value;
    },
  };
}

async function connectInside(
  context: SandboxContext,
  netns: string,
  port: number,
  signal: AbortSignal,
): Promise<Socket> {
  const failures: string[] = [];
  for (const { family, host } of loopbacks) {
    try {
      const fd = await context.namespaces.socket({ netns, family }, { signal });
      const socket = await connectFd(fd, host, port, { timeoutMs: connectMs, signal });
      // The pod gets a client's bytes immediately, as from other runtimes.
      return socket.setNoDelay(true);
    } catch (error) {
      signal.throwIfAborted();
      failures.push((error as Error).message);
    }
  }
  throw new SlipwayError('NETWORK_FAILED', `cannot connect to port ${port} in the pod: ${failures.join(', ')}`);
}
