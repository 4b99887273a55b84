import type { Node } from '../node.js';
import { mountedPaths } from '../facts/containers.js';
import type { Findings } from '../finding.js';

const needles: readonly [match: (path: string, dataRoot: string) => boolean, what: string, todo: string][] = [
  [
    (path) => /(^|\/)docker\.sock$/.test(path),
    "mounts Docker's socket",
    'build images with kaniko, buildah or buildkit; list pods through the API server; leave Docker running beside Slipway only as long as it takes (it sees none of the pods)',
  ],
  [
    (path) => /(^|\/)(dockershim|cri-dockerd)\.sock$/.test(path),
    'mounts the socket of dockershim or cri-dockerd',
    'let it use unix:///run/slipway/slipway.sock, which speaks the same CRI',
  ],
  [
    (path) => /(^|\/)(containerd\.sock|crio\.sock)$/.test(path),
    "mounts another runtime's socket",
    'let it use unix:///run/slipway/slipway.sock where it speaks CRI; what needs more than CRI will not work',
  ],
  [
    (path, dataRoot) => path === dataRoot || path.startsWith(`${dataRoot}/`),
    "mounts Docker's data directory",
    'log collectors: read /var/log/pods and /var/log/containers, whose lines are in the CRI format and not JSON',
  ],
  [
    (path) => path === '/etc/docker' || path.startsWith('/etc/docker/') || /(^|\/)bin\/docker$/.test(path),
    "mounts Docker's configuration or client",
    'take the mount away, or the pod along with Docker',
  ],
];

/** Directories whose mounting brings the socket with it. */
const above = ['/run', '/var/run', '/', '/var', '/var/lib'];

/** Pods that need Docker, by what is mounted into them. */
export function checkDockerPods(node: Node, findings: Findings): void {
  const { root, kubelet, docker } = node;
  const pods = mountedPaths(root, kubelet.staticPodPath, docker.dataRoot);
  let depending = 0;
  const reported = new Set<string>();
  for (const { name, file, sources, environment } of pods) {
    for (const source of sources) {
      const path = source.length > 1 ? source.replace(/\/$/, '') : source;
      const needle = needles.find(([match]) => match(path, docker.dataRoot));
      if (needle) {
        // A manifest and a container may tell of the same pod.
        const [, what, todo] = needle;
        if (reported.has(`${name} ${path}`)) continue;
        reported.add(`${name} ${path}`);
        depending += 1;
        findings.problem(
          `${name} ${what}: ${path} (${file})`,
          'it will find nothing there, or a daemon that knows no pod',
          todo,
        );
      } else if (above.includes(path) && (docker.found || kubelet.runtime === 'dockershim')) {
        findings.note(
          `${name} mounts ${path} (${file})`,
          "Docker's socket or data are below it: it may use them",
          'look whether it does',
        );
      }
    }
    const host = environment.find((one) => one.startsWith('DOCKER_HOST='));
    if (host !== undefined && !reported.has(`${name} ${host}`)) {
      reported.add(`${name} ${host}`);
      depending += 1;
      findings.problem(
        `${name} has ${host} (${file})`,
        "it calls Docker's API",
        'let it use another builder or the API server',
      );
    }
  }
  const uids = root.list('/var/lib/kubelet/pods');
  volumesOnDisk(node, uids, findings);
  if (depending === 0) {
    findings.ok(
      `none of the ${pods.length} pods and containers on disk depends on Docker`,
      'DaemonSets that come later may: see kubectl get pods -A -o json',
    );
  }
}

/**
 * Subpaths of host paths are bind mounts below the pod's directory: the mount table tells what they are of. Plain
 * host path volumes leave nothing on disk here, so that the containers' own files are what tells of them.
 */
function volumesOnDisk({ root, docker }: Node, uids: readonly string[], findings: Findings): void {
  for (const line of (root.text('/proc/self/mountinfo') ?? '').split('\n')) {
    const [, , , source, target] = line.split(' ');
    const uid = uids.find((one) => target?.startsWith(`/var/lib/kubelet/pods/${one}/volume-subpaths/`));
    if (uid === undefined || source === undefined) continue;
    if (source.endsWith('/docker.sock') || source.startsWith(`${docker.dataRoot}/`)) {
      findings.problem(
        `the pod ${uid} mounts ${source} (/proc/self/mountinfo)`,
        'it will find nothing there',
        'take the mount away',
      );
    }
  }
}
