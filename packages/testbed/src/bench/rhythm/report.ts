import { median } from '../measure.js';
import type { CallTimes } from './kubelet.js';

export interface RhythmFigures {
  readonly name: string;
  readonly pods: number;
  /** Until all pods were up: those that the node made first, and as many again. On the CNI list that peers use. */
  readonly firstUpSeconds: number;
  readonly upSeconds: number;
  /** Both once more on Slipway's own list; undefined for a peer, which has none. */
  readonly ownListUpSeconds: readonly [first: number, again: number] | undefined;
  /** Percent of one core in all processes: without pods and callers, and in the kubelet's rhythm. */
  readonly idlePercent: number;
  readonly percent: number;
  /** In the same rhythm, while somebody scrapes the kubelet's metrics as often as it asks for stats. */
  readonly scrapedPercent: number;
  readonly percentByProcess: Record<string, number>;
  readonly times: CallTimes;
  /** PodSandboxStats of one pod: median milliseconds, and those of a processor a call in all processes. */
  readonly onePod: { readonly ms: number; readonly processorMs: number };
  /** MB of PSS: without pods, with them, and what holds the containers (conmon, shims). */
  readonly idleMegabytes: number;
  readonly megabytes: number;
  readonly holderMegabytes: number;
}

/** Prints a Markdown table, a column for each runtime; the second's figures as ratios to the first's, too. */
export function printReport(results: readonly RhythmFigures[]): void {
  const first = results[0];
  if (!first) return;
  const row = (label: string, read: (one: RhythmFigures) => number, digits = 1): void => {
    const cells = results.map((one) => {
      const value = read(one);
      if (Number.isNaN(value)) return '–';
      const times = one === first ? '' : ` (${(value / read(first)).toFixed(1)}×)`;
      return `${value.toFixed(digits)}${times}`;
    });
    console.log(`| ${label} | ${cells.join(' | ')} |`);
  };
  console.log(`| ${first.pods} pods of one container | ${results.map(({ name }) => name).join(' | ')} |`);
  console.log(`|---|${results.map(() => '---').join('|')}|`);
  row('all up after the start, five at a time, s', ({ firstUpSeconds }) => firstUpSeconds);
  row('all up once more, s', ({ upSeconds }) => upSeconds);
  row('after the start, on Slipway’s own CNI list, s', ({ ownListUpSeconds }) => ownListUpSeconds?.[0] ?? Number.NaN);
  row('once more, on Slipway’s own CNI list, s', ({ ownListUpSeconds }) => ownListUpSeconds?.[1] ?? Number.NaN);
  row('in the kubelet’s rhythm, % of a core', ({ percent }) => percent, 2);
  row('with metrics scraped every ten seconds, % of a core', ({ scrapedPercent }) => scrapedPercent, 2);
  row('idle, without pods, % of a core', ({ idlePercent }) => idlePercent, 2);
  for (const call of [
    'ListPodSandbox',
    'ListContainers',
    'ListPodSandboxStats',
    'ListContainerStats',
    'ListPodSandboxMetrics',
    'ImageFsInfo',
  ]) {
    row(`${call}, median, ms`, ({ times }) => median(times.get(call) ?? []));
    row(`${call}, 99th percentile, ms`, ({ times }) => percentile(times.get(call) ?? [], 0.99));
  }
  row('PodSandboxStats of one pod, median, ms', ({ onePod }) => onePod.ms);
  row('PodSandboxStats of one pod, processor, ms', ({ onePod }) => onePod.processorMs, 2);
  row('memory without pods, MB PSS', ({ idleMegabytes }) => idleMegabytes);
  row('memory with pods, MB PSS', ({ megabytes }) => megabytes);
  row('conmon, or shims, MB PSS', ({ holderMegabytes }) => holderMegabytes);
  for (const { name, percentByProcess } of results) {
    const parts = Object.entries(percentByProcess).map(([process, percent]) => `${process} ${percent.toFixed(2)}`);
    console.log(`\n${name}, % of a core: ${parts.join(', ')}`);
  }
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}
