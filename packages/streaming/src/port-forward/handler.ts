import type { Duplex } from 'node:stream';

export interface PortForwardHandler {
  /**
   * Connects to a port of the pod, once for each connection of the client. The stream must keep
   * half-close (`allowHalfOpen`). Its rejection is reported to the client on that connection
   * only. `signal` aborts when the client has left.
   */
  connect(port: number, signal: AbortSignal): Promise<Duplex>;
}

export const portForwardProtocol = 'portforward.k8s.io';

/** A port as a decimal text, 1 to 65535; undefined when it is none. */
export function parsePort(text: string): number | undefined {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 0xffff ? port : undefined;
}
