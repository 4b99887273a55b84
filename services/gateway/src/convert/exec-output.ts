import type { ExecSyncResponse } from '@slipway/cri';

/** Bytes of an answer that are not output: field tags, lengths, the exit code. */
const AROUND = 64;

type Output = Pick<ExecSyncResponse, 'stdout' | 'stderr'>;

/**
 * Cuts a command's output at its end so that the answer stays within a message of
 * `maxBytes`: a client that refuses the message would not even learn the exit code.
 * Either stream may have what the other leaves of it, and half of it at least.
 */
export function fitOutput<T extends Output>(output: T, maxBytes: number): T {
  const room = Math.max(0, maxBytes - AROUND);
  const half = Math.floor(room / 2);
  const { stdout, stderr } = output;
  if (stdout.length + stderr.length <= room) return output;
  return {
    ...output,
    stdout: stdout.subarray(0, room - Math.min(half, stderr.length)),
    stderr: stderr.subarray(0, room - Math.min(half, stdout.length)),
  };
}
