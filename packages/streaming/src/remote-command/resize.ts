import type { Readable } from 'node:stream';

export interface TerminalSize {
  rows: number;
  columns: number;
}

/** One size is about 30 bytes; what grows past this is none. */
const maxObjectBytes = 1024;

/**
 * The newest size that a client asked for. A reader that is slow sees the last one alone, so a
 * client that sends endlessly costs nothing.
 */
export class ResizeQueue implements AsyncIterable<TerminalSize> {
  #latest: TerminalSize | undefined;
  #ended = false;
  #wake: (() => void) | undefined;

  push(size: TerminalSize): void {
    this.#latest = size;
    this.#wake?.();
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<TerminalSize, void, undefined> {
    for (;;) {
      const size = this.#latest;
      this.#latest = undefined;
      if (size) yield size;
      else if (this.#ended) return;
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        this.#wake = undefined;
      }
    }
  }
}

/** Reads `{"Width":80,"Height":24}` objects one after the other, as Go's JSON encoder writes them. Others are skipped. */
export function readSizes(stream: Readable, queue: ResizeQueue): void {
  let text = '';
  stream.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
    for (let end = text.indexOf('}'); end >= 0; end = text.indexOf('}')) {
      const size = parseSize(text.slice(0, end + 1));
      text = text.slice(end + 1);
      if (size) queue.push(size);
    }
    if (text.length > maxObjectBytes) text = '';
  });
  stream.once('close', () => queue.end());
  stream.once('end', () => queue.end());
  stream.on('error', () => queue.end());
}

export function encodeSize({ columns, rows }: TerminalSize): Buffer {
  return Buffer.from(`${JSON.stringify({ Width: columns, Height: rows })}\n`);
}

function parseSize(text: string): TerminalSize | undefined {
  try {
    const value = JSON.parse(text) as Record<string, unknown>;
    const columns = value.Width ?? value.width;
    const rows = value.Height ?? value.height;
    return isSide(columns) && isSide(rows) ? { rows, columns } : undefined;
  } catch {
    return undefined;
  }
}

/** struct winsize has 16 bits for each (tty_ioctl(4)). */
function isSide(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 0xffff;
}
