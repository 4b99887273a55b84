import type { Root } from '../root.js';

/** A line of proc_pid_mounts(5). */
export interface Mount {
  readonly point: string;
  readonly type: string;
  readonly options: readonly string[];
}

/** The mounts of a host in the order in which they were made; undefined where the tree has no list of them. */
export function readMounts(root: Root): Mount[] | undefined {
  // On a live host /proc/mounts leads to the first; a copied tree has what was copied.
  const text = root.text('/proc/self/mounts') ?? root.text('/proc/mounts');
  return text?.split('\n').flatMap((line) => {
    const [, point, type = '', options = ''] = line.split(' ');
    if (point === undefined) return [];
    const readable = point.replace(/\\(\d{3})/g, (_all, octal: string) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    );
    return [{ point: readable, type, options: options.split(',') }];
  });
}

/** The mount that a path lies on: the longest point above it, of several there the last one. */
export function mountOf(mounts: readonly Mount[], path: string): Mount | undefined {
  let found: Mount | undefined;
  for (const mount of mounts) {
    const holds = mount.point === '/' || path === mount.point || path.startsWith(`${mount.point}/`);
    if (holds && mount.point.length >= (found?.point.length ?? 0)) found = mount;
  }
  return found;
}
