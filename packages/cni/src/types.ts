import { type Deadline } from '@slipway/time';
import type { NativePlugins } from './native/native-plugins.js';
import type { NetworkList } from './list/network-list.js';
import type { JsonObject } from './list/plugin-conf.js';

/** A published port (the `portMappings` capability, CNI CONVENTIONS.md). */
export interface PortMapping {
  /** Ports of 0 and below mean "not published" and are left out. */
  hostPort: number;
  containerPort: number;
  /** `tcp`, `udp` or `sctp`, in any case. Default `tcp`. */
  protocol?: string | undefined;
  /** The host address to listen on; empty means all of them. */
  hostIP?: string | undefined;
}

/** Traffic limits (the `bandwidth` capability): rates in bits per second, bursts in bits. */
export interface Bandwidth {
  ingressRate?: number | undefined;
  ingressBurst?: number | undefined;
  egressRate?: number | undefined;
  egressBurst?: number | undefined;
}

/** Resolver settings: what is asked for (the `dns` capability) and what a result holds. */
export interface Dns {
  nameservers?: string[] | undefined;
  domain?: string | undefined;
  search?: string[] | undefined;
  options?: string[] | undefined;
}

export interface ResultInterface {
  name: string;
  mac?: string;
  /** The network namespace's path; empty for an interface of the host. */
  sandbox?: string;
}

export interface ResultIp {
  /** Address with prefix length: `10.88.0.5/16`. */
  address: string;
  gateway?: string;
  /** Index into `interfaces`. */
  interface?: number;
}

export interface ResultRoute {
  dst: string;
  gw?: string;
}

/** The result of ADD of a whole list, in the shape of CNI result version 1.0.0 whatever version the list has. */
export interface Attachment {
  ips: ResultIp[];
  interfaces: ResultInterface[];
  routes: ResultRoute[];
  dns: Dns;
  /** The last plugin's result as it wrote it. */
  raw: JsonObject;
}

/** A plugin process to run. */
export interface PluginRequest {
  /** Absolute path of the binary. */
  path: string;
  env: Record<string, string>;
  /** The plugin's stdin. */
  stdin: string;
  /** Milliseconds since the epoch; the process group is killed then. */
  deadline: Deadline;
  signal?: AbortSignal | undefined;
}

/** How a plugin process ended. */
export interface PluginOutput {
  /** The exit code; -1 when a signal ended it. */
  exitCode: number;
  stdout: string;
  /** The last part of stderr. */
  stderr: string;
  /** Why this side killed it, where it did. */
  killed?: 'deadline' | 'cancelled' | 'output' | undefined;
}

/** Runs one plugin process. Rejects only when the process could not be started. */
export type PluginRunner = (request: PluginRequest) => Promise<PluginOutput>;

/** Parameters of every operation on an attachment. */
export interface RunOptions {
  signal?: AbortSignal | undefined;
  /** Milliseconds since the epoch. Default: two minutes from the call. */
  deadline?: Deadline | undefined;
  /** Runs the plugins. Default: `node:child_process`. */
  run?: PluginRunner | undefined;
  /** Carries plugins out without their programs where every key of a configuration is known. Default: none. */
  native?: NativePlugins | undefined;
}

/** The pod, for plugins that read `CNI_ARGS`. */
export interface PodArgs {
  namespace: string;
  name: string;
  uid: string;
}

export interface AttachOptions extends RunOptions {
  /** The sandbox's id. */
  containerId: string;
  /** The path of the pinned network namespace. */
  netns: string;
  /** Default `eth0`. */
  ifname?: string | undefined;
  pod?: PodArgs | undefined;
  portMappings?: PortMapping[] | undefined;
  dns?: Dns | undefined;
  bandwidth?: Bandwidth | undefined;
  /** Values for further capabilities, by the capability's name: `mac`, `ips`, `cgroupPath`, … */
  capabilityArgs?: JsonObject | undefined;
  /** Where attachments are remembered. Must outlive this process. */
  cacheDir: string;
  /** How long each DEL may take when a failed ADD is undone, in ms. Default 10 000. */
  undoTimeout?: number | undefined;
}

export interface DetachOptions extends RunOptions {
  /** Default: the namespace of ADD. A namespace that is gone is passed as empty, as the spec asks. */
  netns?: string | undefined;
  /** Only this interface. Default: every attachment of the container. */
  ifname?: string | undefined;
  /** Looked into after the directories of ADD, for plugins that have moved since. */
  binDirs?: string[] | undefined;
  /** The list that DEL uses where an attachment's file has become unreadable (a power loss): the current one. */
  fallback?: NetworkList | undefined;
}

export interface CheckOptions extends RunOptions {
  ifname?: string | undefined;
}
