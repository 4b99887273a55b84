import type { PullProgress } from '@slipway/contracts';

const color = process.stdout.isTTY && !process.env['NO_COLOR'];
const paint = (text: string, code: number): string => (color ? `\u001b[${code}m${text}\u001b[0m` : text);

export function title(text: string): void {
  process.stdout.write(`\n${paint(text, 1)}\n`);
}

export function line(text: string): void {
  process.stdout.write(`  ${text}\n`);
}

export function done(what: string, detail = ''): void {
  line(`${paint('✓', 32)} ${what.padEnd(18)} ${paint(detail, 90)}`.trimEnd());
}

export function failed(what: string, detail: string): void {
  line(`${paint('✗', 31)} ${what.padEnd(18)} ${detail}`.trimEnd());
}

/** Shows a pull: one line that moves on a terminal, else a line for each step. */
export class PullDisplay {
  #last = '';

  show(progress: PullProgress): void {
    const total = Number(progress.bytesTotal);
    const share = total > 0 ? Number(progress.bytesDone) / total : 0;
    const bar = '█'.repeat(Math.round(share * 24)).padEnd(24, '░');
    const bytes = `${megabytes(progress.bytesDone)} of ${megabytes(progress.bytesTotal)} MB`;
    const text = `${progress.step.padEnd(8)} ${bar} ${bytes}, ${progress.layersDone} of ${progress.layersTotal} layers`;
    if (process.stdout.isTTY) process.stdout.write(`\r  ${text}\u001b[K`);
    else if (progress.step !== this.#last) line(text);
    this.#last = progress.step;
  }

  end(): void {
    if (process.stdout.isTTY && this.#last !== '') process.stdout.write('\r\u001b[K');
  }
}

function megabytes(bytes: bigint): string {
  return (Number(bytes) / 1e6).toFixed(1);
}
