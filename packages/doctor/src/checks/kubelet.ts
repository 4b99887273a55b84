import type { Node } from '../node.js';
import { instanceConfigPath, minorOf, runtimeAt } from '../facts/kubelet.js';
import type { Findings } from '../finding.js';
import { textAt } from '../root.js';

const sockets: readonly [path: string, whose: string][] = [
  ['/run/docker.sock', 'Docker'],
  ['/run/dockershim.sock', "the kubelet's dockershim"],
  ['/run/cri-dockerd.sock', 'cri-dockerd'],
  ['/run/containerd/containerd.sock', 'containerd'],
  ['/run/k3s/containerd/containerd.sock', "k3s's containerd"],
  ['/run/crio/crio.sock', 'CRI-O'],
  ['/run/slipway/slipway.sock', 'Slipway'],
];

/** Which runtime the kubelet uses, and the sockets of others that are there. */
export function checkKubelet({ root, settings, kubelet }: Node, findings: Findings): void {
  if (!kubelet.found) {
    findings.note(
      'no kubelet was found',
      'neither a process, a unit, flags nor a configuration of one',
      'give it the socket when it is installed',
    );
  } else {
    const version = kubelet.version === undefined ? 'of unknown version' : kubelet.version;
    const where = kubelet.toldBy === '' ? '' : ` (${kubelet.toldBy})`;
    findings.ok(`kubelet ${version} by ${kubelet.distribution} uses ${kubelet.runtime}${where}`);
    const minor = minorOf(kubelet.version);
    if (minor !== undefined && minor < 20) {
      findings.problem(`kubelet ${version}`, 'Slipway serves kubelets from 1.20 on', 'upgrade Kubernetes first');
    }
    if (minor === undefined) {
      findings.note(
        "the kubelet's version is not known",
        'its flags changed with 1.24 and 1.27',
        'see which of the steps hold for it: kubelet --version',
      );
    }
    if (kubelet.runtime === 'unknown') {
      findings.warning(
        'the runtime of the kubelet is not known',
        'no flag or file names an endpoint',
        'look for --container-runtime-endpoint where the kubelet is started',
      );
    }
    const next = textAt(kubelet.instanceConfig, 'containerRuntimeEndpoint');
    if (next !== undefined && kubelet.runtime === 'slipway' && runtimeAt(next) !== 'slipway') {
      findings.problem(
        `${instanceConfigPath}: containerRuntimeEndpoint: ${next}`,
        "kubeadm upgrade writes it over the kubelet's configuration: the node would go back to that runtime",
        `set it to ${kubelet.endpoint ?? "Slipway's socket"} there as well`,
      );
    } else if (next !== undefined) {
      findings.note(
        `${instanceConfigPath}: containerRuntimeEndpoint: ${next}`,
        "kubeadm upgrade writes it over the kubelet's configuration",
        'change it with the other one: see the steps',
      );
    }
    const { value, from } = kubelet.cgroupDriver;
    if (value === settings.cgroupDriver) {
      findings.ok(`kubelet and Slipway both use the cgroup driver ${value}`);
    } else {
      findings.problem(
        `the kubelet's cgroup driver is ${value} (${from}), Slipway's is ${settings.cgroupDriver}`,
        'pods would land in cgroups in which the kubelet does not look, and its limits for them would not hold',
        `set cgroup.driver = "${value}" in /etc/slipway/config.toml`,
      );
    }
  }
  for (const [path, whose] of sockets) {
    const found = [path, `/var${path}`].find((one) => root.isSocket(one));
    if (found === undefined) continue;
    if (whose === 'Slipway') findings.ok(`${found} is there`);
    else findings.note(`${found} is there: ${whose}`, 'it can go on beside Slipway, but not serve the same kubelet');
  }
}
