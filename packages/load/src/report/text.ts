import type { LoadResult, OperationResult } from '../result.js';
import { correctionText, cpuPerOperation, loopText, ms, perSecond, warnings } from './numbers.js';

/** The whole result for a terminal. */
export function textReport(result: LoadResult): string {
  const lines = [
    `${result.stage}: ${result.target}`,
    result.about,
    loopText(result),
    '',
    columns(latencyRows(result)),
    '',
    correctionText(result),
  ];
  if (result.operations.some(({ isStep }) => isStep)) lines.push('Steps count from their own start, as seen.');
  lines.push('', result.errors.length === 0 ? 'errors: none' : columns(errorRows(result)));
  lines.push('', columns(processRows(result)));
  const each = cpuPerOperation(result);
  if (each !== undefined) lines.push(`CPU for one operation, all processes but the generator: ${ms(each)} ms`);
  for (const warning of warnings(result)) lines.push('', `! ${warning}`);
  return lines.join('\n');
}

/** The same operations of several targets, side by side: milliseconds at the median and at p99. */
export function comparisonText(results: readonly LoadResult[]): string {
  const names = [...new Set(results.flatMap(({ operations }) => operations.map(({ name }) => name)))];
  const head = ['p50 / p99 ms', ...results.map(({ target }) => target)];
  const rows = names.map((name) => [
    indented(name),
    ...results.map(({ operations }) => {
      const one = operations.find((operation) => operation.name === name);
      return one ? `${ms(one.latency.p50)} / ${ms(one.latency.p99)}` : '–';
    }),
  ]);
  const rates = results.map(({ operations }) =>
    perSecond(operations.filter(({ isStep }) => !isStep).reduce((sum, one) => sum + one.perSecond, 0)),
  );
  const cpu = results.map((result) => {
    const each = cpuPerOperation(result);
    return each === undefined ? '–' : ms(each);
  });
  return columns([head, ...rows, ['operations/s', ...rates], ['CPU ms/operation', ...cpu]]);
}

export function latencyRows({ operations, loop }: LoadResult): string[][] {
  const seen = loop.kind === 'closed';
  const head = ['ms', 'p50', 'p90', 'p99', 'p99.9', 'max', ...(seen ? ['p99 seen'] : []), 'done', 'failed', '/s'];
  const row = ({ name, latency, measured, done, failed, perSecond: rate }: OperationResult): string[] => [
    indented(name),
    ms(latency.p50),
    ms(latency.p90),
    ms(latency.p99),
    ms(latency.p999),
    ms(latency.max),
    ...(seen ? [ms(measured.p99)] : []),
    String(done),
    String(failed),
    perSecond(rate),
  ];
  return [head, ...operations.map(row)];
}

/** A step is printed below its operation. */
export function indented(name: string): string {
  return name.replace(/^.* \/ /, '  ');
}

function errorRows({ errors }: LoadResult): string[][] {
  return [
    ['error', 'count', 'operation', 'first text'],
    ...errors.map(({ code, count, operation, example }) => [code, String(count), operation, example.slice(0, 160)]),
  ];
}

export function processRows({ processes, generator }: LoadResult): string[][] {
  const head = ['process', 'pid', 'CPU %', 'CPU s', 'of children', 'RSS MB', 'max', 'PSS MB'];
  return [
    head,
    ...[...processes, generator].map((one) => [
      one.name,
      String(one.pid),
      one.cpuPercent.toFixed(1),
      ((one.cpuMs + one.childrenCpuMs) / 1000).toFixed(2),
      (one.childrenCpuMs / 1000).toFixed(2),
      one.rss.toFixed(0),
      one.rssMax.toFixed(0),
      one.pss?.toFixed(0) ?? '–',
    ]),
  ];
}

/** Rows as columns: the first to the left, figures to the right. */
function columns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, cell.length);
  const texts = rows[0]?.includes('first text');
  return rows
    .map((row) =>
      row
        .map((cell, at) => (at === 0 || texts ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
