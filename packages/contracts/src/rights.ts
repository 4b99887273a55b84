/**
 * The roles on NATS and Redis. `supervisor` is `slipway up`; `operator` is a person's tools: `slipway bench`,
 * `nats micro`. `peer` is the puller once more, on a connection of its own, when it shares layers with other nodes.
 */
export const roles = ['gateway', 'puller', 'builder', 'executor', 'supervisor', 'operator', 'peer'] as const;
export type Role = (typeof roles)[number];

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

/** A role's rights; a row of the table below. */
export interface Rights {
  /** Kinds of events that it publishes. */
  readonly events: readonly string[];
  /** Its rights in Redis; undefined: it has no user there. */
  readonly redis?: RedisRights;
}

/**
 * The one table of what each role may do: permissions of NATS (packages/supervisor/src/permissions.ts), users of
 * Redis (packages/records/src/acl.ts) and what a process takes upon itself (packages/records) are made of it.
 */
export const rights: Readonly<Record<Role, Rights>> = {
  // It may command every stage, so that writing all records gives it nothing more.
  gateway: {
    events: ['sandbox', 'container', 'image', 'stage', 'span'],
    redis: {
      records: { sandboxes: 'write', containers: 'write', images: 'write' },
      locks: ['janitor', 'removal:'],
      operations: 'write',
      journal: true,
      reserve: true,
    },
  },
  puller: {
    events: ['pull', 'image', 'stage', 'span'],
    // Containers hold the layers of their images.
    redis: { records: { images: 'write', containers: 'read' }, locks: ['image-names'], reserve: true },
  },
  builder: {
    events: ['stage', 'span'],
    redis: { records: {}, locks: ['bundle:'], reserve: true },
  },
  executor: {
    events: ['sandbox', 'container', 'stage', 'span'],
    redis: {
      records: { sandboxes: 'write', containers: 'write' },
      // Bundles: it removes those that no record knows.
      locks: ['sandbox:', 'container:', 'limits:', 'bundle:'],
      operations: 'read',
      reserve: true,
    },
  },
  supervisor: {
    // Also that a service of its own has ended without a word.
    events: ['stage', 'span'],
    redis: { records: {}, locks: [], server: true },
  },
  // Load tests and `slipway build` make records without a gateway.
  operator: {
    events: [],
    redis: { records: { sandboxes: 'write', containers: 'write', images: 'read' }, locks: [] },
  },
  peer: { events: [] },
};
