import { check, libcFunction } from '../libc.js';
import { hasCode } from '../errno.js';
import { mountsBelow } from './mountinfo.js';

/** Flags of mount(2), by their names in the mount command and the OCI runtime-spec where they have one. */
export const mountFlags = {
  ro: 1,
  nosuid: 2,
  nodev: 4,
  noexec: 8,
  sync: 16,
  remount: 32,
  mand: 64,
  dirsync: 128,
  nosymfollow: 256,
  noatime: 1024,
  nodiratime: 2048,
  bind: 4096,
  move: 8192,
  rec: 16384,
  silent: 32768,
  unbindable: 1 << 17,
  private: 1 << 18,
  slave: 1 << 19,
  shared: 1 << 20,
  relatime: 1 << 21,
  strictatime: 1 << 24,
  lazytime: 1 << 25,
} as const;
export type MountFlag = keyof typeof mountFlags;

const MNT_FORCE = 1;
const MNT_DETACH = 2;
const UMOUNT_NOFOLLOW = 8;

const mount2 = libcFunction<[string | null, string, string | null, number, string | null]>(
  'int mount(const char *source, const char *target, const char *type, unsigned long flags, const char *data)',
);
const umount2 = libcFunction<[string, number]>('int umount2(const char *target, int flags)');

export interface MountRequest {
  source?: string | undefined;
  target: string;
  type?: string | undefined;
  flags?: readonly MountFlag[] | number | undefined;
  /** File system options as mount(2) takes them: `size=64k,mode=1777`. */
  data?: string | undefined;
}

function flagBits(flags: readonly MountFlag[] | number | undefined): number {
  if (typeof flags === 'number') return flags;
  return (flags ?? []).reduce((bits, flag) => bits | mountFlags[flag], 0);
}

/** mount(2). Throws SyscallError. */
export function mount(request: MountRequest): void {
  const { source, target, type, data } = request;
  check(mount2(source ?? null, target, type ?? null, flagBits(request.flags), data ?? null), 'mount', target);
}

export interface UnmountOptions {
  /** Take it out of the tree immediately and release it when nobody uses it any more (MNT_DETACH). */
  detach?: boolean;
  /** Abort pending requests of a network file system (MNT_FORCE). */
  force?: boolean;
  /** Count "no such path" and "nothing mounted there" as done; default false. */
  missingOk?: boolean;
}

/** Unmounts the topmost mount at `target`, which is not followed when it is a symlink. Answers whether there was one. */
export function unmount(target: string, options: UnmountOptions = {}): boolean {
  const flags = (options.detach ? MNT_DETACH : 0) | (options.force ? MNT_FORCE : 0) | UMOUNT_NOFOLLOW;
  try {
    check(umount2(target, flags), 'umount', target);
    return true;
  } catch (error) {
    if (options.missingOk && hasCode(error, 'ENOENT', 'EINVAL')) return false;
    throw error;
  }
}

/** Unmounts everything at and below `prefix`, deepest first. Answers how many mounts there were. */
export function unmountBelow(prefix: string, options: UnmountOptions = {}): number {
  const mounts = mountsBelow(prefix);
  for (const { target } of mounts) unmount(target, { detach: true, missingOk: true, ...options });
  return mounts.length;
}

export type Propagation =
  | 'private'
  | 'rprivate'
  | 'slave'
  | 'rslave'
  | 'shared'
  | 'rshared'
  | 'unbindable'
  | 'runbindable';

export interface BindOptions {
  readonly?: boolean;
  /** Bind the mounts below the source too; default false. */
  recursive?: boolean;
  propagation?: Propagation;
}

/**
 * Binds `source` (file or directory) onto `target`, which must exist.
 * An incomplete bind is undone. `readonly` covers only the top mount: for mounts that are
 * mounted below it see {@link import('./mount-attributes.js').setMountAttributes}.
 */
export function bindMount(source: string, target: string, options: BindOptions = {}): void {
  mount({ source, target, flags: options.recursive ? ['bind', 'rec'] : ['bind'] });
  try {
    // mount(2) ignores every flag but MS_REC on the first bind: read-only takes a second step.
    if (options.readonly)
      mount({ target, flags: mountFlags.bind | mountFlags.remount | mountFlags.ro | lockedFlags(target) });
    if (options.propagation) setPropagation(target, options.propagation);
  } catch (error) {
    unmount(target, { detach: true, missingOk: true });
    throw error;
  }
}

/** The per-mount flags in force at `target`: a remount that leaves them out would clear them, or be refused. */
function lockedFlags(target: string): number {
  const top = mountsBelow(target).find((mount) => mount.target === target);
  const kept = ['nosuid', 'nodev', 'noexec', 'noatime', 'nodiratime', 'relatime'] as const;
  return kept.filter((flag) => top?.options.includes(flag)).reduce((bits, flag) => bits | mountFlags[flag], 0);
}

/** Sets a mount's propagation; the r-forms do so for everything below it too. */
export function setPropagation(target: string, propagation: Propagation): void {
  const recursive = propagation !== 'private' && propagation.startsWith('r');
  const kind = (recursive ? propagation.slice(1) : propagation) as 'private' | 'slave' | 'shared' | 'unbindable';
  mount({ target, flags: recursive ? [kind, 'rec'] : [kind] });
}
