import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';

const loopback = '127.0.0.1';
/** How far below the ephemeral ports a port is looked for. */
const span = 12_000;
const lowest = 2048;
const tries = 50;

/**
 * A port of loopback that is free now, for a server that must find it free again after each of its restarts: below the
 * ports that the kernel gives to outgoing connections (net.ipv4.ip_local_port_range), where those leave room.
 */
export async function lastingPort(): Promise<number> {
  const low = firstEphemeral();
  const from = Math.max(lowest, low - span);
  for (let count = 0; count < tries && from < low; count++) {
    const port = from + Math.floor(Math.random() * (low - from));
    if (await isFree(port)) return port;
  }
  return (await tryListen(0)) as number;
}

/** Whether a server can listen on a port of loopback now. */
export async function isFree(port: number): Promise<boolean> {
  return (await tryListen(port)) !== undefined;
}

function tryListen(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, loopback, () => {
      const { port: got } = server.address() as AddressInfo;
      server.close(() => resolve(got));
    });
  });
}

function firstEphemeral(): number {
  try {
    return Number(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split(/\s+/)[0]);
  } catch {
    return 0;
  }
}
