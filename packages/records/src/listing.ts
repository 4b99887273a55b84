/** All records of a kind as this process saw them last, and the revision at which it did. */
export class Listing<T> {
  readonly #records = new Map<string, T>();
  #list: readonly T[] = [];
  /** Empty before the first look. */
  revision = '';

  get size(): number {
    return this.#records.size;
  }

  has(id: string): boolean {
    return this.#records.has(id);
  }

  /** Takes what changed between two revisions; undefined is a record that is gone. */
  change(since: string, now: string, changed: ReadonlyMap<string, T | undefined>): readonly T[] {
    // Concurrent answers bring the same changes, and one may bring more than the others.
    const at = Number(this.revision);
    if (Number(now) <= at || Number(since) > at) return this.#list;
    this.revision = now;
    for (const [id, record] of changed) {
      if (record === undefined) this.#records.delete(id);
      else this.#records.set(id, record);
    }
    this.#list = [...this.#records.values()];
    return this.#list;
  }

  /** Replaces all records. */
  replace(now: string, all: ReadonlyMap<string, T | undefined>): readonly T[] {
    this.#records.clear();
    this.#list = [];
    this.revision = '';
    return this.change('', now, all);
  }
}
