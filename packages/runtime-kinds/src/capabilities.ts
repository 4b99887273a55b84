/**
 * What a kind of runtime can do, and what its command line and its config.json need. The builder shapes config.json by
 * it, and the executor its calls. A capability that depends on the binary's version or on the host is not here: the
 * executor's probe finds it, and HandlerInfo carries it.
 */
export interface RuntimeCapabilities {
  /** The product's name in messages. */
  title: string;
  /** It runs containers. The kind null keeps records only, and has no binary. */
  runsContainers: boolean;
  /**
   * Containers run on the host's kernel, whose seccomp, AppArmor, mount flags, user namespaces and CRIU apply to them.
   * Otherwise the runtime brings a kernel of its own.
   */
  hostKernel: boolean;
  /**
   * A container's processes are processes of the host, in the container's own cgroup, and are signalled and measured
   * there. Otherwise they are in the sandbox's, and only the runtime's commands reach them.
   */
  hostProcesses: boolean;
  /** A sandbox is itself a container of the runtime, which all containers of the pod join. */
  sandboxIsContainer: boolean;
  /** Its kernel can be run on several platforms (the setting `platform`). */
  platforms: boolean;

  /** `linux.resources.unified` takes effect. */
  unifiedResources: boolean;
  /** `linux.resources.cpu.quota` may be -1, no quota. */
  unlimitedQuota: boolean;
  /** With systemd's cgroup driver `cpu.shares` take effect, where there are any, and not the weight in `unified`. */
  sharesOverWeight: boolean;

  /** `create` takes `--no-new-keyring`. */
  noNewKeyring: boolean;
  /** `create` writes its log to stderr, which is the container's, unless `--log` names a file. */
  logsToStderr: boolean;
  /** From `create` until `start` there is a FIFO `exec.fifo` in the container's state directory. */
  startFifo: boolean;
  /**
   * `exec` without a terminal copies the command's output itself and ends only when every holder of it has, background
   * children included. So it is detached, passes our pipes on, and leaves the command to us as a child.
   */
  execDetaches: boolean;
  /** `exec` without `--process` runs a command as the container's own user, with its groups, capabilities and environment. */
  execOwnProcess: boolean;
  /** `exec` opens the container's /etc/passwd and /etc/group, whatever numbers it is given. */
  execReadsAccounts: boolean;
  /**
   * The cgroups of v1 and hybrid hosts that `exec --cgroup` moves a command in: all of them, or only those of the
   * named controllers. On v2 there is one. None where commands are no processes of the host.
   */
  execCgroup: 'all' | 'named' | 'none';
  /** `exec` takes `--internal-pid-file`, and `kill` takes `--pid`, for pids within the sandbox. */
  innerPids: boolean;
}
