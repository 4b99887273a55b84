import { readFileSync } from 'node:fs';

/** A line of /proc/<pid>/mountinfo (proc(5)). */
export interface MountInfo {
  readonly id: number;
  readonly parent: number;
  /** `major:minor` of the file system. */
  readonly device: string;
  /** The directory within the file system that is the root of this mount. */
  readonly root: string;
  readonly target: string;
  readonly options: readonly string[];
  /** `shared:N`, `master:N`, `propagate_from:N`, `unbindable`; none means private. */
  readonly propagation: readonly string[];
  readonly fsType: string;
  readonly source: string;
  readonly superOptions: readonly string[];
}

/** Undoes the kernel's octal escapes (space, tab, newline, backslash, and `#` in newer kernels). */
function unescapeField(field: string): string {
  if (!field.includes('\\')) return field;
  const bytes: Buffer[] = [];
  let from = 0;
  for (const match of field.matchAll(/\\([0-7]{3})/g)) {
    bytes.push(Buffer.from(field.slice(from, match.index)), Buffer.of(Number.parseInt(match[1] as string, 8)));
    from = match.index + match[0].length;
  }
  bytes.push(Buffer.from(field.slice(from)));
  return Buffer.concat(bytes).toString();
}

/** Parses the text of a mountinfo file; lines that are none are left out. */
export function parseMountinfo(text: string): MountInfo[] {
  const mounts: MountInfo[] = [];
  for (const line of text.split('\n')) {
    const fields = line.split(' ');
    const dash = fields.indexOf('-', 6);
    if (dash < 0 || fields.length < dash + 3) continue;
    const field = (index: number): string => unescapeField(fields[index] ?? '');
    mounts.push({
      id: Number(fields[0]),
      parent: Number(fields[1]),
      device: field(2),
      root: field(3),
      target: field(4),
      options: field(5).split(','),
      propagation: fields.slice(6, dash),
      fsType: field(dash + 1),
      source: field(dash + 2),
      superOptions: field(dash + 3).split(','),
    });
  }
  return mounts;
}

/** The mounts that this process sees, in the order in which they were made. */
export function listMounts(): MountInfo[] {
  return parseMountinfo(readFileSync('/proc/self/mountinfo', 'utf8'));
}

/** Whether something is mounted at exactly this absolute path (bind mounts of one file system included). */
export function isMountpoint(path: string): boolean {
  const wanted = path.length > 1 ? path.replace(/\/+$/, '') : path;
  return listMounts().some((mount) => mount.target === wanted);
}

/** The mounts at or below an absolute path, deepest and newest first: the order in which they can be unmounted. */
export function mountsBelow(prefix: string): MountInfo[] {
  const wanted = prefix.replace(/\/+$/, '');
  return listMounts()
    .filter((mount) => mount.target === wanted || mount.target.startsWith(`${wanted}/`))
    .reverse();
}

/** The mount that holds an absolute path without symlinks; `table` in the order in which the mounts were made. */
export function mountAt(path: string, table: readonly MountInfo[]): MountInfo | undefined {
  let best: MountInfo | undefined;
  for (const mount of table) {
    const holds = mount.target === '/' || path === mount.target || path.startsWith(`${mount.target}/`);
    // The later of two mounts at one place is on top.
    if (holds && mount.target.length >= (best?.target.length ?? 0)) best = mount;
  }
  return best;
}
