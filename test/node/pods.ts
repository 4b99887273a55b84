import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type ContainerConfig,
  ContainerState,
  type ContainerStatus,
  NamespaceMode,
  type PodSandboxConfig,
} from '@slipway/cri';
import type { Init } from '@slipway/protobuf';
import { patience } from './patience.js';
import type { Handler, SlipwayNode } from './slipway-node.js';

/** As long as a kubelet waits for these calls. Milliseconds. */
const runPodMs = 240_000;
const callMs = 120_000;

/** One pod of a node and what tests do with it. Everything takes its time in a guest. */
export class NodePod {
  private constructor(
    readonly node: SlipwayNode,
    readonly id: string,
    readonly config: Init<PodSandboxConfig>,
  ) {}

  static async run(node: SlipwayNode, handler: Handler, more: Init<PodSandboxConfig> = {}): Promise<NodePod> {
    const name = `pod-${randomBytes(3).toString('hex')}`;
    const config: Init<PodSandboxConfig> = {
      metadata: { name, namespace: 'default', uid: `uid-${name}`, attempt: 0 },
      hostname: name,
      logDirectory: `/var/log/pods/${name}`,
      ...more,
      linux: { securityContext: { namespaceOptions: { pid: NamespaceMode.CONTAINER } }, ...more.linux },
    };
    const { podSandboxId } = await node.cri.runPodSandbox({ config, runtimeHandler: handler }, { timeoutMs: runPodMs });
    return new NodePod(node, podSandboxId, config);
  }

  /** Creates and starts a container that runs a shell script. */
  async start(script: string, more: Init<ContainerConfig> = {}): Promise<string> {
    const name = `c-${randomBytes(3).toString('hex')}`;
    const config: Init<ContainerConfig> = {
      metadata: { name, attempt: 0 },
      image: { image: this.node.image },
      command: ['sh', '-c', script],
      logPath: `${name}.log`,
      ...more,
      linux: { securityContext: { namespaceOptions: { pid: NamespaceMode.CONTAINER } }, ...more.linux },
    };
    const { cri } = this.node;
    const request = { podSandboxId: this.id, config, sandboxConfig: this.config };
    const { containerId } = await cri.createContainer(request, { timeoutMs: callMs });
    await cri.startContainer({ containerId }, { timeoutMs: callMs });
    return containerId;
  }

  async status(containerId: string): Promise<ContainerStatus> {
    const { status } = await this.node.cri.containerStatus({ containerId });
    if (!status) throw new Error('the answer holds no status');
    return status;
  }

  async exited(containerId: string, timeoutMs = 120_000): Promise<ContainerStatus> {
    const end = Date.now() + patience(timeoutMs);
    for (;;) {
      const status = await this.status(containerId);
      if (status.state === ContainerState.CONTAINER_EXITED) return status;
      if (Date.now() > end) throw new Error(`container ${containerId} still runs after ${patience(timeoutMs)} ms`);
      await sleep(500);
    }
  }

  /** What a command printed in a container; its exit code must be 0. */
  async exec(containerId: string, ...cmd: string[]): Promise<string> {
    const { stdout, stderr, exitCode } = await this.node.cri.execSync({ containerId, cmd, timeout: 60n });
    if (exitCode !== 0) throw new Error(`${cmd.join(' ')}: exit ${exitCode}: ${Buffer.from(stderr).toString()}`);
    return Buffer.from(stdout).toString();
  }

  /** The directory below /sys/fs/cgroup that the container's first process is in. */
  async cgroup(containerId: string): Promise<string> {
    const pid = await this.pid(containerId);
    const line = (await this.node.guest.read(`/proc/${pid}/cgroup`)) ?? '';
    return `/sys/fs/cgroup${line.replace(/^0::/, '')}`;
  }

  /** The pid of the container's first process, in the guest. */
  async pid(containerId: string): Promise<number> {
    const { info } = await this.node.cri.containerStatus({ containerId, verbose: true });
    const { pid } = JSON.parse(info['info'] ?? '{}') as { pid?: number };
    if (!pid) throw new Error(`the status of ${containerId} has no pid`);
    return pid;
  }

  /** The lines of a container's log without their times. */
  async log(containerId: string): Promise<string[]> {
    const { logPath } = await this.status(containerId);
    const text = (await this.node.guest.read(logPath)) ?? '';
    return text.split('\n').map((line) => line.split(' ').slice(1).join(' '));
  }

  async remove(): Promise<void> {
    const { cri } = this.node;
    await cri.stopPodSandbox({ podSandboxId: this.id }, { timeoutMs: callMs });
    await cri.removePodSandbox({ podSandboxId: this.id }, { timeoutMs: callMs });
  }
}

/**
 * What pods have left on the node, a line each: loaded units, cgroups, mounts, network namespaces, veths, files. Images
 * and what belongs to the node itself stay.
 */
export async function leftovers(node: SlipwayNode): Promise<string[]> {
  const out = await node.guest.run(`
    systemctl list-units --all --no-legend --plain 'slipway-*' 'kubepods*' 'crun-*' 'runc-*' 'cri-*' 'libcontainer*' \\
      | awk '$1 != "slipway.slice" && $1 != "slipway.service" {print "unit", $1, $3}'
    find /sys/fs/cgroup -mindepth 1 -type d \\( -path '*/kubepods*' -o -path '*slipway-pod*' -o -path '/sys/fs/cgroup/slipway/*' \\) -printf 'cgroup %p\\n'
    awk '$5 ~ /^\\/(run|var\\/lib)\\/slipway\\/.*(sandboxes|bundles|containers)\\// {print "mount", $5}' /proc/self/mountinfo
    ls /sys/class/net | grep '^veth' | sed 's/^/interface /'
    find /run/slipway/sandboxes /run/slipway/containers /run/slipway/exits /var/lib/slipway/bundles -mindepth 1 -maxdepth 1 -not -name '.*' -printf 'file %p\\n' 2>&-
    find /run/systemd/system.control /run/systemd/transient -mindepth 1 -maxdepth 1 -name 'slipway-pod*' -printf 'file %p\\n' 2>&-
    pgrep -a conmon | sed 's/^/process /'
    true`);
  return out.split('\n').filter((line) => line !== '' && !line.includes('probe-'));
}
