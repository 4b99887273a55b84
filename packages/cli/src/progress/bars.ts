import type { LayerProgress, PullProgress } from '@slipway/contracts';
import { bytes as bytesText, shortId } from '../client/units.js';

export interface Screen {
  columns: number;
  rows: number;
}

const order: Record<string, number> = { unpack: 0, fetch: 1, wait: 2, done: 3 };

/**
 * A pull as lines for a terminal: one for each layer, what works first, and the total below. Layers that do not fit
 * are summed up in one line; no line is longer than the screen is wide.
 */
export function barLines(progress: PullProgress, { columns, rows }: Screen): string[] {
  const room = Math.max(1, rows - 3);
  const layers = [...progress.layers];
  const shown = layers.length <= room ? layers : layers.sort(byWork).slice(0, room - 1);
  const lines = shown.map((layer) => layerLine(layer, columns));
  const folded = layers.length - shown.length;
  if (folded > 0) lines.push(`… and ${folded} more, ${layers.slice(shown.length).filter(isDone).length} of them done`);
  return [...lines, totalLine(progress, columns)].map((line) => line.slice(0, Math.max(1, columns - 1)));
}

function byWork(a: LayerProgress, b: LayerProgress): number {
  return (order[a.step] ?? 2) - (order[b.step] ?? 2);
}

function isDone({ step }: LayerProgress): boolean {
  return step === 'done';
}

function layerLine({ digest, step, bytesDone, bytesTotal }: LayerProgress, columns: number): string {
  const bytes = step === 'fetch' ? `${bytesText(bytesDone)} of ${bytesText(bytesTotal)}` : bytesText(bytesTotal);
  return `${shortId(digest).padEnd(13)}  ${step.padEnd(7)}${bar(bytesDone, bytesTotal, columns)} ${bytes}`;
}

/** The last line, and the only one of a log: step, bytes, rate, layers. */
export function totalLine(progress: PullProgress, columns: number): string {
  const { step, bytesDone, bytesTotal, bytesPerSecond, layersDone, layersTotal } = progress;
  if (bytesTotal === 0n && layersTotal === 0) return `${'total'.padEnd(13)}  ${step}`;
  const rate = step === 'fetch' && bytesPerSecond > 0n ? `, ${bytesText(bytesPerSecond)}/s${left(progress)}` : '';
  const sum = `${bytesText(bytesDone)} of ${bytesText(bytesTotal)}${rate}, ${layersDone} of ${layersTotal} layers`;
  return `${'total'.padEnd(13)}  ${step.padEnd(7)}${bar(bytesDone, bytesTotal, columns)} ${sum}`;
}

function left({ bytesDone, bytesTotal, bytesPerSecond }: PullProgress): string {
  const seconds = Number((bytesTotal - bytesDone) / bytesPerSecond);
  return seconds < 2 ? '' : `, ${seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`} left`;
}

/** Nothing on a screen that is too narrow for one. */
function bar(done: bigint, total: bigint, columns: number): string {
  const width = Math.min(30, columns - 64);
  if (width < 5) return '';
  const part = total > 0n ? Math.min(1, Number(done) / Number(total)) : 1;
  const full = Math.round(part * width);
  return ` [${'#'.repeat(full)}${'.'.repeat(width - full)}]`;
}
