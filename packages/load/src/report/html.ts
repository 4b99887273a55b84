import type { LoadResult } from '../result.js';
import { type ChartOptions, escape, lineChart, type Series } from './chart.js';
import { correctionText, cpuPerOperation, loopText, ms, perSecond, warnings } from './numbers.js';
import { indented, latencyRows, processRows } from './text.js';
import { style } from './style.js';

/** A page of its own: it loads nothing, runs no script, and prints well. */
export function htmlReport(results: readonly LoadResult[], command: string): string {
  const first = results[0] as LoadResult;
  const title = `slipway bench ${first.stage}`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escape(title)}</title><style>${style}</style></head><body><main>
<header><h1>${escape(title)}</h1><p class="command"><code>${escape(command)}</code></p>
<p>${escape(first.about)}. ${escape(first.startedAt.replace('T', ' ').slice(0, 19))} UTC.</p></header>
${results.length > 1 ? comparison(results) : ''}
${results.map((result) => section(result, results.length > 1)).join('\n')}
</main></body></html>
`;
}

function section(result: LoadResult, named: boolean): string {
  const operations = result.operations.filter(({ isStep }) => !isStep);
  const notes = warnings(result).map((text) => `<p class="warning">${escape(text)}</p>`);
  return `<section>${named ? `<h2>${escape(result.target)}</h2>` : `<p>${escape(result.target)}</p>`}
<p class="quiet">${escape(loopText(result))}</p>${notes.join('')}
${tiles(result)}
<h3>Latency</h3>${table(latencyRows(result))}<p class="quiet">${escape(correctionText(result))}</p>
<div class="charts">
${percentileChart(operations.map(({ name, percentiles }) => ({ name, points: percentiles })))}
${timeChart(result)}
${rateChart(result)}
${cpuChart(result)}
${memoryChart(result)}
</div>
<h3>Errors</h3>${errors(result)}
<h3>Processes</h3>${table(processRows(result))}</section>`;
}

function tiles(result: LoadResult): string {
  const operations = result.operations.filter(({ isStep }) => !isStep);
  const sum = (of: (one: (typeof operations)[number]) => number): number =>
    operations.reduce((total, one) => total + of(one), 0);
  const worst = (of: (one: (typeof operations)[number]) => number): number => Math.max(0, ...operations.map(of));
  const each = cpuPerOperation(result);
  const cells: [string, string][] = [
    [perSecond(sum((one) => one.perSecond)), 'operations a second'],
    [`${ms(worst((one) => one.latency.p50))} ms`, operations.length > 1 ? 'p50 of the slowest' : 'p50'],
    [`${ms(worst((one) => one.latency.p99))} ms`, operations.length > 1 ? 'p99 of the slowest' : 'p99'],
    [String(sum((one) => one.failed)), `failed of ${sum((one) => one.done + one.failed)}`],
    ...(each === undefined ? [] : ([[`${ms(each)} ms`, 'CPU for one operation']] satisfies [string, string][])),
  ];
  return `<ul class="tiles">${cells.map(([value, label]) => `<li><b>${value}</b>${label}</li>`).join('')}</ul>`;
}

/** The x axis is stretched towards 100 percent: each step to the right is a tenth of what lies above. */
function percentileChart(series: readonly Series[]): string {
  const place = (percentile: number): number => -Math.log10(1 - Math.min(percentile, 99.9999) / 100);
  const marks = [0, 50, 90, 99, 99.9, 99.99, 99.999].map((percentile): [number, string] => [
    place(percentile),
    `${percentile}`,
  ]);
  const placed = series.map(({ name, points }) => ({
    name,
    points: points
      .filter(([percentile]) => percentile < 100)
      .map(([percentile, y]): [number, number] => [place(percentile), y]),
  }));
  return lineChart(placed, {
    title: 'Latency by percentile',
    xLabel: 'percentile',
    yLabel: 'ms',
    logarithmic: true,
    xMarks: marks,
  });
}

function overTime(title: string, yLabel: string): ChartOptions {
  return { title, xLabel: 'seconds', yLabel };
}

function timeChart({ timeline }: LoadResult): string {
  const line = (name: string, of: (slice: (typeof timeline)[number]) => number): Series => ({
    name,
    points: timeline.map((slice): [number, number] => [slice.at, of(slice)]),
  });
  const lines = [line('p50', ({ p50 }) => p50), line('p99', ({ p99 }) => p99), line('max', ({ max }) => max)];
  return lineChart(lines, { ...overTime('Latency over time, all operations', 'ms'), logarithmic: true });
}

function rateChart({ timeline }: LoadResult): string {
  const answered = timeline.map(({ at, perSecond: rate }): [number, number] => [at, rate]);
  const failed = timeline.some((slice) => slice.failed > 0)
    ? [{ name: 'failed', points: timeline.map((slice): [number, number] => [slice.at, slice.failed]) }]
    : [];
  return lineChart([{ name: 'answered', points: answered }, ...failed], overTime('Operations a second', '1/s'));
}

function cpuChart({ processes, generator }: LoadResult): string {
  const lines = [...processes, generator].map(({ name, samples }) => ({
    name,
    points: samples.map(([seconds, percent]): [number, number] => [seconds, percent]),
  }));
  return lineChart(lines, overTime('CPU, children included', '% of a core'));
}

function memoryChart({ processes }: LoadResult): string {
  const lines = processes.map(({ name, samples }) => ({
    name,
    points: samples.map(([seconds, , rss]): [number, number] => [seconds, rss]),
  }));
  return lineChart(lines, overTime('Memory (RSS)', 'MB'));
}

function errors({ errors: all }: LoadResult): string {
  if (all.length === 0) return '<p>None.</p>';
  const rows = all.map(({ code, count, operation, example }) => [code, String(count), operation, example]);
  return table([['error', 'count', 'operation', 'first text'], ...rows]);
}

function comparison(results: readonly LoadResult[]): string {
  const names = [...new Set(results.flatMap(({ operations }) => operations.map(({ name }) => name)))];
  const rows = names.map((name) => [
    indented(name),
    ...results.map(({ operations }) => {
      const one = operations.find((operation) => operation.name === name);
      return one ? `${ms(one.latency.p50)} / ${ms(one.latency.p99)}` : '–';
    }),
  ]);
  const curves = results.flatMap(({ target, operations }) =>
    operations
      .filter(({ isStep }) => !isStep)
      .map(({ name, percentiles }) => ({ name: `${target} ${name}`, points: percentiles })),
  );
  return `<section><h2>Side by side</h2>${table([['p50 / p99 ms', ...results.map(({ target }) => target)], ...rows])}
<div class="charts">${percentileChart(curves)}</div></section>`;
}

function table([head = [], ...rows]: readonly (readonly string[])[]): string {
  const cell = (tag: string, text: string): string =>
    `<${tag}${text.startsWith('  ') ? ' class="step"' : ''}>${escape(text.trim())}</${tag}>`;
  const line = (tag: string, row: readonly string[]): string =>
    `<tr>${row.map((text) => cell(tag, text)).join('')}</tr>`;
  return `<div class="scroll"><table><thead>${line('th', head)}</thead><tbody>${rows.map((row) => line('td', row)).join('')}</tbody></table></div>`;
}
