import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type ContainerConfig,
  ContainerState,
  type ContainerStatus,
  NamespaceMode,
  type PodSandboxConfig,
} from '@slipway/cri';
import type { Init } from '@slipway/protobuf';
import type { CriClient, TestNode } from '@slipway/testbed';

/** A pod's configuration as a kubelet writes it: namespaces of the pod, a pid namespace of each container. */
export function podConfig(node: TestNode, more: Init<PodSandboxConfig> = {}): Init<PodSandboxConfig> {
  const name = `pod-${randomBytes(3).toString('hex')}`;
  const logDirectory = join(node.place.directory, 'logs', name);
  mkdirSync(logDirectory, { recursive: true });
  return {
    metadata: { name, namespace: 'default', uid: `uid-${name}`, attempt: 0 },
    hostname: name,
    logDirectory,
    linux: { securityContext: { namespaceOptions: { pid: NamespaceMode.CONTAINER } } },
    ...more,
  };
}

/** A container that runs a shell script. */
export function shell(image: string, script: string, more: Init<ContainerConfig> = {}): Init<ContainerConfig> {
  const name = `c-${randomBytes(3).toString('hex')}`;
  return {
    metadata: { name, attempt: 0 },
    image: { image },
    command: ['sh', '-c', script],
    logPath: `${name}.log`,
    linux: { securityContext: { namespaceOptions: { pid: NamespaceMode.CONTAINER } } },
    ...more,
  };
}

/** One pod and what tests do with it. */
export class Pod {
  constructor(
    readonly cri: CriClient,
    readonly id: string,
    readonly config: Init<PodSandboxConfig>,
  ) {}

  static async run(cri: CriClient, config: Init<PodSandboxConfig>, runtimeHandler = ''): Promise<Pod> {
    const { podSandboxId } = await cri.runPodSandbox({ config, runtimeHandler });
    return new Pod(cri, podSandboxId, config);
  }

  async create(config: Init<ContainerConfig>): Promise<string> {
    const request = { podSandboxId: this.id, config, sandboxConfig: this.config };
    return (await this.cri.createContainer(request)).containerId;
  }

  async start(config: Init<ContainerConfig>): Promise<string> {
    const containerId = await this.create(config);
    await this.cri.startContainer({ containerId });
    return containerId;
  }

  async remove(): Promise<void> {
    await this.cri.stopPodSandbox({ podSandboxId: this.id });
    await this.cri.removePodSandbox({ podSandboxId: this.id });
  }

  async status(containerId: string): Promise<ContainerStatus> {
    const { status } = await this.cri.containerStatus({ containerId });
    if (!status) throw new Error('the answer holds no status');
    return status;
  }

  /** Waits until the container has ended. */
  async exited(containerId: string, timeoutMs = 60_000): Promise<ContainerStatus> {
    const end = Date.now() + timeoutMs;
    for (;;) {
      const status = await this.status(containerId);
      if (status.state === ContainerState.CONTAINER_EXITED) return status;
      if (Date.now() > end) throw new Error(`container ${containerId} still runs after ${timeoutMs} ms`);
      await sleep(20);
    }
  }

  /** A container's log as its lines: stream, tag and text. */
  async log(containerId: string): Promise<{ time: string; stream: string; tag: string; text: string }[]> {
    const { logPath } = await this.status(containerId);
    return parseLog(readFileSync(logPath, 'utf8'));
  }

  /** What a command printed in a container; its exit code must be 0. */
  async exec(containerId: string, ...cmd: string[]): Promise<string> {
    const { stdout, stderr, exitCode } = await this.cri.execSync({ containerId, cmd, timeout: 20n });
    if (exitCode !== 0) throw new Error(`${cmd.join(' ')}: exit ${exitCode}: ${Buffer.from(stderr).toString()}`);
    return Buffer.from(stdout).toString();
  }
}

/** The CRI log format: `time stream tag text`, a line each. */
export function parseLog(content: string): { time: string; stream: string; tag: string; text: string }[] {
  return content
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const [time = '', stream = '', tag = '', ...text] = line.split(' ');
      return { time, stream, tag, text: text.join(' ') };
    });
}
