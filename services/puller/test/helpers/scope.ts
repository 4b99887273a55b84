/** Something that runs clean-up when it ends: a test's context, or a suite's Cleanup. */
export interface Scope {
  after(work: () => Promise<void> | void): void;
}

/** Clean-up of a suite, or of a test where the order counts: last one first. */
export class Cleanup implements Scope {
  readonly #works: (() => Promise<void> | void)[] = [];

  after(work: () => Promise<void> | void): void {
    this.#works.push(work);
  }

  async run(): Promise<void> {
    for (const work of this.#works.splice(0).reverse()) await work();
  }
}

/** Waits until `holds` answers true. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, timeoutMs = 15_000): Promise<void> {
  for (let waited = 0; !(await holds()); waited += 10) {
    if (waited > timeoutMs) throw new Error(`never: ${what}`);
    await new Promise((wake) => setTimeout(wake, 10));
  }
}
