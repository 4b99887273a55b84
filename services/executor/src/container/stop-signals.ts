import type { ContainerRecord } from '@slipway/contracts';
import { signalNumber } from '@slipway/oci-spec';
import { monotonicMs, nowNanos } from '@slipway/time';
import type { Call, ExecutorContext, StopSignals } from '../context.js';
import { signalContainer } from './kill.js';
import { sendOnce } from './stop-signal-file.js';

const SIGTERM = 15;

/**
 * The stop signals that containers were sent. A container gets one, however many calls and executors stop it, and their
 * graces count from then on. This process remembers its own, a locked file coordinates the executors of a handler (see
 * sendOnce), and the record notes the signal for those who only read records. Both are written only after the signal was
 * sent: an executor that is killed in between leaves neither, and the next call sends the signal again, rather than
 * waiting for a signal that never came.
 */
export class SentSignals implements StopSignals {
  /** When each container was sent its signal, in milliseconds of the monotonic clock. */
  readonly #sent = new Map<string, Promise<number>>();

  async send(context: ExecutorContext, record: ContainerRecord, call: Call): Promise<number> {
    const { id } = record;
    let sent = this.#sent.get(id);
    if (!sent) {
      sent = this.#send(context, record, call);
      this.#sent.set(id, sent);
      sent.catch(() => this.#sent.delete(id));
    }
    return Math.max(0, monotonicMs() - (await sent));
  }

  forget(id: string): void {
    this.#sent.delete(id);
  }

  async #send(context: ExecutorContext, record: ContainerRecord, call: Call): Promise<number> {
    const { id } = record;
    if (record.stopSignalledUptime !== 0n) return Number(record.stopSignalledUptime) / 1e6;
    const number = signalNumber(record.stopSignal || 'SIGTERM');
    if (number === undefined) {
      call.log.warn(
        { container: id, signal: record.stopSignal },
        'the stop signal is unknown, SIGTERM takes its place',
      );
    }
    const send = async (): Promise<number> => {
      await signalContainer(context, record, number ?? SIGTERM, call);
      return monotonicMs();
    };
    const at = await sendOnce(context.paths.container(id).stopSignal, send, call);
    const mark = { stopSignalledAt: nowNanos(), stopSignalledUptime: BigInt(Math.round(at * 1e6)) };
    try {
      await context.records.containers.transition(id, (current) =>
        current.stopSignalledUptime === 0n ? { ...current, ...mark } : undefined,
      );
    } catch (error) {
      // The signal is out, and this process knows it.
      call.log.warn({ container: id, err: error }, 'the stop signal cannot be noted in the record');
    }
    return at;
  }
}
