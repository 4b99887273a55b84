import { moveMount } from './fs-context.js';
import { AT_EMPTY_PATH, AT_FDCWD, check, closeFd, libcFunction, SYS } from '../libc.js';

const OPEN_TREE_CLONE = 1;
const OPEN_TREE_CLOEXEC = 0o2000000;
const AT_RECURSIVE = 0x8000;

/** Attributes of mount_setattr(2). */
export const mountAttributes = {
  ro: 0x1,
  nosuid: 0x2,
  nodev: 0x4,
  noexec: 0x8,
  nosymfollow: 0x200000,
  idmap: 0x100000,
} as const;
export type MountAttribute = keyof typeof mountAttributes;

const openTreeCall = libcFunction<[number, number, string, number]>(
  'long syscall(long n, long dir, const char *path, unsigned long flags)',
);
export const mountSetattrCall = libcFunction<[number, number, string, number, Buffer | null, number]>(
  'long syscall(long n, long dir, const char *path, unsigned long flags, void *attributes, size_t size)',
);

/** A detached copy of the mount at `path`, as a descriptor that move_mount attaches: open_tree(2) with OPEN_TREE_CLONE. */
export function openTree(path: string, options: { recursive?: boolean } = {}): number {
  const flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (options.recursive ? AT_RECURSIVE : 0);
  return check(openTreeCall(SYS.open_tree, AT_FDCWD, path, flags), 'open_tree', path);
}

export interface MountAttributeChange {
  set?: readonly MountAttribute[];
  clear?: readonly MountAttribute[];
  /** Change everything mounted below too, all or nothing. */
  recursive?: boolean;
  /** With `idmap`: the user namespace whose mapping the mount gets. */
  usernsFd?: number;
}

function bits(names: readonly MountAttribute[] = []): bigint {
  return BigInt(names.reduce((all, name) => all | mountAttributes[name], 0));
}

/** mount_setattr(2) on a mount's path or descriptor; ENOSYS before Linux 5.12. `ro` with `recursive` is recursive read-only. */
export function setMountAttributes(target: string | number, change: MountAttributeChange): void {
  // struct mount_attr: attr_set, attr_clr, propagation, userns_fd, all u64.
  const attributes = Buffer.alloc(32);
  attributes.writeBigUInt64LE(bits(change.set), 0);
  attributes.writeBigUInt64LE(bits(change.clear), 8);
  attributes.writeBigUInt64LE(BigInt(change.usernsFd ?? 0), 24);
  const recursive = change.recursive ? AT_RECURSIVE : 0;
  const [fd, path, flags] =
    typeof target === 'number' ? [target, '', recursive | AT_EMPTY_PATH] : [AT_FDCWD, target, recursive];
  check(mountSetattrCall(SYS.mount_setattr, fd, path, flags, attributes, 32), 'mount_setattr', String(target));
}

/** Binds `source` onto `target` with the ids of a user namespace mapped; EINVAL where source's file system cannot. */
export function idmapMount(
  source: string,
  target: string,
  usernsFd: number,
  options: { recursive?: boolean } = {},
): void {
  const tree = openTree(source, options);
  try {
    setMountAttributes(tree, { set: ['idmap'], usernsFd, ...options });
    moveMount(tree, target);
  } finally {
    closeFd(tree);
  }
}
