import { isTree, listAt, type Root, textAt, type Tree, treeAt } from '../root.js';

/** A container or a pod on disk, with the host paths that it mounts. */
export interface Mounted {
  /** `namespace/pod/container`, as much of it as is known. */
  readonly name: string;
  /** The source file. */
  readonly file: string;
  readonly sources: readonly string[];
  readonly environment: readonly string[];
}

/** Everything on this node that tells what pods mount: manifests and the states of Docker, containerd and CRI-O. */
export function mountedPaths(root: Root, staticPodPath: string, dataRoot: string): Mounted[] {
  return [
    ...staticPods(root, staticPodPath),
    ...dockerContainers(root, dataRoot),
    ...ociBundles(root, '/run/containerd/io.containerd.runtime.v2.task/k8s.io/*/config.json'),
    ...ociBundles(root, '/run/k3s/containerd/io.containerd.runtime.v2.task/k8s.io/*/config.json'),
    ...ociBundles(root, '/var/lib/containers/storage/overlay-containers/*/userdata/config.json'),
    ...ociBundles(root, '/run/containers/storage/overlay-containers/*/userdata/config.json'),
  ];
}

function staticPods(root: Root, directory: string): Mounted[] {
  return root.glob(`${directory}/*`).flatMap((file) => {
    if (!/\.(ya?ml|json)$/.test(file)) return [];
    const pod = root.yaml(file);
    if (!pod) return [];
    const paths = listAt(pod, 'spec', 'volumes').map((volume) => textAt(volume, 'hostPath', 'path'));
    const environment = listAt(pod, 'spec', 'containers').flatMap((container) =>
      listAt(container, 'env').map((one) => `${textAt(one, 'name') ?? ''}=${textAt(one, 'value') ?? ''}`),
    );
    const namespace = textAt(pod, 'metadata', 'namespace') ?? 'default';
    const name = `${namespace}/${textAt(pod, 'metadata', 'name') ?? file}`;
    return [{ name, file, sources: paths.filter((path) => path !== undefined), environment }];
  });
}

/** Docker keeps a container's labels in config.v2.json and its binds in hostconfig.json. */
function dockerContainers(root: Root, dataRoot: string): Mounted[] {
  return root.glob(`${dataRoot}/containers/*/config.v2.json`).flatMap((file) => {
    const config = root.json(file);
    if (!config) return [];
    const host = root.json(file.replace(/config\.v2\.json$/, 'hostconfig.json'));
    const binds = listAt(host, 'Binds').map((bind) => String(bind).split(':')[0] ?? '');
    const mounts = listAt(host, 'Mounts').map((mount) => textAt(mount, 'Source') ?? '');
    const points = Object.values(treeAt(config, 'MountPoints')).map((point) => textAt(point, 'Source') ?? '');
    const labels = treeAt(config, 'Config', 'Labels');
    const name = kubernetesName(labels) ?? `docker container ${(textAt(config, 'Name') ?? file).replace(/^\//, '')}`;
    const environment = listAt(config, 'Config', 'Env').map(String);
    return [{ name, file, sources: [...new Set([...binds, ...mounts, ...points])].filter(Boolean), environment }];
  });
}

/** An OCI config.json: containerd and CRI-O write the pod's name into its annotations. */
function ociBundles(root: Root, pattern: string): Mounted[] {
  return root.glob(pattern).flatMap((file) => {
    const config = root.json(file);
    if (!config) return [];
    const mounts = listAt(config, 'mounts').filter((mount) => isTree(mount) && mount['type'] === 'bind');
    const annotations = treeAt(config, 'annotations');
    const name = kubernetesName(annotations) ?? `container ${file.split('/').at(-2) ?? ''}`;
    const sources = mounts.map((mount) => textAt(mount, 'source') ?? '').filter(Boolean);
    return [{ name, file, sources, environment: listAt(config, 'process', 'env').map(String) }];
  });
}

/** By the kubelet's labels (dockershim, CRI-O), or by the annotations of containerd's CRI plugin. */
function kubernetesName(words: Tree): string | undefined {
  const word = (...keys: string[]): string | undefined =>
    keys.map((key) => textAt(words, key)).find((value) => value !== undefined);
  const pod = word('io.kubernetes.pod.name', 'io.kubernetes.cri.sandbox-name');
  if (pod === undefined) return undefined;
  const namespace = word('io.kubernetes.pod.namespace', 'io.kubernetes.cri.sandbox-namespace') ?? '?';
  const container = word('io.kubernetes.container.name', 'io.kubernetes.cri.container-name');
  return container === undefined || container === 'POD' ? `${namespace}/${pod}` : `${namespace}/${pod}/${container}`;
}
