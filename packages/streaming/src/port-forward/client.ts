import type { Duplex } from 'node:stream';
import { SlipwayError } from '@slipway/errors';
import { type DialOptions, dialSpdy } from '../spdy/dial.js';
import { portForwardProtocol } from './handler.js';

/** A session through which any number of connections can be made. */
export interface PortForwardSession {
  /**
   * A connection to a port of the pod. When the pod refuses it, the stream fails with the server's text; the
   * session and its other connections go on.
   */
  connect(port: number): Promise<Duplex>;
  /** Settles when the session is gone. */
  readonly closed: Promise<Error | undefined>;
  close(): Promise<void>;
}

/** @throws STAGE_UNAVAILABLE when the URL cannot be reached or is used up, CANCELLED */
export async function openPortForward(
  url: string,
  options: Pick<DialOptions, 'signal' | 'timeoutMs' | 'tls'> = {},
): Promise<PortForwardSession> {
  const { session } = await dialSpdy(url, { ...options, protocols: [portForwardProtocol] });
  let next = 0;
  return {
    closed: session.closed,
    close: () => session.close(),
    async connect(port) {
      const headers = { port: String(port), requestID: String(next++) };
      const error = await session.open({ ...headers, streamType: 'error' });
      error.end();
      error.setEncoding('utf8');
      let data: Duplex | undefined;
      let refusal: Error | undefined;
      // Read from the first byte on: it comes before the end of the data, which would else pass for an empty answer.
      error.on('data', (text: string) => {
        refusal ??= new SlipwayError('RUNTIME_FAILED', text.slice(0, 4096), { object: `port ${port}` });
        data?.destroy(refusal);
      });
      data = await session.open({ ...headers, streamType: 'data' });
      if (refusal) data.destroy(refusal);
      return data;
    },
  };
}
