import { open, stat, type FileHandle } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const pollMs = 200;
const readBytes = 64 << 10;

export interface LogLine {
  time: string;
  stream: string;
  /** The line's text, with its end where it has one. */
  text: string;
}

/** A line of the CRI log format; undefined for any other text. */
export function parseLogLine(line: string): LogLine | undefined {
  const [, time, stream, tag, text] = /^(\S+) (stdout|stderr) (\S+) ?(.*)$/s.exec(line) ?? [];
  if (time === undefined || stream === undefined || text === undefined) return undefined;
  return { time, stream, text: tag?.startsWith('P') ? text : `${text}\n` };
}

/**
 * The lines of a log. With `follow` it waits for more, also in the file that takes the place of a rotated one, until
 * `ended` answers true and all is read.
 */
export async function* readLog(path: string, follow?: { ended(): Promise<boolean> }): AsyncGenerator<LogLine> {
  let file = await open(path);
  try {
    let rest = '';
    for (;;) {
      // Asked before the read: what was written until the end is read after it.
      const over = follow === undefined || (await follow.ended());
      for await (const text of textOf(file)) {
        const lines = (rest + text).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) {
          const parsed = parseLogLine(line);
          if (parsed) yield parsed;
        }
      }
      const next = await rotated(file, path);
      if (next) {
        await file.close();
        file = next;
      } else if (over) return;
      else await sleep(pollMs);
    }
  } finally {
    await file.close();
  }
}

async function* textOf(file: FileHandle): AsyncGenerator<string> {
  const bytes = Buffer.alloc(readBytes);
  const decoder = new TextDecoder();
  for (;;) {
    const { bytesRead } = await file.read(bytes, 0, bytes.length, null);
    if (bytesRead === 0) return;
    yield decoder.decode(bytes.subarray(0, bytesRead), { stream: true });
  }
}

/** The file at the path now, where it is another one. */
async function rotated(file: FileHandle, path: string): Promise<FileHandle | undefined> {
  const [mine, theirs] = await Promise.all([file.stat(), stat(path).catch(() => undefined)]);
  return theirs && theirs.ino !== mine.ino ? await open(path) : undefined;
}
