import type { ContainerConfig, PodSandboxConfig } from '@slipway/cri';
import type { RuntimeCapabilities } from '@slipway/runtime-kinds';

export interface AnnotationsInput {
  pod: Pick<PodSandboxConfig, 'annotations' | 'metadata'>;
  /** Absent for a sandbox's infra container. */
  container?: Pick<ContainerConfig, 'annotations' | 'metadata' | 'image'> | undefined;
  sandboxId: string;
  /** Keys that are handed on; a trailing * matches the rest. */
  pass: readonly string[];
  runtime: Pick<RuntimeCapabilities, 'sandboxIsContainer'>;
}

/**
 * annotations of config.json: those of pod and container that the allow-list names,
 * the container's winning. A runtime whose sandboxes are
 * containers learns from containerd's own keys which containers make up a pod (gVisor, runsc/specutils).
 */
export function specAnnotations(input: AnnotationsInput): Record<string, string> | undefined {
  const { pod, container, pass } = input;
  const annotations: Record<string, string> = {};
  for (const [key, value] of [...Object.entries(pod.annotations), ...Object.entries(container?.annotations ?? {})]) {
    if (pass.some((pattern) => matches(pattern, key))) annotations[key] = value;
  }
  if (input.runtime.sandboxIsContainer) {
    annotations['io.kubernetes.cri.container-type'] = container ? 'container' : 'sandbox';
    annotations['io.kubernetes.cri.sandbox-id'] = input.sandboxId;
    if (pod.metadata) {
      annotations['io.kubernetes.cri.sandbox-name'] = pod.metadata.name;
      annotations['io.kubernetes.cri.sandbox-namespace'] = pod.metadata.namespace;
    }
    if (container?.metadata) annotations['io.kubernetes.cri.container-name'] = container.metadata.name;
    if (container?.image)
      annotations['io.kubernetes.cri.image-name'] = container.image.userSpecifiedImage || container.image.image;
  }
  return Object.keys(annotations).length > 0 ? annotations : undefined;
}

function matches(pattern: string, key: string): boolean {
  return pattern.endsWith('*') ? key.startsWith(pattern.slice(0, -1)) : key === pattern;
}
