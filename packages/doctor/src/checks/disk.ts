import type { Node } from '../node.js';
import type { Findings } from '../finding.js';

const gib = 1024 ** 3;

/** Free space for images and containers: images of another runtime are not taken over. */
export function checkDisk({ root, settings }: Node, findings: Findings): void {
  if (!root.live) {
    findings.note('free disk space was not looked at', 'only a live host has it');
    return;
  }
  const places: readonly [path: string, least: number, why: string][] = [
    [settings.dataDirectory, 10 * gib, 'images are pulled anew: those of the other runtime are not used'],
    [settings.stateDirectory, gib / 16, 'sockets, namespaces and exit files are there'],
  ];
  for (const [path, least, why] of places) {
    const free = root.free(path);
    if (!free) continue;
    const text = `${(free.bytes / gib).toFixed(1)} GiB free for ${path}`;
    if (free.bytes < least / 10) findings.problem(text, why, 'free space, or set root and state to other directories');
    else if (free.bytes < least) findings.warning(text, why, 'free space, or set root and state to other directories');
    else findings.ok(text);
    // Some file systems (btrfs) make inodes as they need them and say 0.
    if (free.inodesTotal > 0 && free.inodes / free.inodesTotal < 0.05) {
      findings.warning(
        `fewer than 5% of the inodes for ${path} are free`,
        'layers are unpacked into many small files',
        'free some',
      );
    }
  }
}
