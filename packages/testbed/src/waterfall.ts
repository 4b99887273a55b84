import type { SpanEvent } from '@slipway/contracts';

export interface WaterfallOptions {
  /** Columns of the bars. Default 40. */
  width?: number;
}

/** The part of a span that is drawn: SpanEvent with its optional parts. */
export type Span = Pick<
  SpanEvent,
  'traceId' | 'spanId' | 'parentId' | 'stage' | 'handler' | 'name' | 'start' | 'worked'
> &
  Partial<Pick<SpanEvent, 'queued' | 'hop' | 'error'>>;

/**
 * Where the time of calls went, one line a span, callers above what they called:
 *
 *     RunPodSandbox            gateway        28.1 ms  ██████████
 *       CreateSandbox          executor.crun  26.0 ms   ░▒███████  hop 0.4 queue 0.1
 *
 * `░` is the way through NATS, `▒` the wait for a free place, `█` the work.
 */
export function waterfall(spans: readonly Span[], options: WaterfallOptions = {}): string[] {
  const width = options.width ?? 40;
  const known = new Set(spans.map((span) => span.spanId));
  const roots = spans.filter((span) => !known.has(span.parentId));
  const rows: { label: string; who: string; span: Span }[] = [];
  const walk = (span: Span, depth: number): void => {
    rows.push({ label: `${'  '.repeat(depth)}${span.name}`, who: whoOf(span), span });
    for (const child of byStart(spans.filter((other) => other.parentId === span.spanId))) walk(child, depth + 1);
  };
  for (const root of byStart(roots)) walk(root, 0);
  if (rows.length === 0) return [];

  const first = rows.reduce(
    (least, { span }) => (beginOf(span) < least ? beginOf(span) : least),
    beginOf(rows[0]!.span),
  );
  const last = rows.reduce((most, { span }) => (endOf(span) > most ? endOf(span) : most), first);
  const scale = width / Math.max(1, Number(last - first));
  const labels = Math.max(...rows.map(({ label }) => label.length));
  const whos = Math.max(...rows.map(({ who }) => who.length));
  return rows.map(({ label, who, span }) => {
    const time = `${milliseconds(span.worked)} ms`.padStart(10);
    return `${label.padEnd(labels)}  ${who.padEnd(whos)} ${time}  ${bar(span, first, scale, width)}  ${notes(span)}`.trimEnd();
  });
}

function bar(span: Span, first: bigint, scale: number, width: number): string {
  const column = (at: bigint): number => Math.min(width, Math.round(Number(at - first) * scale));
  const hop = column(beginOf(span));
  const queue = column(span.start);
  const work = column(span.start + (span.queued ?? 0n));
  // Work that is too short for a column is still seen.
  const end = Math.max(column(endOf(span)), Math.min(width, work + 1));
  const start = Math.min(work, end - 1);
  return `${' '.repeat(Math.min(hop, start))}${'░'.repeat(Math.max(0, Math.min(queue, start) - hop))}${'▒'.repeat(Math.max(0, start - Math.max(queue, hop)))}${'█'.repeat(end - start)}`.padEnd(
    width,
  );
}

function notes(span: Span): string {
  const words: string[] = [];
  if (span.hop) words.push(`hop ${milliseconds(span.hop)}`);
  if (span.queued) words.push(`queue ${milliseconds(span.queued)}`);
  if (span.error) words.push(span.error);
  return words.join(' ');
}

function whoOf(span: Span): string {
  return span.handler ? `${span.stage}.${span.handler}` : span.stage;
}

function beginOf(span: Span): bigint {
  return span.start - (span.hop ?? 0n);
}

function endOf(span: Span): bigint {
  return span.start + (span.queued ?? 0n) + span.worked;
}

function byStart(spans: readonly Span[]): Span[] {
  return spans.toSorted((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
}

function milliseconds(nanos: bigint): string {
  return (Number(nanos) / 1e6).toFixed(1);
}
