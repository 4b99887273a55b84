import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Whether conmon saw the kernel kill for want of memory in this container (cgroup v1: a file in its persist directory). */
export function oomMarked(persistDir: string): boolean {
  return existsSync(join(persistDir, 'oom'));
}
