import { build, type Histogram } from 'hdr-histogram-js';

/** Milliseconds. */
export interface Latencies {
  count: number;
  mean: number;
  p50: number;
  p90: number;
  p99: number;
  p999: number;
  max: number;
}

/** Microseconds of an hour: more than any call may take. */
const HIGHEST = 3_600_000_000;

/** The percentiles of a curve: each step halves what is left above it, down to one in a million. */
const curve = [0, 10, 20, 30, 40, 50, 60, 70, 75, 80, 85, 90, 92.5, 95, 97.5, 98, 99, 99.5, 99.9, 99.95, 99.99, 99.999];

/** Latencies in an HDR histogram: microseconds at three digits, up to an hour. */
export class LatencyHistogram {
  readonly #values: Histogram;

  constructor(values = build({ bitBucketSize: 32, autoResize: true, numberOfSignificantValueDigits: 3 })) {
    this.#values = values;
  }

  get count(): number {
    return this.#values.totalCount;
  }

  record(milliseconds: number): void {
    this.#values.recordValue(Math.min(Math.max(Math.round(milliseconds * 1000), 0), HIGHEST));
  }

  /** Milliseconds below which that share of the values lies; 0 where there are none. */
  at(percentile: number): number {
    return this.count === 0 ? 0 : this.#values.getValueAtPercentile(percentile) / 1000;
  }

  /**
   * A copy with the values that a closed loop left out: one that waited for a stalled call would have sent more calls
   * every `intervalMs`, and each would have waited for the rest of the stall (HdrHistogram's expected interval).
   */
  corrected(intervalMs: number): LatencyHistogram {
    const interval = Math.max(1, Math.round(intervalMs * 1000));
    return new LatencyHistogram(this.#values.copyCorrectedForCoordinatedOmission(interval));
  }

  summary(): Latencies {
    const { count } = this;
    const max = count === 0 ? 0 : this.#values.maxValue / 1000;
    // A value represents a range of equal ones, whose upper end may lie above the highest that was recorded.
    const at = (percentile: number): number => Math.min(this.at(percentile), max);
    return {
      count,
      mean: count === 0 ? 0 : this.#values.mean / 1000,
      p50: at(50),
      p90: at(90),
      p99: at(99),
      p999: at(99.9),
      max,
    };
  }

  /** Percentile and milliseconds, for a chart; no further than there are values to tell. */
  percentiles(): [number, number][] {
    const known = curve.filter((percentile) => this.count * (1 - percentile / 100) >= 1);
    return [
      ...known.map((percentile): [number, number] => [percentile, this.at(percentile)]),
      [100, this.summary().max],
    ];
  }
}
