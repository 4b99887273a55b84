import { execFile } from 'node:child_process';
import { SlipwayError } from '@slipway/errors';

export interface ToolOptions {
  signal?: AbortSignal | undefined;
  /** In ms. Default 15 000. */
  timeout?: number | undefined;
  input?: string | undefined;
}

/**
 * Runs a tool of the host to its end and gives its stdout.
 *
 * @throws SlipwayError NETWORK_FAILED with the tool's own words; CANCELLED when the signal fired.
 */
export function runTool(file: string, args: string[], options: ToolOptions = {}): Promise<string> {
  const { signal, timeout = 60_000, input } = options;
  return new Promise((resolve, reject) => {
    const settings = { timeout, killSignal: 'SIGKILL' as const, maxBuffer: 16 << 20, ...(signal && { signal }) };
    const child = execFile(file, args, settings, (error, stdout, stderr) => {
      if (error === null) {
        resolve(stdout);
        return;
      }
      const what = [file, ...args].join(' ');
      if (signal?.aborted) {
        reject(new SlipwayError('CANCELLED', `${what} was cancelled`, { object: 'network', cause: error }));
        return;
      }
      const why = error.killed ? `gave no answer in ${timeout} ms` : stderr.trim() || error.message;
      reject(
        new SlipwayError('NETWORK_FAILED', `${what}: ${why}`, {
          object: 'network',
          hint: error.code === 'ENOENT' ? `install ${file}` : "the tool's own message says what is wrong",
          cause: error,
        }),
      );
    });
    child.stdin?.on('error', () => {});
    child.stdin?.end(input ?? '');
  });
}
