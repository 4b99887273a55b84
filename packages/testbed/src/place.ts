import { execFileSync } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** Names and addresses that nothing else on this machine has. */
export interface Place {
  /** Short: socket paths end at 107 characters. */
  directory: string;
  name: string;
  bridge: string;
  /** A /24. */
  subnet: string;
  cgroup: string;
}

/**
 * Makes the directory of a new place. `inMemory` puts it on a tmpfs of its own: what is measured there is the program
 * and not the disk. (ext4 looks for a long time for an inode that was not deleted lately, and benchmarks delete a lot.)
 */
export function choosePlace({ inMemory = false } = {}): Place {
  const name = `sw-${randomBytes(3).toString('hex')}`;
  const directory = `/run/${name}`;
  mkdirSync(directory, { mode: 0o711 });
  if (inMemory) execFileSync('mount', ['-t', 'tmpfs', '-o', 'mode=0711,size=80%', 'tmpfs', directory]);
  return { directory, name, bridge: name, subnet: freeSubnet(), cgroup: `/${name}` };
}

/**
 * Mounts a tmpfs at a node's state directory as systemd mounts /run (nosuid, nodev) and Debian's initramfs does besides
 * (noexec): nothing that needs more may lie there. Answers the path.
 */
export function mountState(place: Place): string {
  const state = stateOf(place);
  mkdirSync(state);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'nosuid,nodev,noexec,mode=0711', 'tmpfs', state]);
  return state;
}

export function stateOf({ directory }: Place): string {
  return join(directory, 'state');
}

/** A 10.x.y.0/24 that no route of this machine touches. */
function freeSubnet(): string {
  const routes = execFileSync('ip', ['-4', 'route', 'show', 'table', 'all'], { encoding: 'utf8' });
  for (let tries = 0; tries < 1000; tries++) {
    const prefix = `10.${randomInt(100, 250)}.${randomInt(0, 256)}.`;
    if (!routes.includes(` ${prefix}`) && !routes.startsWith(prefix) && !routes.includes(`\n${prefix}`))
      return `${prefix}0/24`;
  }
  throw new Error('no free subnet below 10.0.0.0/8');
}
