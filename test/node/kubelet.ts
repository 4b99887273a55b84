import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SlipwayNode } from './slipway-node.js';

const manifests = '/etc/kubernetes/manifests';
const readOnlyPort = 10_255;

/** It runs static pods only: there is no API server. It asks Slipway for the cgroup driver. */
const config = `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication: {anonymous: {enabled: true}, webhook: {enabled: false}}
authorization: {mode: AlwaysAllow}
containerRuntimeEndpoint: unix:///run/slipway/slipway.sock
staticPodPath: ${manifests}
fileCheckFrequency: 2s
readOnlyPort: ${readOnlyPort}
failSwapOn: false
`;

/** As kubeadm's: it starts again whatever happens, and its pods outlive it. */
const unit = `[Unit]
Description=kubelet
Wants=slipway.service
After=slipway.service

[Service]
# User-mode Linux has no line "cpu MHz" in /proc/cpuinfo, without which a kubelet does not start.
ExecStartPre=/bin/sh -c 'grep -q "cpu MHz" /proc/cpuinfo || { (cat /proc/cpuinfo; echo "cpu MHz : 1000.000") > /run/cpuinfo; mount --bind /run/cpuinfo /proc/cpuinfo; }'
ExecStart=/usr/local/bin/kubelet --config=/etc/kubernetes/kubelet.yaml --hostname-override=node
Restart=always
RestartSec=5
KillMode=process

[Install]
WantedBy=multi-user.target
`;

/** One container of a pod, as the kubelet reports it. */
export interface ContainerReport {
  name: string;
  containerID?: string;
  ready: boolean;
  restartCount: number;
  lastState: { terminated?: { exitCode: number; reason: string; message?: string } };
}

interface PodReport {
  metadata: { name: string };
  status: { phase?: string; containerStatuses?: ContainerReport[] };
}

/** A kubelet of a version that its caller chose, as a unit of the guest, with static pods. */
export class Kubelet {
  private constructor(readonly node: SlipwayNode) {}

  /** Installs a binary of this machine in the guest, and starts it. */
  static async install(node: SlipwayNode, binary: string): Promise<Kubelet> {
    const { guest } = node;
    copyFileSync(binary, join(guest.share, 'kubelet'));
    writeFileSync(join(guest.share, 'kubelet.service'), unit);
    await guest.write('/etc/kubernetes/kubelet.yaml', config);
    await guest.run(
      `set -e
       mkdir -p ${manifests}
       install -m 755 /host/kubelet /usr/local/bin/kubelet
       cp /host/kubelet.service /etc/systemd/system/
       systemctl daemon-reload
       systemctl enable --now kubelet`,
      300_000,
    );
    return new Kubelet(node);
  }

  /** Writes the manifest of a static pod. */
  async create(name: string, spec: object, uid = `uid-${name}`): Promise<void> {
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default', uid }, spec };
    await this.node.guest.write(`${manifests}/${name}.json`, JSON.stringify(pod));
  }

  /** Removes the manifest: the kubelet then deletes the pod gracefully. */
  async delete(name: string): Promise<void> {
    await this.node.guest.run(`rm -f ${manifests}/${name}.json`);
  }

  /** What the kubelet reports of a pod's containers, by their names; empty while it does not answer or has no pod. */
  async containers(name: string): Promise<Map<string, ContainerReport>> {
    const request = `GET /pods HTTP/1.0\\r\\n\\r\\n`;
    const { stdout } = await this.node.guest.tried(
      `exec 3<>/dev/tcp/127.0.0.1/${readOnlyPort} && printf '${request}' >&3 && cat <&3`,
    );
    const body = stdout.slice(stdout.indexOf('\r\n\r\n') + 4);
    if (!body.startsWith('{')) return new Map();
    const { items } = JSON.parse(body) as { items: PodReport[] | null };
    // A static pod's name ends with the node's.
    const pod = items?.find(({ metadata }) => metadata.name === `${name}-node`);
    return new Map(pod?.status.containerStatuses?.map((status) => [status.name, status]));
  }

  /** Waits until what the kubelet reports of a pod is as expected. Fails with the last report and the kubelet's log. */
  async until(
    name: string,
    what: string,
    expected: (containers: Map<string, ContainerReport>) => boolean,
    timeoutMs = 300_000,
  ): Promise<Map<string, ContainerReport>> {
    const end = Date.now() + timeoutMs;
    for (;;) {
      const containers = await this.containers(name);
      if (expected(containers)) return containers;
      if (Date.now() > end) {
        const log = await this.node.guest.run('journalctl -u kubelet -n 40 --no-pager -o cat');
        throw new Error(`not ${what} in ${timeoutMs} ms: ${JSON.stringify([...containers.values()])}\n${log}`);
      }
      await sleep(2000);
    }
  }

  /** Deletes what it runs, ends it and uninstalls it, so that other tests have the node for themselves. */
  async remove(): Promise<void> {
    await this.node.guest.run(
      `systemctl disable --now kubelet
       rm -rf ${manifests} /etc/systemd/system/kubelet.service /usr/local/bin/kubelet /host/kubelet
       ! mountpoint -q /proc/cpuinfo || umount /proc/cpuinfo
       systemctl daemon-reload`,
    );
  }
}
