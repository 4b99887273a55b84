import type { CgroupFiles } from './files.js';

/** Cached facts of a cgroup: how many links its directory had when `below` was listed. */
class Known {
  links = 0;
  below = new Map<string, Known>();
}

/**
 * The processes in a cgroup and in those below it. A directory is not looked through again while it has as many links as
 * before and all that was in it is still there: one that went and one that came would not both go unnoticed.
 */
export class ProcessLister {
  readonly #known = new Known();

  constructor(readonly files: CgroupFiles) {}

  /** Host pids: 0 for one that this process's pid namespace does not see; undefined when there is no such cgroup. */
  list(): number[] | undefined {
    const text = this.files.text('cgroup.procs');
    return text === undefined ? undefined : [...pids(text), ...this.#below('.', this.#known)];
  }

  #below(path: string, known: Known): number[] {
    const links = this.files.links(path);
    // Most cgroups have none below them. They go while they are looked at.
    if (links === undefined || links === 2) {
      known.below.clear();
      return [];
    }
    const same = links === known.links ? this.#each(path, known) : undefined;
    if (same?.every((found) => found !== undefined)) return same.flat();
    const names = this.files.directories(path);
    known.links = links;
    known.below = new Map(names.map((name) => [name, known.below.get(name) ?? new Known()]));
    return this.#each(path, known).flatMap((found) => found ?? []);
  }

  /** The count of each child cgroup; undefined for one that is gone, or has no processes of its own to list. */
  #each(path: string, { below }: Known): (number[] | undefined)[] {
    return [...below].map(([name, known]) => {
      const child = `${path}/${name}`;
      const text = this.files.textBelow(`${child}/cgroup.procs`);
      return text === undefined ? undefined : [...pids(text), ...this.#below(child, known)];
    });
  }
}

function pids(text: string): number[] {
  return text.split('\n').filter(Boolean).map(Number);
}
