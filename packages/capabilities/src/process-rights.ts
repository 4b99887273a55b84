import type { Stage } from '@slipway/stages';
import type { Capability } from './names.js';
import type { SystemCallProfile } from './system-calls.js';

/** A user of the host that has one kind of process and nothing else. */
export interface ProcessUser {
  /** The user and group where the host knows them by name, as by an entry that an administrator has made. */
  name: string;
  /** The user's and group's number otherwise: neither Debian nor systemd gives it to others. */
  id: number;
}

/** What the kernel lets a process of a node do. */
export interface ProcessRights {
  /** Default root. */
  user?: ProcessUser;
  /** The most that it, and whatever it starts, can have; `all`: what the host gives. Another user than root has all of these at work. */
  capabilities: 'all' | readonly Capability[];
  /** It and its children keep the rights that they have: setuid programs and file capabilities give none (no_new_privs). */
  noNewPrivileges: boolean;
  /** The filter of system calls of it and its children. Default: none. */
  systemCalls?: SystemCallProfile;
  /** Why it needs what it has, for the table in docs/security.md. */
  reason: string;
}

/** The kinds of processes of a node. */
export type ProcessKind = 'supervisor' | 'nats' | 'redis' | 'decompressor' | Stage;

/**
 * The rights of each kind of process. Processes are started with them, docs/security.md shows them, and a test compares
 * them with /proc/<pid>/status of a running node. Rights on NATS and in Redis: `rights` of packages/contracts.
 */
export const processRights: Readonly<Record<ProcessKind, ProcessRights>> = {
  supervisor: {
    capabilities: 'all',
    noNewPrivileges: false,
    reason: 'it starts the others, and gives each its rights',
  },
  nats: {
    user: { name: 'slipway-nats', id: 60_990 },
    capabilities: [],
    noNewPrivileges: true,
    systemCalls: 'server',
    reason: 'one port of loopback; it reads its configuration and writes no file',
  },
  redis: {
    user: { name: 'slipway-redis', id: 60_991 },
    capabilities: [],
    noNewPrivileges: true,
    systemCalls: 'server',
    reason: 'one unix socket; its append-only file',
  },
  gateway: {
    user: { name: 'slipway-gateway', id: 60_993 },
    // Settings and keys are root's, and a clone or a configuration file may lie in a directory of a user's own.
    capabilities: ['CAP_DAC_READ_SEARCH'],
    noNewPrivileges: true,
    systemCalls: 'service',
    reason:
      'its sockets are handed to it; it reads settings, keys and whether layers are there, and writes records only',
  },
  puller: {
    capabilities: [
      'CAP_CHOWN',
      'CAP_DAC_OVERRIDE',
      'CAP_FOWNER',
      'CAP_FSETID',
      'CAP_MKNOD',
      'CAP_SETFCAP',
      // trusted.overlay.* is SYS_ADMIN's alone.
      'CAP_SYS_ADMIN',
      // Decompressors have a user of their own.
      'CAP_KILL',
      'CAP_SETGID',
      'CAP_SETUID',
      'CAP_SETPCAP',
    ],
    noNewPrivileges: true,
    systemCalls: 'service',
    reason: 'owners, modes, devices, file capabilities and overlay marks of layers; it starts decompressors',
  },
  decompressor: {
    user: { name: 'slipway-unpack', id: 60_992 },
    capabilities: [],
    noNewPrivileges: true,
    systemCalls: 'decompressor',
    reason: 'it reads one descriptor and writes another',
  },
  builder: {
    capabilities: 'all',
    noNewPrivileges: true,
    systemCalls: 'builder',
    reason: 'it mounts; the capabilities that it sees are those that privileged containers get',
  },
  executor: {
    capabilities: 'all',
    noNewPrivileges: false,
    reason:
      'namespaces, cgroups, networks; containers inherit what it has: privileged ones all, others setuid programs',
  },
};
