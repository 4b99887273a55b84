import type { Node } from './node.js';
import { hostsToml, mergedRegistries } from './facts/registries.js';
import { instanceConfigPath, minorOf } from './facts/kubelet.js';
import { dockershimFlags, slipwayEndpoint } from './kubelet-endpoint.js';

/** A step of the move, with its commands or files. */
export interface Step {
  readonly title: string;
  readonly lines: readonly string[];
}

/** How this node moves to Slipway, in order; the last step is the way back. The list is empty where no kubelet was found. */
export function migrationSteps(node: Node): Step[] {
  const { kubelet } = node;
  if (!kubelet.found || kubelet.runtime === 'slipway') return [];
  const service = serviceOf(node);
  return [
    { title: 'Write /etc/slipway/config.toml', lines: configLines(node) },
    ...mirrorSteps(node),
    {
      title: 'Drain the node',
      lines: ['kubectl drain <node> --ignore-daemonsets --delete-emptydir-data'],
    },
    {
      title: 'Stop the kubelet, then what runs its containers',
      lines: [`systemctl stop ${service}`, ...stopLines(node)],
    },
    {
      title: 'Start Slipway and look at it',
      lines: ['slipway up   # as a unit that starts before the kubelet', 'slipway status', 'slipway doctor'],
    },
    { title: "Change the kubelet's settings", lines: kubeletLines(node) },
    {
      title: 'Start the kubelet and let pods in',
      lines: [
        `systemctl daemon-reload && systemctl start ${service}`,
        'kubectl get node <node> -o wide   # CONTAINER-RUNTIME is slipway://…',
        'kubectl uncordon <node>',
      ],
    },
    {
      title: 'The way back',
      lines: [
        'kubectl drain <node> --ignore-daemonsets --delete-emptydir-data',
        `systemctl stop ${service}, remove the pods that are left (slipway pods), end slipway up`,
        `put the kubelet's settings back, enable and start ${oldRuntime(node)} and ${service}; its images are still there until you remove them`,
      ],
    },
  ];
}

function serviceOf({ root, kubelet }: Node): string {
  if (kubelet.distribution === 'k3s' || kubelet.distribution === 'rke2') {
    const agent = root.glob(`/etc/systemd/system/${kubelet.distribution}-agent.service`).length > 0;
    const server = kubelet.distribution === 'k3s' ? 'k3s' : 'rke2-server';
    return agent ? `${kubelet.distribution}-agent` : server;
  }
  return 'kubelet';
}

/** The configuration that the other runtimes' settings make: see ConfigDraft. */
export function configLines({ kubelet, docker, settings, draft }: Node, wanted?: (key: string) => boolean): string[] {
  if (docker.found && docker.dataRoot !== '/var/lib/docker')
    draft.root ??= `${docker.dataRoot.replace(/\/[^/]*$/, '')}/slipway`;
  if (kubelet.distribution === 'k3s') {
    draft.confDir ??= '/var/lib/rancher/k3s/agent/etc/cni/net.d';
    draft.binDirs ??= ['/var/lib/rancher/k3s/data/current/bin', '/opt/cni/bin'];
  }
  draft.confDir ??= settings.cniConfDir;
  return draft.lines(kubelet.cgroupDriver, wanted);
}

function mirrorSteps({ root, registries }: Node): Step[] {
  return mergedRegistries(registries).map((one) => {
    const { file, text } = hostsToml(one);
    const lines = text.trimEnd().split('\n');
    if (!root.exists(file)) return { title: `Write ${file}`, lines };
    return { title: `See that ${file}, which is there, says the same`, lines };
  });
}

function oldRuntime({ kubelet }: Node): string {
  const units = {
    dockershim: 'docker',
    'cri-dockerd': 'docker and cri-docker',
    containerd: 'containerd',
    crio: 'crio',
  };
  if (kubelet.runtime === 'slipway' || kubelet.runtime === 'unknown') return 'the old runtime';
  return units[kubelet.runtime];
}

function stopLines({ kubelet }: Node): string[] {
  if (kubelet.distribution === 'k3s') return ['k3s-killall.sh   # its containerd and the containers that are left'];
  if (kubelet.distribution === 'rke2') return ['rke2-killall.sh   # its containerd and the containers that are left'];
  switch (kubelet.runtime) {
    case 'dockershim':
      return [
        'docker ps -q --filter name=^k8s_ | xargs -r docker stop',
        'systemctl disable --now docker.socket docker',
      ];
    case 'cri-dockerd':
      return [
        'docker ps -q --filter name=^k8s_ | xargs -r docker stop',
        'systemctl disable --now cri-docker.socket cri-docker docker.socket docker',
      ];
    case 'containerd':
      return [
        'crictl pods -q | xargs -r crictl stopp && crictl pods -q | xargs -r crictl rmp',
        'systemctl disable --now containerd   # unless Docker needs it',
      ];
    case 'crio':
      return [
        'crictl pods -q | xargs -r crictl stopp && crictl pods -q | xargs -r crictl rmp',
        'systemctl disable --now crio',
      ];
    default:
      return ['crictl pods -q | xargs -r crictl stopp && crictl pods -q | xargs -r crictl rmp'];
  }
}

/** The flags changed twice: dockershim left with 1.24, --container-runtime with 1.27, where the file takes the endpoint. */
function kubeletLines({ kubelet }: Node): string[] {
  const { distribution, version, configPath, flags } = kubelet;
  if (distribution === 'k3s' || distribution === 'rke2') {
    return [
      `in /etc/rancher/${distribution}/config.yaml:`,
      `container-runtime-endpoint: ${slipwayEndpoint}`,
      ...(flags.has('docker') ? ['and take docker: true away'] : []),
    ];
  }
  const minor = minorOf(version);
  const where = distribution === 'kubeadm' ? '/var/lib/kubelet/kubeadm-flags.env' : "the kubelet's flags";
  const lines: string[] = [];
  if (minor === undefined || minor < 27) {
    lines.push(
      `up to 1.26, in ${where}:`,
      `--container-runtime=remote --container-runtime-endpoint=${slipwayEndpoint} --image-service-endpoint=${slipwayEndpoint}`,
    );
  }
  if (minor === undefined || minor >= 27) {
    lines.push(
      `from 1.27 on, in ${configPath}:`,
      `containerRuntimeEndpoint: ${slipwayEndpoint}`,
      `and take --container-runtime-endpoint out of ${where}, since a flag wins over the file`,
    );
  }
  if (distribution === 'kubeadm' && (kubelet.instanceConfig !== undefined || minor === undefined || minor >= 34)) {
    lines.push(
      `from kubeadm 1.34 on, in ${instanceConfigPath}, which kubeadm upgrade writes over ${configPath}:`,
      `containerRuntimeEndpoint: ${slipwayEndpoint}`,
    );
  }
  // --container-runtime left with 1.27.
  const gone = [...dockershimFlags, 'container-runtime'];
  const set = gone.filter(
    (name) => flags.has(name) && (name !== 'container-runtime' || minor === undefined || minor >= 27),
  );
  if (set.length > 0) lines.push(`remove: ${set.map((name) => `--${name}`).join(' ')}`);
  if (distribution === 'kubeadm') {
    lines.push(`kubectl annotate node <node> --overwrite kubeadm.alpha.kubernetes.io/cri-socket=${slipwayEndpoint}`);
  }
  return lines;
}
