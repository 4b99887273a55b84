export { errnoName, hasCode, SyscallError } from './errno.js';
export { closeFd } from './libc.js';
export { sendUnixDatagram } from './datagram.js';
export { isMountpoint, listMounts, mountAt, type MountInfo, mountsBelow, parseMountinfo } from './mountinfo.js';
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
} from './mounts.js';
export { idmapMount, type MountAttribute, type MountAttributeChange, setMountAttributes } from './mount-attributes.js';
export { type IdmappedOverlay, mountIdmappedOverlay } from './idmapped-overlay.js';
export { mountOverlay, type OverlayMethod, type OverlayRequest } from './overlay.js';
export { startThread } from './start-thread.js';
export { type CallOptions, NamespaceThread } from './namespaces.js';
export { inNetNamespace, rememberHome, StrandedError } from './namespace-switch.js';
export { openNetlink, type NetlinkFamily, receiveNetlink, sendNetlink } from './netlink-socket.js';
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
} from './namespace-protocol.js';
export { watchExit, type WatchOptions } from './pidfd.js';
export { childrenOf, isAlive, parseStat, type ProcessStat } from './process-info.js';
export { lowerOomScore, type OpenFileLimits, spawnAsStarted, startedOpenFiles } from './process-limits.js';
export { killGroup, signal } from './signals.js';
export { type ExitStatus, posixSpawn, reapChild, type SpawnRequest, waitChild, waitChildSync } from './spawn.js';
export { OrphanReaper, setChildSubreaper } from './subreaper.js';
export * as at from './at.js';
export { firstNames } from './directory-entries.js';
export { tryLockFile } from './file-lock.js';
export { removeMountedTree } from './remove-mounted-tree.js';
export { removeTreeSync } from './remove-tree.js';
export type { TreeUsage } from './measure-tree.js';
export { labelTree, measureTree, removeTree, type TreeOptions } from './tree-thread.js';
export { returnFreedMemory } from './malloc.js';
export { openMemoryFile } from './memory-file.js';
export { openReadOnlyView, replaceFd } from './read-only-view.js';
export { openPipe } from './pipe.js';
export { execve } from './execve.js';
export { setInherited, socketPair } from './inheritance.js';
export { clearUnixSocket, listenUnix, unixSocketPath } from './unix-listener.js';
export { syncFileSystem } from './sync-file-system.js';
export { boundingSet, type CapabilitySetName } from './capabilities.js';
export { type FileTimes, makedev, mknod, readAt } from './files.js';
export { confined, type UserIds, userIds } from './confine.js';
export {
  followInRoot,
  type MkdirInRootOptions,
  mkdirAllInRoot,
  type OpenInRootOptions,
  readFileIfInRoot,
  resolveInRoot,
} from './in-root.js';
export { type CgroupMode, type KernelFeatures, kernelFeatures } from './kernel-features.js';
export { connectSeqpacket, type SeqpacketOptions } from './seqpacket.js';
export { type ConnectOptions, connectFd } from './tcp.js';
export { setWindowSize, type WindowSize } from './tty.js';
export { getXattr, listXattr, setXattr, type XattrOptions } from './xattrs.js';
export { type PinUserNamespace, pinUserNamespace } from './user-namespace.js';
export { ConsoleSocket } from './console-socket.js';
export { openTerminal } from './terminal.js';
