import { execFile } from 'node:child_process';
import { statSync } from 'node:fs';

/** By path: the file that was asked, and whether it is the reference plugin. */
const asked = new Map<string, { identity: string; answer: Promise<boolean> }>();
const askMs = 5000;

/**
 * Whether a program is the plugin of github.com/containernetworking/plugins of that type: without CNI_COMMAND these
 * print their names (pkg/skel, from 0.8.0 on). A site's own program by the same name, or a wrapper of it, does
 * something that no native plugin knows. Each file is asked once; a file that did not answer in time, as on a loaded node, is
 * asked again by the next call.
 */
export function isReferenceProgram(path: string, type: string): Promise<boolean> {
  const { dev, ino, mtimeMs, size } = statSync(path);
  const identity = [dev, ino, mtimeMs, size].join(' ');
  const known = asked.get(path);
  if (known?.identity === identity) return known.answer;
  const answer = ask(path, type);
  asked.set(path, { identity, answer });
  return answer;
}

function ask(path: string, type: string): Promise<boolean> {
  return new Promise((resolve) => {
    const env = { PATH: process.env.PATH ?? '' };
    const child = execFile(path, { env, timeout: askMs, killSignal: 'SIGKILL' }, (error, _stdout, stderr) => {
      if (error?.killed) asked.delete(path);
      resolve(stderr.startsWith(`CNI ${type} plugin `));
    });
    child.stdin?.on('error', () => undefined);
    child.stdin?.end();
  });
}
