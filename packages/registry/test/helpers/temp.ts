import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';

/** Something that runs clean-up when it ends: a test's context, or a suite's Cleanup. */
export interface Scope {
  after(work: () => Promise<void>): void;
}

/** Clean-up for a whole suite, last one first. */
export class Cleanup implements Scope {
  readonly #works: (() => Promise<void>)[] = [];

  after(work: () => Promise<void>): void {
    this.#works.push(work);
  }

  async run(): Promise<void> {
    for (const work of this.#works.reverse()) await work();
  }
}

/** A directory that is gone after the test. */
export async function tempDir(scope: Scope): Promise<string> {
  const dir = await mkdtemp('/tmp/slipway-registry-test-');
  scope.after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** A loopback port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
