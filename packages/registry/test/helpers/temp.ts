import { mkdtemp, rm } from 'node:fs/promises';

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
