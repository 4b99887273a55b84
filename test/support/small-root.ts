import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A small file system for a node's root, in memory, which a test can fill. */
export interface SmallRoot {
  readonly mount: string;
  /** For the setting `root`. */
  readonly root: string;
  /** Takes it away, whatever a test that failed has left there. */
  close(): void;
}

export function mountSmallRoot(megabytes: number): SmallRoot {
  const mount = mkdtempSync(join(tmpdir(), 'slipway-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0711`, 'tmpfs', mount]);
  return {
    mount,
    root: join(mount, 'root'),
    close: () => {
      execFileSync('umount', ['--lazy', mount]);
      rmdirSync(mount);
    },
  };
}
