import type { ContainerConfig } from '@slipway/cri';
import { signalNumber } from '../process/signals.js';

/** A kubelet's annotation of each container: terminationGracePeriodSeconds of its pod. */
const graceAnnotation = 'io.kubernetes.pod.terminationGracePeriod';
const prefix = 'org.systemd.property.';

export interface ScopeInput {
  container: Pick<ContainerConfig, 'annotations'>;
  /** As `stopSignal` answers it. */
  stopSignal: string;
  /** Where an infra container holds the pod's pid namespace. */
  infraId?: string | undefined;
}

/**
 * Annotations by which runc and crun set properties of the scope that systemd makes for a container (runc,
 * docs/systemd.md). systemd ends scopes itself when the machine shuts down and no kubelet has ended the pods before: by
 * SIGTERM to every process, and SIGKILL after 90 s. With these a container gets its own stop signal, as with podman, and
 * its pod's grace, as with CRI-O; and the init of a shared pid namespace, with which all of the pod's processes end,
 * gets its signal when the pod's containers have ended.
 */
export function scopeProperties({ container, stopSignal, infraId }: ScopeInput): Record<string, string> {
  const seconds = container.annotations[graceAnnotation] ?? '';
  // systemd takes 0 for no limit. A kubelet gives 2 s at least.
  const grace = /^\d{1,9}$/.test(seconds) ? Math.max(Number(seconds), 2) : undefined;
  return {
    ...(grace === undefined ? {} : { [`${prefix}TimeoutStopUSec`]: `uint64 ${grace}000000` }),
    ...(stopSignal === 'SIGTERM' ? {} : { [`${prefix}KillSignal`]: `int32 ${signalNumber(stopSignal)}` }),
    ...(infraId === undefined ? {} : { [`${prefix}After`]: `['slipway-${infraId}.scope']` }),
  };
}
