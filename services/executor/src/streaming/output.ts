import type { Socket } from 'node:net';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import type { Writable } from 'node:stream';

/** How long a pipe that somebody still holds must be silent to be taken for empty. */
const silenceMs = 30;
const holdPollMs = 10;
/** The most bytes that are held back. */
const maxHeld = 64 << 10;

export interface OutputOptions {
  /** Bytes that the kernel holds between the process and `source` at most. */
  capacity: number;
  /** Undefined: what comes is read and dropped. */
  destination?: Writable | undefined;
  /** While it answers true, what comes is held back: it may be the runtime's own words. */
  hold?: (() => boolean) | undefined;
}

/** Copies what a process writes to a client, no faster than the client reads. */
export class Output {
  readonly #source: Socket;
  readonly #options: OutputOptions;
  readonly #held: Buffer[] = [];
  #holding: boolean;
  #poll: NodeJS.Timeout | undefined;
  #seen = 0;
  #blocked = false;
  readonly #over: Promise<void>;
  #isOver = false;

  constructor(source: Socket, options: OutputOptions) {
    this.#source = source;
    this.#options = options;
    this.#holding = options.hold !== undefined;
    this.#over = new Promise((resolve) => {
      const settle = (): void => {
        this.#isOver = true;
        resolve();
      };
      source.once('end', settle).once('close', settle);
      // A client that is gone reads nothing more.
      options.destination?.once('close', () => this.stop());
    });
    source.on('error', () => undefined);
    source.on('data', (chunk: Buffer) => this.#onData(chunk));
    source.resume();
  }

  /** Bytes that are held back. */
  get held(): string {
    return Buffer.concat(this.#held).toString();
  }

  /**
   * To be called when the process has ended: answers when all that it wrote was handed on. Children that it left
   * behind with its pipe do not hold this up: what was written before is among as many bytes as the kernel can hold.
   */
  async finish(): Promise<void> {
    this.#release();
    await this.settle();
    this.stop();
  }

  /** As `finish`, but what is held back stays so. */
  async settle(): Promise<void> {
    const last = this.#seen + this.#options.capacity + this.#source.readableLength;
    const timers = new AbortController();
    while (!this.#isOver && this.#seen < last) {
      const before = this.#seen;
      await Promise.race([this.#over, sleep(silenceMs, undefined, { signal: timers.signal }).catch(() => undefined)]);
      // Where the event loop was busy, data that is there already gets its turn before the count.
      await turn();
      await turn();
      if (before === this.#seen && !this.#blocked) break;
    }
    timers.abort();
  }

  stop(): void {
    clearInterval(this.#poll);
    this.#source.destroy();
  }

  #onData(chunk: Buffer): void {
    this.#seen += chunk.length;
    if (!this.#holding) return this.#send(chunk);
    this.#held.push(chunk);
    this.#check();
    if (this.#holding) this.#poll ??= setInterval(() => this.#check(), holdPollMs);
  }

  #check(): void {
    const bytes = this.#held.reduce((sum, { length }) => sum + length, 0);
    if (bytes > maxHeld || !this.#options.hold?.()) this.#release();
  }

  #release(): void {
    clearInterval(this.#poll);
    if (!this.#holding) return;
    this.#holding = false;
    for (const chunk of this.#held.splice(0)) this.#send(chunk);
  }

  #send(chunk: Buffer): void {
    const { destination } = this.#options;
    if (!destination || destination.destroyed || destination.write(chunk) || this.#blocked) return;
    this.#blocked = true;
    this.#source.pause();
    destination.once('drain', () => {
      this.#blocked = false;
      this.#source.resume();
    });
  }
}
