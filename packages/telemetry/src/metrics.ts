import type { Metric } from 'prom-client';
import { processSamples } from './process-samples.js';

/** How one stage call ended. */
export interface CallOutcome {
  method: string;
  /** `ok`, or the error's code. */
  outcome: string;
  seconds: number;
}

/** A line of a metric's exposition. */
export interface Sample {
  value: number;
  labels?: Record<string, string | number>;
  /** Where it differs from the metric's: `_bucket`, `_sum`, `_count` of a histogram. */
  metricName?: string;
}

interface Family {
  name: string;
  help: string;
  type: 'counter' | 'gauge' | 'histogram';
  values: Sample[];
}

interface Duration {
  buckets: number[];
  sum: number;
  count: number;
}

/** Upper limits in seconds: from a hop to a long pull. */
const limits = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60];

/**
 * The metrics of one process. Calls are counted in plain objects, and prom-client
 * is loaded by the first scrape: a node that nobody scrapes does not pay for it.
 */
export class Metrics {
  readonly #labels: Record<string, string>;
  readonly #outcomes = new Map<string, { method: string; outcome: string; count: number }>();
  readonly #durations = new Map<string, Duration>();
  readonly #inFlight = new Map<string, number>();
  readonly #read = new Map<string, Pick<Family, 'help' | 'type'> & { read: () => Sample[] }>();

  /** `labels` are added to every sample: stage, handler, instance. */
  constructor(labels: Record<string, string> = {}) {
    this.#labels = labels;
  }

  /** Counts a call as begun; the function it answers counts its end, once. */
  begin(method: string): (outcome: string) => void {
    const started = process.hrtime.bigint();
    this.#inFlight.set(method, (this.#inFlight.get(method) ?? 0) + 1);
    let ended = false;
    return (outcome) => {
      if (ended) return;
      ended = true;
      this.#inFlight.set(method, (this.#inFlight.get(method) ?? 1) - 1);
      this.observe({ method, outcome, seconds: Number(process.hrtime.bigint() - started) / 1e9 });
    };
  }

  /** Counts a call that was measured elsewhere. */
  observe({ method, outcome, seconds }: CallOutcome): void {
    const key = `${method} ${outcome}`;
    const outcomes = this.#outcomes.get(key) ?? { method, outcome, count: 0 };
    outcomes.count += 1;
    this.#outcomes.set(key, outcomes);

    const duration = this.#durations.get(method) ?? { buckets: limits.map(() => 0), sum: 0, count: 0 };
    duration.sum += seconds;
    duration.count += 1;
    // A histogram's buckets are cumulative.
    for (const [at, limit] of limits.entries()) {
      if (seconds <= limit) duration.buckets[at] = (duration.buckets[at] ?? 0) + 1;
    }
    this.#durations.set(method, duration);
  }

  /** A value that is read at each scrape. `name` comes without the `slipway_` prefix. */
  gauge(name: string, help: string, read: () => number): void {
    this.family(name, help, 'gauge', () => [{ value: read() }]);
  }

  /** Values that are read at each scrape, with labels. `name` comes without the `slipway_` prefix. */
  family(name: string, help: string, type: 'counter' | 'gauge', read: () => Sample[]): void {
    this.#read.set(name, { help, type, read });
  }

  /** All of it in Prometheus' text format. */
  async expose(): Promise<{ contentType: string; text: string }> {
    const { default: prometheus } = await import('prom-client');
    const registry = new prometheus.Registry();
    registry.setDefaultLabels(this.#labels);
    for (const family of this.#families()) {
      // The registry formats whatever has a name and `get`.
      registry.registerMetric({ ...family, get: () => Promise.resolve(family) } as unknown as Metric);
    }
    return { contentType: registry.contentType, text: await registry.metrics() };
  }

  #families(): Family[] {
    return [
      {
        name: 'slipway_stage_calls_total',
        help: 'Calls that ended, by method and outcome.',
        type: 'counter',
        values: [...this.#outcomes.values()].map(({ method, outcome, count }) => ({
          value: count,
          labels: { method, outcome },
        })),
      },
      {
        name: 'slipway_stage_call_duration_seconds',
        help: 'Time from arrival to reply.',
        type: 'histogram',
        values: [...this.#durations].flatMap(([method, duration]) =>
          histogramSamples('slipway_stage_call_duration_seconds', method, duration),
        ),
      },
      {
        name: 'slipway_stage_calls_in_flight',
        help: 'Calls that are being worked on.',
        type: 'gauge',
        values: [...this.#inFlight].map(([method, value]) => ({ value, labels: { method } })),
      },
      ...[...this.#read].map(([name, { help, type, read }]): Family => {
        return { name: `slipway_${name}`, help, type, values: read() };
      }),
      ...processSamples().map(({ name, help, type, value }): Family => ({ name, help, type, values: [{ value }] })),
    ];
  }
}

function histogramSamples(name: string, method: string, { buckets, sum, count }: Duration): Sample[] {
  return [
    ...limits.map((le, at) => ({ metricName: `${name}_bucket`, value: buckets[at] ?? 0, labels: { le, method } })),
    { metricName: `${name}_bucket`, value: count, labels: { le: '+Inf', method } },
    { metricName: `${name}_sum`, value: sum, labels: { method } },
    { metricName: `${name}_count`, value: count, labels: { method } },
  ];
}
