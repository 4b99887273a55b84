import type { ConfigDraft } from './config-draft.js';
import type { DockerDaemon } from './facts/docker-daemon.js';
import type { Kubelet } from './facts/kubelet.js';
import type { RegistryHosts } from './facts/registries.js';
import type { Findings } from './finding.js';
import type { Root } from './root.js';

/** Slipway's settings that the checks compare the node with. */
export interface DoctorSettings {
  readonly cgroupDriver: string;
  /** `cgroup.parent`: the cgroup or slice of pods for which the kubelet names none. */
  readonly cgroupParent: string;
  readonly stateDirectory: string;
  readonly dataDirectory: string;
  readonly cniConfDir: string;
  readonly cniOwnList: boolean;
  readonly cniBinDirs: readonly string[];
  /** network.native is `auto`. */
  readonly cniNative: boolean;
  readonly privateNats: boolean;
  readonly privateRedis: boolean;
  readonly httpPort: number;
  readonly streamingPort: number;
}

/** Knowledge of other packages, and trials on a live host: given by callers that have them. */
export interface Probes {
  /** Mounts an overlay below a directory, or where that is to be, and answers what was wrong with it. */
  overlay?: (directory: string) => string | undefined;
  /** Of each plugin of a parsed CNI list, why its program runs, undefined where none does; undefined for no valid list. */
  pluginForms?: (list: unknown) => { type: string; obstacle: string | undefined }[] | undefined;
  /** Starts a program that does nothing, and answers the milliseconds until it has ended. */
  startMs?: () => number;
}

/** The inputs of checks and, for registries, their results for the steps. */
export interface Node {
  readonly root: Root;
  readonly settings: DoctorSettings;
  readonly probes: Probes;
  readonly kubelet: Kubelet;
  readonly docker: DockerDaemon;
  /** Registries of other runtimes that no hosts.toml holds yet. */
  readonly registries: RegistryHosts[];
  /** Slipway's configuration, as far as other runtimes' settings make it. */
  readonly draft: ConfigDraft;
}

export type Check = (node: Node, findings: Findings) => void;
