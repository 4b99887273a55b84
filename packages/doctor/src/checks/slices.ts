import type { Node } from '../node.js';
import type { Findings } from '../finding.js';
import { cgroupMode } from './cgroups.js';

/** Slices of pods that systemd still has although the pods are gone; StopUnit alone removes one. */
export function checkSlices({ root, settings }: Node, findings: Findings): void {
  if (settings.cgroupDriver !== 'systemd' || cgroupMode(root) !== 'v2') return;
  const { cgroupParent, stateDirectory, dataDirectory } = settings;
  const parent = cgroupParent.replace(/\.slice$/, '');
  const before = `${parent}-pod`;
  const left = root.list(sliceDirectory(parent)).filter((name) => {
    if (!name.startsWith(before) || !name.endsWith('.slice')) return false;
    const id = name.slice(before.length, -'.slice'.length);
    const known = [`${stateDirectory}/sandboxes/${id}`, `${dataDirectory}/records/sandboxes/${id}`];
    const events = root.text(`${sliceDirectory(parent)}/${name}/cgroup.events`);
    return /^populated 0$/m.test(events ?? '') && !known.some((path) => root.exists(path));
  });
  if (left.length > 0)
    findings.warning(
      `slices of pods that are gone: ${left.length}, the first ${left[0]}`,
      'systemd keeps them in memory and makes their cgroups again at each daemon-reload',
      'systemctl restart slipway: it stops them',
    );
}

/** The cgroup of a slice by its name without `.slice`: `a-b` lies in `a` (systemd.slice(5)). */
function sliceDirectory(name: string): string {
  const parts = name.split('-');
  return `/sys/fs/cgroup/${parts.map((_, at) => `${parts.slice(0, at + 1).join('-')}.slice`).join('/')}`;
}
