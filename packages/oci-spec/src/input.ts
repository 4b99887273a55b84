import type { HandlerInfo } from '@slipway/contracts';
import type { ContainerConfig, MountPropagation, PodSandboxConfig } from '@slipway/cri';
import type { CdiEdits } from './mounts/cdi.js';
import type { ImageConfig } from './image-config.js';
import type { PodNamespaces } from './namespaces.js';
import type { OciDevice } from './types.js';
import type { ResolvedUser } from './process/user.js';

/** Facts of the host that shape a spec. */
export interface HostFacts {
  /** As process.arch. */
  arch: string;
  /** The kernel's major and minor version. */
  kernel: readonly [number, number];
  /** The lowest oom_score_adj that may be set here: -1000, or more without CAP_SYS_RESOURCE. */
  minOomScoreAdj: number;
  /** The limits of open files for a process, where Slipway was started with a soft limit below the hard one. */
  openFiles?: { soft: number; hard: number } | undefined;
  /** Whether cgroups can limit swap. */
  swapAccounting: boolean;
  /** Whether cgroups can limit huge pages. */
  hugetlb: boolean;
  /** Capabilities in the bounding set. */
  capabilities: readonly string[];
  apparmor: {
    enabled: boolean;
    /** The loaded profile that RuntimeDefault means; empty where no container gets it. */
    defaultProfile: string;
  };
  selinux: boolean;
}

export type HandlerFacts = Pick<
  HandlerInfo,
  | 'kind'
  | 'recursiveReadOnlyMounts'
  | 'userNamespaces'
  | 'userNamespacesReason'
  | 'cgroupDriver'
  | 'cgroupMode'
  | 'capabilities'
  | 'seccomp'
>;

/** A mount of the CRI's, its source looked up on the host. */
export interface ResolvedMount {
  /** For errors: `mounts[3]`. */
  field: string;
  /** As the CRI gave it. */
  containerPath: string;
  /** Absolute, without symlinks. */
  source: string;
  readonly: boolean;
  recursiveReadOnly: boolean;
  propagation: MountPropagation;
  /** How the mount below `source` propagates; looked up only where the wanted propagation needs it. */
  sourcePropagation?: 'shared' | 'slave' | 'private' | undefined;
  /** Options of the source's mount that a user namespace cannot take off: nosuid, nodev, noexec. */
  keep?: readonly string[] | undefined;
}

/** A device of the CRI's, looked up on the host. */
export interface ResolvedDevice extends OciDevice {
  /** Letters of r, w and m. */
  access: string;
}

/** Files and directories that the sandbox keeps for its containers; what is missing is left to the image. */
export interface SandboxFiles {
  resolvConf?: string | undefined;
  hostname?: string | undefined;
  hosts?: string | undefined;
  /** A tmpfs; the host's /dev/shm for a pod in the host's IPC namespace. */
  shm?: string | undefined;
}

/** Everything a container's config.json depends on, all of it looked up already. */
export interface SpecInput {
  containerId: string;
  sandboxId: string;
  pod: PodSandboxConfig;
  container: ContainerConfig;
  image: ImageConfig;
  handler: HandlerFacts;
  host: HostFacts;
  user: ResolvedUser;
  /** Absolute path of the mounted root file system. */
  rootfs: string;
  /** The pod's, or the host's on the host network. */
  hostname: string;
  namespaces: PodNamespaces;
  /** Host pid whose pid namespace is joined, for NamespaceMode TARGET; else 0. */
  targetPid: number;
  /** As SandboxRecord.cgroup_parent. */
  cgroupParent: string;
  mounts: readonly ResolvedMount[];
  files: SandboxFiles;
  /** The volumes that the image declares: their places in the container, and where those lie on the host. */
  imageVolumes?: readonly { destination: string; source: string }[] | undefined;
  /** In the container's config. */
  devices: readonly ResolvedDevice[];
  /** Edits of CDI devices; their device nodes are in `devices`. */
  cdi?: CdiEdits | undefined;
  /** All of the host's, for a privileged container. */
  hostDevices: readonly OciDevice[];
  /** Text of the Localhost seccomp profile, where one is asked for. */
  seccompProfile?: string | undefined;
  /** Annotation keys that are handed on; a trailing * matches the rest. */
  passAnnotations: readonly string[];
  /** Told what was asked for and is given in a lesser form on this host. */
  onLess?: ((what: string) => void) | undefined;
}
