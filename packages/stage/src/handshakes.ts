import { type DebugEvents, type Events, NatsError, type NatsConnection } from 'nats';

/** Milliseconds that the nats package has to go on by itself after a connection broke in the middle of its handshake. */
const GRACE_MS = 1000;

/**
 * Connects without waiting for ever for one that hangs. The nats package (2.29) does not notice when a connection breaks in the
 * middle of its handshake, as when the server is killed in that moment, and waits for its time-out; on a slow node a
 * handshake may take as long. So a try without an answer goes on while the next one begins, and the first that connects is
 * taken.
 */
export class ConnectTries {
  readonly #pending = new Set<Promise<NatsConnection>>();

  constructor(readonly open: () => Promise<NatsConnection>) {}

  /**
   * Begins another try.
   * @returns the connection of this or of an earlier try; undefined where none has an answer after `patience` milliseconds
   * @throws what this try failed with
   */
  async next(patience: number): Promise<NatsConnection | undefined> {
    const earlier = [...this.#pending].map((one) => one.catch(() => new Promise<never>(() => undefined)));
    const mine = this.open();
    this.#pending.add(mine);
    mine.catch(() => this.#pending.delete(mine));
    let timer: NodeJS.Timeout | undefined;
    const over = new Promise<undefined>((resolve) => {
      timer = setTimeout(resolve, patience, undefined);
    });
    try {
      const connection = await Promise.race([mine, ...earlier, over]);
      if (connection) this.abandon(connection);
      return connection;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Closes what connects later, but for the one that was taken. */
  abandon(taken?: NatsConnection): void {
    for (const one of this.#pending) {
      one.then((late) => (late === taken ? undefined : late.close())).catch(() => undefined);
    }
    this.#pending.clear();
  }
}

/** What the nats package does not show: it ends the handshake that it waits for. Undefined once that is done. */
interface Handshake {
  connectError?: ((error: Error) => void) | undefined;
}

/**
 * Ends handshakes of reconnects that have broken, for the same reason: nobody would hear this process until the time-out,
 * though the server is back.
 *
 *   connected ──disconnect──▶ reconnecting ──reconnect──▶ connected
 *                               │      ▲
 *                          disconnect  └── another try began (reconnecting), or connectError() began one
 *                               ▼      │
 *                             broken ──┘
 *
 * A handshake breaks where a connection is lost that was not established yet.
 */
export async function endBrokenHandshakes(connection: NatsConnection, graceMs = GRACE_MS): Promise<void> {
  const handshake = (connection as unknown as { protocol: Handshake }).protocol;
  let isLost = false;
  let tries = 0;
  for await (const { type } of connection.status()) {
    switch (type as `${DebugEvents | Events}`) {
      case 'reconnecting':
        tries++;
        break;
      case 'reconnect':
        isLost = false;
        break;
      case 'disconnect': {
        const broken = isLost && tries;
        isLost = true;
        if (broken === false) break;
        const timer = setTimeout(() => {
          if (isLost && tries === broken) handshake.connectError?.(new NatsError('the connection broke', 'DISCONNECT'));
        }, graceMs);
        timer.unref();
        break;
      }
      default:
    }
  }
}
