import { parseStat } from '@slipway/linux';

const everyMs = 1000;

/**
 * Calls `ended` once the npm that started this process has: `npx slipway up` gets a SIGTERM itself and hands none on to
 * what it runs. Between npm and this process may be a shell. Does nothing where `npx` or `npm exec` did not start it: what `npm run` starts may be meant to outlive it.
 */
export function watchNpm(ended: () => void): void {
  if (process.env['npm_command'] !== 'exec') return;
  const before = ancestors();
  const timer = setInterval(() => {
    if (ancestors().join() === before.join()) return;
    clearInterval(timer);
    ended();
  }, everyMs);
  timer.unref();
}

/** The parent, and its parent. */
function ancestors(): number[] {
  const parent = process.ppid;
  return [parent, parseStat(parent)?.ppid ?? 0];
}
