import type { ProcessKind } from './process-rights.js';

/** A directory of a node, and who may do what with it. */
export interface DirectoryRights {
  /** The setting that it is below. */
  base: 'root' | 'state';
  /** Its path there; empty: the base itself. */
  path: string;
  /** The process whose user has it. Default root. */
  owner?: ProcessKind;
  /** The process whose group has it. Default root. */
  group?: ProcessKind;
  /** With the setgid bit, what is made in it has its group. */
  mode: number;
  /** For the table in docs/security.md. */
  holds: string;
}

const records = {
  group: 'gateway',
  mode: 0o2770,
  holds: 'written by the gateway, and by those root processes that move records',
} as const;

/**
 * The directories that `slipway up` makes for its processes. The supervisor makes them of this table, docs/security.md shows
 * it, and a test compares it with a running node. All other directories below `root` and `state` are root's.
 */
export const directoryRights = {
  state: { base: 'state', path: '', mode: 0o711, holds: 'everybody goes through, nobody lists' },
  root: { base: 'root', path: '', mode: 0o711, holds: 'the same' },
  keys: { base: 'state', path: 'keys', mode: 0o700, holds: 'the key and the password of each role' },
  hubFiles: { base: 'state', path: 'nats', group: 'nats', mode: 0o710, holds: "copies of the hub's credentials" },
  redisSocket: {
    base: 'state',
    path: 'redis',
    owner: 'redis',
    group: 'gateway',
    mode: 0o2711,
    holds: 'the socket of Redis, root:gateway 0660: each connects with the password of its role',
  },
  redisData: {
    base: 'root',
    path: 'redis',
    owner: 'redis',
    group: 'redis',
    mode: 0o700,
    holds: 'its append-only file',
  },
  records: {
    base: 'root',
    path: 'records',
    group: 'gateway',
    mode: 0o710,
    holds: 'the records on disk, a directory a kind',
  },
  sandboxRecords: { base: 'root', path: 'records/sandboxes', ...records },
  containerRecords: { base: 'root', path: 'records/containers', ...records },
  imageRecords: { base: 'root', path: 'records/images', ...records },
  besideRecords: {
    base: 'state',
    path: 'records',
    group: 'gateway',
    mode: 0o710,
    holds: 'the third copies of records',
  },
  besideSandboxes: { base: 'state', path: 'records/sandboxes', ...records },
  besideContainers: { base: 'state', path: 'records/containers', ...records },
} as const satisfies Record<string, DirectoryRights>;

export type DirectoryName = keyof typeof directoryRights;
