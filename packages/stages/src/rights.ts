export type RecordKind = 'sandboxes' | 'containers' | 'images';

/** A role's rights in Redis; the server refuses everything else. */
export interface RedisRights {
  /** Rights on records. A role that may write a kind also compares it with its files when it meets a Redis that was started since. */
  readonly records: Readonly<Partial<Record<RecordKind, 'read' | 'write'>>>;
  /** The beginnings of the names of locks that it takes. */
  readonly locks: readonly string[];
  /** Creations that run once. */
  readonly operations?: 'read' | 'write';
  /** Reads the journal of changes, and keeps its subscribers' places. */
  readonly journal?: true;
  /** Takes turns with others in keeping the disk's reserve. */
  readonly reserve?: true;
  /** Tends the server itself: INFO, and CONFIG SET for its file. */
  readonly server?: true;
}

/** A role's rights. */
export interface Rights {
  /** Kinds of events that it publishes. */
  readonly events: readonly string[];
  /** Its rights in Redis; undefined: it has no user there. */
  readonly redis?: RedisRights;
}
