import { spawnSync } from 'node:child_process';
import { PassThrough } from 'node:stream';
import { runRemoteCommand, type TerminalSize } from '@slipway/streaming';

export interface TerminalOptions {
  stdin: boolean;
  tty: boolean;
}

/**
 * Runs the command behind an exec or attach URL on this process's own streams, and returns its exit code. `opened` is
 * called when nothing of the output can be missed any more.
 */
export async function runHere(url: string, { stdin, tty }: TerminalOptions, opened?: () => void): Promise<number> {
  const sizes = new PassThrough({ objectMode: true });
  const tellSize = (): void => {
    const { rows, columns } = process.stdout;
    if (rows && columns) sizes.write({ rows, columns });
  };
  const raw = tty && stdin && process.stdin.isTTY;
  if (tty) {
    tellSize();
    process.stdout.on('resize', tellSize);
  }
  if (raw) makeRaw();
  try {
    return await runRemoteCommand(url, {
      stdin: stdin ? process.stdin : undefined,
      stdout: process.stdout,
      stderr: tty ? undefined : process.stderr,
      tty,
      opened,
      resize: sizes as AsyncIterable<TerminalSize>,
    });
  } finally {
    process.stdout.off('resize', tellSize);
    sizes.end();
    if (raw) process.stdin.setRawMode(false);
    // A stdin that is read would keep this process.
    process.stdin.destroy();
  }
}

/**
 * Lets keys and output through as they are. Node's raw mode makes `\r\n` of each `\n` that is written, which the
 * terminal in the container has done already where its program wants it. Turning raw mode off restores all of it.
 */
function makeRaw(): void {
  process.stdin.setRawMode(true);
  spawnSync('stty', ['-opost'], { stdio: ['inherit', 'ignore', 'ignore'], timeout: 2000 });
}
