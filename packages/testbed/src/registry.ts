import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '@slipway/test-servers';
import { endChild, spawnBound } from './child.js';

export interface TestRegistry {
  /** host:port, as in references. */
  readonly host: string;
  /** The directory of its storage, which another registry can serve as well. */
  readonly storage: string;
  stop(): Promise<void>;
}

/**
 * Debian's docker-registry on a free loopback port with storage of its own, or with that of
 * `kept`, which stays.
 */
export async function startRegistry(kept?: string): Promise<TestRegistry> {
  const directory = kept ?? mkdtempSync(join(tmpdir(), 'sw-registry-'));
  const remove = (): void => {
    if (kept === undefined) rmSync(directory, { recursive: true, force: true });
  };
  for (let attempt = 1; ; attempt++) {
    const host = `127.0.0.1:${await freePort()}`;
    const config = join(directory, 'config.yml');
    writeFileSync(
      config,
      `version: 0.1
log: {level: error, accesslog: {disabled: true}}
storage: {filesystem: {rootdirectory: ${directory}/data}, delete: {enabled: true}}
http: {addr: "${host}"}
`,
    );
    const child = spawnBound(['docker-registry', 'serve', config], { stdio: 'ignore' });
    const exited = once(child, 'exit').catch(() => undefined);
    const ended = new AbortController();
    exited.then(() => ended.abort()).catch(() => undefined);
    if (await answers(host, ended.signal)) {
      return {
        host,
        storage: join(directory, 'data'),
        stop: async () => {
          try {
            await endChild(child, 'SIGTERM', 10_000);
          } finally {
            remove();
          }
        },
      };
    }
    child.kill('SIGKILL');
    // Another program may have taken the port in between.
    if (attempt === 3) {
      remove();
      throw new Error("docker-registry does not start: is Debian's docker-registry installed?");
    }
  }
}

async function answers(host: string, ended: AbortSignal): Promise<boolean> {
  for (let tries = 0; tries < 500 && !ended.aborted; tries++) {
    try {
      if ((await fetch(`http://${host}/v2/`)).ok) return true;
    } catch {
      // It does not listen yet.
    }
    await sleep(20);
  }
  return false;
}
