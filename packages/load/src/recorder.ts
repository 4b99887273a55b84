import { errorCode, errorText } from './error-code.js';
import { LatencyHistogram } from './latency.js';

/** The record of an operation, or of a step of it. */
export interface Track {
  readonly name: string;
  readonly isStep: boolean;
  readonly latencies: LatencyHistogram;
  /** Answered well. */
  done: number;
  /** Those of them before the end of the time. */
  inTime: number;
  failed: number;
}

export interface ErrorCount {
  operation: string;
  code: string;
  count: number;
  /** The text of the first. */
  example: string;
}

/** A piece of the time line. */
export interface Slice {
  /** Seconds since the measurement began. */
  at: number;
  /** Operations that were answered in it, well or not. */
  answered: number;
  failed: number;
  latencies: LatencyHistogram;
}

/** Clock times: when the operation was due, and when this step of it began and ended. */
export interface StepTimes {
  intended: number;
  began: number;
  end: number;
}

/** Collects what happens from `start` to `end`, clock times in milliseconds; what was due before is the warm-up. */
export class Recorder {
  readonly #tracks = new Map<string, Track>();
  readonly #errors = new Map<string, ErrorCount>();
  readonly #slices = new Map<number, Slice>();

  constructor(
    readonly start: number,
    readonly end: number,
    /** Milliseconds of a slice of the time line. */
    readonly sliceMs: number,
  ) {}

  /** An operation that was due at `intended` was answered, or failed with `error`, at `end`. */
  operation(name: string, intended: number, end: number, error?: unknown): void {
    if (intended < this.start) return;
    const track = this.#track(name, false);
    track.latencies.record(end - intended);
    const slice = this.#slice(end);
    slice.answered++;
    slice.latencies.record(end - intended);
    if (error === undefined) {
      track.done++;
      if (end <= this.end) track.inTime++;
      return;
    }
    track.failed++;
    slice.failed++;
    this.#error(name, error);
  }

  /** A step of an operation that was due at `intended`; only its own time. */
  step(operation: string, name: string, { intended, began, end }: StepTimes, well: boolean): void {
    if (intended < this.start) return;
    const track = this.#track(`${operation} / ${name}`, true);
    track.latencies.record(end - began);
    if (!well) {
      track.failed++;
      return;
    }
    track.done++;
    if (end <= this.end) track.inTime++;
  }

  /** An operation that was due and never sent: it had waited until `end` at least. */
  unsent(name: string, intended: number, end: number): void {
    if (intended >= this.start) this.#track(name, false).latencies.record(end - intended);
  }

  /** Operations, each followed by its steps. */
  tracks(): Track[] {
    const all = [...this.#tracks.values()];
    const operations = all.filter(({ isStep }) => !isStep);
    const steps = all.filter(({ isStep }) => isStep);
    return operations.flatMap((one) => [one, ...steps.filter(({ name }) => name.startsWith(`${one.name} / `))]);
  }

  errors(): ErrorCount[] {
    return [...this.#errors.values()].toSorted((a, b) => b.count - a.count);
  }

  slices(): Slice[] {
    return [...this.#slices.entries()].toSorted(([a], [b]) => a - b).map(([, slice]) => slice);
  }

  #track(name: string, isStep: boolean): Track {
    const known = this.#tracks.get(name);
    if (known) return known;
    const track: Track = { name, isStep, latencies: new LatencyHistogram(), done: 0, inTime: 0, failed: 0 };
    this.#tracks.set(name, track);
    return track;
  }

  #slice(time: number): Slice {
    const number = Math.floor((time - this.start) / this.sliceMs);
    const known = this.#slices.get(number);
    if (known) return known;
    const at = (number * this.sliceMs) / 1000;
    const slice = { at, answered: 0, failed: 0, latencies: new LatencyHistogram() };
    this.#slices.set(number, slice);
    return slice;
  }

  #error(operation: string, error: unknown): void {
    const code = errorCode(error);
    const key = `${operation} ${code}`;
    const known = this.#errors.get(key);
    if (known) known.count++;
    else this.#errors.set(key, { operation, code, count: 1, example: errorText(error) });
  }
}
