import { SlipwayError } from '@slipway/errors';
import type { ServiceMessage, SupervisorCommand, SupervisorMessage } from '@slipway/service';
import type { Child } from './child.js';

/** The commands that a supervisor has sent to one service, and their replies. */
export class ChildChannel {
  readonly #waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  #next: number;

  constructor(
    readonly child: Child,
    /** The first number of a command: higher than those whose replies may still come. */
    first = 1,
  ) {
    this.#next = first;
  }

  /** The number of the next command. */
  get next(): number {
    return this.#next;
  }

  /** Resolves with the reply. Throws INTERNAL with the service's error, DEADLINE, STAGE_UNAVAILABLE when it ends first. */
  ask<T>(command: SupervisorCommand, timeoutMs: number): Promise<T> {
    const id = this.#next++;
    return new Promise<T>((resolve, reject) => {
      const timer = Number.isFinite(timeoutMs)
        ? setTimeout(() => {
            this.#waiting.delete(id);
            reject(new SlipwayError('DEADLINE', `${command.command} was not answered in ${timeoutMs} ms`));
          }, timeoutMs)
        : undefined;
      this.#waiting.set(id, {
        resolve: (value) => {
          clearTimeout(timer);
          resolve(value as T);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      });
      const message: SupervisorMessage = { ...command, id };
      this.child.send(message, (error) => this.#take(id)?.reject(gone(error)));
    });
  }

  settle(message: Extract<ServiceMessage, { reply: number }>): void {
    const waiting = this.#take(message.reply);
    if (message.error === undefined) waiting?.resolve(message.result);
    else waiting?.reject(new SlipwayError('INTERNAL', message.error));
  }

  /** The service has ended: nothing will come any more. */
  close(): void {
    for (const id of [...this.#waiting.keys()]) this.#take(id)?.reject(gone());
  }

  #take(id: number): { resolve: (value: unknown) => void; reject: (error: Error) => void } | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }
}

function gone(cause?: Error): SlipwayError {
  return new SlipwayError('STAGE_UNAVAILABLE', 'it ended before it answered', { cause });
}
