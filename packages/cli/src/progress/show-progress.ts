import type { PullProgress } from '@slipway/contracts';
import { barLines, totalLine } from './bars.js';

export interface ProgressView {
  show(progress: PullProgress): void;
  /** Takes the bars away; lines of a log stay. */
  end(): void;
}

/** Milliseconds between two lines of a log whose step stays the same. */
const logMs = 5000;

/** Bars where the stream is a terminal, else a line when the step changes and every few seconds. */
export function progressView(stream: NodeJS.WriteStream): ProgressView {
  return stream.isTTY ? liveBars(stream) : logLines(stream);
}

/** The bars are drawn over the ones before; the library that would do this is larger than this function. */
function liveBars(stream: NodeJS.WriteStream): ProgressView {
  let drawn = 0;
  const clear = (): string => (drawn === 0 ? '' : `\x1b[${drawn}A\r\x1b[J`);
  return {
    show: (progress) => {
      const lines = barLines(progress, { columns: stream.columns || 80, rows: stream.rows || 24 });
      stream.write(`${clear()}${lines.join('\n')}\n`);
      drawn = lines.length;
    },
    end: () => {
      stream.write(clear());
      drawn = 0;
    },
  };
}

function logLines(stream: NodeJS.WriteStream): ProgressView {
  let [step, printed] = ['', Number.NEGATIVE_INFINITY];
  return {
    show: (progress) => {
      const now = performance.now();
      if (progress.step === step && now - printed < logMs) return;
      [step, printed] = [progress.step, now];
      // Without a bar, which needs a wide screen.
      stream.write(`${progress.reference}: ${totalLine(progress, 0).replace(/^total\s+/, '')}\n`);
    },
    end: () => undefined,
  };
}
