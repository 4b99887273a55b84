import type { RecordKind } from '@slipway/stages';

/** The kinds of records; also the names of their mirror directories. */
export type Kind = RecordKind;

/**
 * The names of a node's state in Redis. The node is a hash tag, so
 * that one node's keys share a slot when Redis is a cluster.
 */
export class Keys {
  constructor(readonly node: string) {}

  #key(...parts: string[]): string {
    return ['slipway', `{${this.node}}`, ...parts].join(':');
  }

  /** Hash: id to the encoded record. */
  records(kind: Kind): string {
    return this.#key(kind);
  }

  /** Counter that every change of the hash raises. */
  revision(kind: Kind): string {
    return this.#key(kind, 'revision');
  }

  /** List: the last changes of the hash, each its revision and the id. */
  changes(kind: Kind): string {
    return this.#key(kind, 'changes');
  }

  /** Hash: records that could not be decoded, out of the way. */
  bad(kind: Kind): string {
    return this.#key(kind, 'bad');
  }

  lock(name: string): string {
    return this.#key('lock', name);
  }

  /** Set: the names of locks that are held, or whose holder died. */
  locks(): string {
    return this.#key('locks');
  }

  operation(key: string): string {
    return this.#key('operation', key);
  }

  /** Set: the keys of operations that failed. It is below the operations, whose own names have a slash. */
  failures(): string {
    return this.operation('failed');
  }

  /** Stream: the last changes of phase of sandboxes and containers. */
  journal(): string {
    return this.#key('journal');
  }

  /** Counter: how many entries the journal ever had. */
  journalCount(): string {
    return this.#key('journal', 'count');
  }

  /** Hash: a subscription to its place in the journal. */
  bookmarks(): string {
    return this.#key('journal', 'bookmarks');
  }

  /** Which Redis, by its run id, holds the records of a kind since they were compared; absent where it lost them. */
  filled(kind: Kind): string {
    return this.#key('filled', kind);
  }

  /** Counter: how often records of a kind and their files were compared. */
  compared(kind: Kind): string {
    return this.#key('compared', kind);
  }
}
