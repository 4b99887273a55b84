import type { ThreadError } from '../thread-errors.js';

/** The namespaces that a sandbox owns; each is pinned as `<dir>/<kind>`. */
export type NamespaceKind = 'net' | 'ipc' | 'uts';

export const namespaceKinds = {
  net: 0x40000000,
  ipc: 0x08000000,
  uts: 0x04000000,
} as const satisfies Record<NamespaceKind, number>;

/** A line of a uid_map or gid_map (user_namespaces(7)). */
export interface IdMapping {
  containerId: number;
  hostId: number;
  size: number;
}

/** The ids of a user namespace. */
export interface UserMapping {
  uids: readonly IdMapping[];
  gids: readonly IdMapping[];
}

/** The setup inside of new namespaces. */
export interface NamespaceSetup {
  /** Set in a new uts namespace. */
  hostname?: string | undefined;
  /** Bring `lo` up in a new net namespace; default true. */
  loopback?: boolean | undefined;
  /** Written inside the new namespaces: `{ 'net.ipv4.ip_unprivileged_port_start': '0' }`. */
  sysctls?: Record<string, string> | undefined;
}

export interface CreateNamespaces extends NamespaceSetup {
  /** An existing or new directory; the pins go right into it. */
  dir: string;
  /** The namespaces to make; those left out stay the host's. Default: all three. */
  kinds?: readonly NamespaceKind[] | undefined;
  /** Make a user namespace too, which owns the others, pinned as `<dir>/user`. */
  user?: UserMapping | undefined;
}

/** Paths of pinned namespaces; what is left out is the host's. */
export type NamespacePaths = Partial<Record<NamespaceKind | 'user', string>>;

export interface SocketRequest {
  /** Path of the net namespace. */
  netns: string;
  family?: 'inet' | 'inet6' | undefined;
  type?: 'stream' | 'dgram' | undefined;
}

export interface InterfaceAddress {
  interface: string;
  address: string;
  family: 'IPv4' | 'IPv6';
  /** Length of the network prefix in bits. */
  prefixLength: number;
  mac: string;
}

/** A line of /proc/net/dev; counters are of bytes and packets since the interface came to be. */
export interface NetDevCounters {
  interface: string;
  rxBytes: bigint;
  rxPackets: bigint;
  rxErrors: bigint;
  rxDropped: bigint;
  txBytes: bigint;
  txPackets: bigint;
  txErrors: bigint;
  txDropped: bigint;
}

/** The thread's operations: the argument and the result of each. */
export interface NamespaceOperations {
  create(request: Omit<CreateNamespaces, 'user'>): NamespacePaths;
  configure(request: NamespaceSetup & { namespaces: NamespacePaths }): null;
  remove(request: { dir: string; kinds: readonly (NamespaceKind | 'user')[] }): null;
  socket(request: SocketRequest): { fd: number };
  readSysctl(request: { namespaces: NamespacePaths; key: string }): string;
  writeSysctl(request: { namespaces: NamespacePaths; key: string; value: string }): null;
  addresses(request: { netns: string }): InterfaceAddress[];
  netDev(request: { netns: string }): NetDevCounters[];
  netDevs(request: { netns: readonly string[] }): (NetDevCounters[] | undefined)[];
}
export type NamespaceOperation = keyof NamespaceOperations;

export interface ThreadCall {
  id: number;
  operation: NamespaceOperation;
  request: unknown;
}

/**
 * main ── ThreadCall ──▶ thread, one after the other, each done before the next begins.
 * main ◀── ThreadReply ── thread. `stranded` says that the thread could not come back
 * to the host's namespaces: it has ended itself and another must take its place.
 */
export interface ThreadReply {
  id: number;
  result?: unknown;
  error?: ThreadError;
  stranded?: boolean;
}
