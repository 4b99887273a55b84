import type { ContainerConfig, PodSandboxConfig } from '@slipway/cri';
import { SlipwayError } from '@slipway/errors';

/** Bytes, as Kubernetes bounds them: names of objects (DNS subdomain), namespaces and containers (DNS label). */
const maxName = 253;
const maxLabel = 63;
/** A UID is a UUID; that of a static pod ends in its node's name. */
const maxUid = 320;
/** All annotations of a pod together (apimachinery, TotalAnnotationSizeLimitB); labels get the same. */
const maxTable = 256 * 1024;
/** HOST_NAME_MAX of Linux. */
const maxHostname = 64;
/** PATH_MAX without its NUL. */
const maxPath = 4095;

/**
 * Refuses a sandbox whose names, labels or paths no Kubernetes has: what is larger fails later and deeper, where it
 * leaves things behind (CNI_ARGS and log paths are made of them, lists and events carry all of them).
 * @throws SlipwayError INVALID_REQUEST with the field
 */
export function checkSandboxBounds(config: PodSandboxConfig): void {
  const { metadata, hostname, logDirectory, linux } = config;
  atMost('config.metadata.name', metadata?.name, maxName);
  atMost('config.metadata.namespace', metadata?.namespace, maxLabel);
  atMost('config.metadata.uid', metadata?.uid, maxUid);
  atMost('config.hostname', hostname, maxHostname);
  atMost('config.log_directory', logDirectory, maxPath);
  atMost('config.linux.cgroup_parent', linux?.cgroupParent, maxPath);
  tables(config);
}

/**
 * The same for a container.
 * @throws SlipwayError INVALID_REQUEST with the field
 */
export function checkContainerBounds(config: ContainerConfig): void {
  const { metadata, logPath } = config;
  atMost('config.metadata.name', metadata?.name, maxName);
  atMost('config.log_path', logPath, maxPath);
  for (const { hostPath, containerPath } of config.mounts ?? []) {
    atMost('config.mounts.host_path', hostPath, maxPath);
    atMost('config.mounts.container_path', containerPath, maxPath);
  }
  tables(config);
}

type Table = Readonly<Record<string, string>>;

function tables({ labels, annotations }: { readonly labels?: Table; readonly annotations?: Table }): void {
  for (const [name, table] of Object.entries({ labels, annotations })) {
    let bytes = 0;
    for (const [key, value] of Object.entries(table ?? {})) bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
    if (bytes > maxTable) tooLong(`config.${name}`, bytes, maxTable);
  }
}

function atMost(field: string, value: string | undefined, most: number): void {
  const bytes = value === undefined ? 0 : Buffer.byteLength(value);
  if (bytes > most) tooLong(field, bytes, most);
}

function tooLong(field: string, bytes: number, most: number): never {
  throw new SlipwayError('INVALID_REQUEST', `${field} has ${bytes} bytes; Kubernetes allows ${most}`);
}
