import type { Node } from '../node.js';
import type { Findings } from '../finding.js';

/** Whether containers can have their root file systems at the data directory: only a mount shows it. */
export function checkOverlay({ root, settings, probes }: Node, findings: Findings): void {
  const { dataDirectory } = settings;
  if (!root.live || probes.overlay === undefined) {
    findings.note(
      `no overlay was tried at ${dataDirectory}`,
      root.live ? 'only root may mount' : 'only a live host can mount one',
      root.live ? 'run slipway doctor as root' : '',
    );
    return;
  }
  const fault = probes.overlay(dataDirectory);
  if (fault === undefined) findings.ok(`an overlay at ${dataDirectory} was mounted, written to and unmounted`);
  else
    findings.problem(
      `an overlay at ${dataDirectory}: ${fault}`,
      "a container's root file system is one: none can be created",
      'set root to a directory on ext4, XFS (ftype=1), btrfs or tmpfs, or upgrade the kernel',
    );
}
