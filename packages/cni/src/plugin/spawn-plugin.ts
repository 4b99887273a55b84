import { spawn } from 'node:child_process';
import { DeadlineTimer } from '@slipway/time';
import type { PluginOutput, PluginRequest } from '../types.js';

/** No CNI result is near this size; a plugin that prints more is at fault. In bytes. */
const maxStdout = 1 << 20;
/** Enough for a Go panic's head and tail. In bytes. */
const maxStderr = 16 << 10;
/** How long output may still come after the plugin exited, in ms: a daemon it left behind can hold the pipe for ever. */
const drainTime = 500;

/**
 * Runs a plugin in a process group of its own, so that at the deadline the plugins and tools that
 * it started (IPAM, iptables) die with it.
 */
export function spawnPlugin(request: PluginRequest): Promise<PluginOutput> {
  return new Promise((resolve, reject) => {
    if (request.signal?.aborted) {
      resolve({ exitCode: -1, stdout: '', stderr: '', killed: 'cancelled' });
      return;
    }
    const child = spawn(request.path, [], { env: request.env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
    const stdout: Buffer[] = [];
    let stdoutSize = 0;
    let stderr = Buffer.alloc(0);
    let killed: PluginOutput['killed'];
    let drain: NodeJS.Timeout | undefined;

    const kill = (why: NonNullable<PluginOutput['killed']>) => {
      killed ??= why;
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        // The whole group is gone already.
      }
    };
    const cancel = () => kill('cancelled');
    request.signal?.addEventListener('abort', cancel, { once: true });
    const timer = new DeadlineTimer(request.deadline, () => kill('deadline'));
    const settle = () => {
      timer[Symbol.dispose]();
      clearTimeout(drain);
      request.signal?.removeEventListener('abort', cancel);
    };
    const finish = () => {
      settle();
      child.stdout.destroy();
      child.stderr.destroy();
      resolve({
        exitCode: child.exitCode ?? -1,
        stdout: Buffer.concat(stdout).toString('utf8'),
        stderr: stderr.toString('utf8'),
        killed,
      });
    };

    child.stdout.on('data', (chunk: Buffer) => {
      stdoutSize += chunk.length;
      if (stdoutSize > maxStdout) kill('output');
      else stdout.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr = Buffer.concat([stderr, chunk]).subarray(-maxStderr);
    });
    // A plugin may exit without reading its configuration: EPIPE is no failure, its exit code tells.
    child.stdin.on('error', () => {});
    child.once('error', (error) => {
      settle();
      reject(error);
    });
    child.once('exit', () => {
      drain = setTimeout(finish, drainTime);
    });
    child.once('close', finish);
    child.stdin.end(request.stdin);
  });
}
