export { errnoName, hasCode, SyscallError } from './errno.js';
export { closeFd } from './libc.js';
export { isMountpoint, listMounts, type MountInfo, mountsBelow, parseMountinfo } from './mountinfo.js';
export {
  type BindOptions,
  bindMount,
  type MountFlag,
  type MountRequest,
  mount,
  mountFlags,
  type Propagation,
  setPropagation,
  type UnmountOptions,
  unmount,
  unmountBelow,
} from './mounts.js';
export {
  idmapMount,
  type MountAttribute,
  type MountAttributeChange,
  openTree,
  setMountAttributes,
} from './mount-attributes.js';
export { moveMount } from './fs-context.js';
export { hasOverlayLowerdirPlus, mountOverlay, type OverlayRequest } from './overlay.js';
export { type CallOptions, NamespaceThread, setNamespaceWorkerPath } from './namespaces.js';
export type {
  CreateNamespaces,
  InterfaceAddress,
  NamespaceKind,
  NamespacePaths,
  NetDevCounters,
  SocketRequest,
} from './namespace-protocol.js';
