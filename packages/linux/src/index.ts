export { errnoName, hasCode, SyscallError } from './errno.js';
export { closeFd } from './libc.js';
export { sendUnixDatagram } from './socket/datagram.js';
export { isMountpoint, listMounts, mountAt, type MountInfo, mountsBelow, parseMountinfo } from './mount/mountinfo.js';
export {
  type BindOptions,
  bindMount,
  type MountFlag,
  type MountRequest,
  mount,
  type Propagation,
  setPropagation,
  type UnmountOptions,
  unmount,
  unmountBelow,
} from './mount/mounts.js';
export {
  idmapMount,
  type MountAttribute,
  type MountAttributeChange,
  setMountAttributes,
} from './mount/mount-attributes.js';
export { type IdmappedOverlay, mountIdmappedOverlay } from './mount/idmapped-overlay.js';
export { mountOverlay, type OverlayMethod, type OverlayRequest } from './mount/overlay.js';
export { startThread } from './start-thread.js';
export { type CallOptions, NamespaceThread } from './namespace/namespaces.js';
export { inNetNamespace, rememberHome, StrandedError } from './namespace/namespace-switch.js';
export { openNetlink, type NetlinkFamily, receiveNetlink, sendNetlink } from './socket/netlink-socket.js';
export type {
  CreateNamespaces,
  IdMapping,
  InterfaceAddress,
  NamespaceKind,
  NamespacePaths,
  NamespaceSetup,
  NetDevCounters,
  SocketRequest,
  UserMapping,
} from './namespace/namespace-protocol.js';
export { watchExit, type WatchOptions } from './process/pidfd.js';
export { childrenOf, isAlive, parseStat, type ProcessStat } from './process/process-info.js';
export { lowerOomScore, type OpenFileLimits, spawnAsStarted, startedOpenFiles } from './process/process-limits.js';
export { killGroup, signal } from './process/signals.js';
export {
  type ExitStatus,
  posixSpawn,
  reapChild,
  type SpawnRequest,
  waitChild,
  waitChildSync,
} from './process/spawn.js';
export { OrphanReaper, setChildSubreaper } from './process/subreaper.js';
export * as at from './file/at.js';
export { firstNames } from './file/directory-entries.js';
export { tryLockFile } from './file/file-lock.js';
export { removeMountedTree } from './mount/remove-mounted-tree.js';
export { removeTreeSync } from './tree/remove-tree.js';
export type { TreeUsage } from './tree/measure-tree.js';
export { labelTree, measureTree, removeTree, type TreeOptions } from './tree/tree-thread.js';
export { returnFreedMemory } from './process/malloc.js';
export { openMemoryFile } from './file/memory-file.js';
export { openReadOnlyView, replaceFd } from './mount/read-only-view.js';
export { openPipe } from './socket/pipe.js';
export { execve } from './process/execve.js';
export { setInherited, socketPair } from './process/inheritance.js';
export { clearUnixSocket, listenUnix, unixSocketPath } from './socket/unix-listener.js';
export { syncFileSystem } from './file/sync-file-system.js';
export { boundingSet, type CapabilitySetName } from './process/capabilities.js';
export { type FileTimes, makedev, mknod, readAt } from './file/files.js';
export { FilteredSpawner } from './process/filtered-spawn.js';
export { installFilter } from './process/seccomp.js';
export { confined, groupId, type UserIds, userIds } from './process/confine.js';
export {
  followInRoot,
  type MkdirInRootOptions,
  mkdirAllInRoot,
  type OpenInRootOptions,
  readFileIfInRoot,
  resolveInRoot,
} from './file/in-root.js';
export { type CgroupMode, type KernelFeatures, kernelFeatures } from './kernel-features.js';
export { connectSeqpacket, type SeqpacketOptions } from './socket/seqpacket.js';
export { type ConnectOptions, connectFd } from './socket/tcp.js';
export { setWindowSize, type WindowSize } from './terminal/tty.js';
export { getXattr, listXattr, setXattr, type XattrOptions } from './file/xattrs.js';
export { type PinUserNamespace, pinUserNamespace } from './namespace/user-namespace.js';
export { ConsoleSocket } from './socket/console-socket.js';
export { openTerminal } from './terminal/terminal.js';
