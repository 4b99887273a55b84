import type { Readable } from 'node:stream';

export interface TerminalSize {
  rows: number;
  columns: number;
}

/** A size has about 30 bytes; anything longer is not a size. */
const maxObjectBytes = 1024;
/** Objects of one chunk that are looked at where the newest ones are no sizes. */
const maxTries = 4;

/**
 * The newest size that a client asked for. A slow reader sees only the last one, so a
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

/**
 * Reads `{"Width":80,"Height":24}` objects one after the other, as Go's JSON encoder writes them. Others are skipped.
 * Only the newest one counts, so a bounded part at the end of the available bytes is read: a flood
 * costs no more than the chunks that it comes in.
 */
export function readSizes(stream: Readable, queue: ResizeQueue): void {
  let text = '';
  stream.on('data', (chunk: Buffer) => {
    text = (text + chunk.toString('latin1', Math.max(0, chunk.length - maxObjectBytes))).slice(-maxObjectBytes);
    const size = newestSize(text);
    text = text.slice(text.lastIndexOf('}') + 1);
    if (size) queue.push(size);
  });
  stream.once('close', () => queue.end());
  stream.once('end', () => queue.end());
  stream.on('error', () => queue.end());
}

/** The last whole object that is a size, of the last few. */
function newestSize(text: string): TerminalSize | undefined {
  let end = text.lastIndexOf('}');
  for (let tries = 0; tries < maxTries && end >= 0; tries++) {
    const begin = text.lastIndexOf('{', end);
    const size = begin < 0 ? undefined : parseSize(text.slice(begin, end + 1));
    if (size || begin <= 0) return size;
    end = text.lastIndexOf('}', begin - 1);
  }
  return undefined;
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
