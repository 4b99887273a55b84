import type { Node } from '../node.js';
import type { Findings } from '../finding.js';
import { mountOf, readMounts } from '../facts/mounts.js';

/** Effects of each flag of the data directory's mount on Slipway (mount(8)). */
const flags: readonly [flag: string, level: 'problem' | 'warning', why: string][] = [
  ['noexec', 'problem', 'programs that Slipway writes there, and the trial of a handler, cannot be started'],
  ['nodev', 'problem', 'a container that is tried out there finds no /dev/null, so runc passes for broken'],
  ['nosuid', 'warning', 'the trial of user namespaces fails, so pods with hostUsers: false are refused'],
  ['ro', 'problem', 'nothing can be pulled, created or recorded'],
];

/** Overlay as a lower layer's file system does not hold upper directories (Documentation/filesystems/overlayfs.rst). */
const unfit = new Set(['overlay', 'nfs', 'nfs4', 'cifs', '9p', 'vfat', 'fuse', 'fuseblk', 'hostfs']);

/** Checks where and how Slipway's directories are mounted: programs are executed only below the data directory. */
export function checkMounts({ root, settings }: Node, findings: Findings): void {
  const mounts = readMounts(root);
  if (!mounts) {
    findings.note('mounts were not looked at: the tree has no /proc/mounts', 'only a live host has them');
    return;
  }
  const { dataDirectory, stateDirectory } = settings;
  const data = mountOf(mounts, dataDirectory);
  if (data) {
    const where = `${dataDirectory} is on ${data.point} (${data.type})`;
    let bad = 0;
    for (const [flag, level, why] of flags) {
      if (!data.options.includes(flag)) continue;
      bad += 1;
      findings[level](
        `${where}, mounted ${flag}`,
        why,
        `mount ${data.point} without ${flag}, or set root to a directory elsewhere`,
      );
    }
    if (unfit.has(data.type)) {
      bad += 1;
      findings.problem(
        where,
        `the writable layer of a container is an overlay's upper directory, which ${data.type} cannot hold`,
        'set root to a directory on ext4, XFS, btrfs or tmpfs',
      );
    }
    if (bad === 0) findings.ok(where);
  }
  const state = mountOf(mounts, stateDirectory);
  if (state) {
    const hard = state.options.filter((option) => ['nosuid', 'nodev', 'noexec'].includes(option));
    const text = `${stateDirectory} is on ${state.point} (${state.type})${hard.length > 0 ? `, mounted ${hard.join(', ')}` : ''}`;
    if (state.options.includes('ro')) {
      findings.problem(`${text}, mounted ro`, 'sockets and namespaces are there', 'set state to a directory elsewhere');
    } else findings.ok(text, 'nothing is executed there');
    if (state.type !== 'tmpfs' && state.type !== 'ramfs')
      findings.note(
        `${stateDirectory} outlives a reboot: it is on ${state.type}`,
        'what is there describes processes that a reboot ends; Slipway clears it, which takes time',
        'mount a tmpfs there, or set state to a directory on one',
      );
  }
  if (mountOf(mounts, '/tmp')?.options.includes('noexec'))
    findings.ok('/tmp is mounted noexec', 'nothing is executed there');
  const top = mountOf(mounts, '/');
  const shared = root
    .text('/proc/self/mountinfo')
    ?.split('\n')
    .find((line) => line.split(' ')[4] === '/');
  if (top && shared !== undefined && !/ shared:\d+/.test(shared)) {
    findings.note(
      '/ is mounted private',
      'mounts with bidirectional propagation do not reach the host',
      'mount --make-rshared /',
    );
  }
}
