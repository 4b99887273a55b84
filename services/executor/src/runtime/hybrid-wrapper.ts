import { accessSync, constants } from 'node:fs';
import { dirname } from 'node:path';
import type { CgroupMode } from '@slipway/cgroups';

/** MS_REC | MS_PRIVATE, mount(2); MNT_DETACH, umount2(2); CLONE_NEWNS, unshare(2). */
const recursivePrivate = 0x44000;
const lazily = 2;
const newMountNamespace = 0x20000;
/** Numbers of unshare, mount and umount2 (asm/unistd.h). */
const syscalls: Partial<Record<NodeJS.Architecture, readonly [number, number, number]>> = {
  x64: [272, 165, 166],
  arm64: [97, 40, 39],
};
const perl = '/usr/bin/perl';
const unifiedHierarchy = '/sys/fs/cgroup/unified';

/**
 * Whether a crun of that version must be run through the wrapper: before 1.9 its `create` refuses a host with cgroup v1 and
 * a cgroup2 mount besides ("cgroups in hybrid mode not supported"). Its other commands do not.
 */
export function needsHybridWrapper(version: string, mode: CgroupMode): boolean {
  if (mode !== 'hybrid') return false;
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10) || 0);
  return major < 1 || (major === 1 && minor < 9);
}

/** The variable of the wrapper's environment that names what it is to run; empty or missing is the program itself. */
export const programVariable = 'SLIPWAY_PROGRAM';

/**
 * The wrapper's text: runs `program`, or its replacement, in a mount namespace of its own in which the cgroup2 mount is not
 * there. Every other mount keeps its propagation, so that volumes that the kubelet mounts later are
 * seen. perl makes it one process and no fork (2 ms); unshare, mount and umount are four.
 */
export function hybridWrapper(program: string, arch = process.arch, hasPerl = isExecutable(perl)): string {
  const numbers = syscalls[arch];
  if (numbers && hasPerl) {
    const [unshare, mount, umount2] = numbers;
    return `#!${perl}
my ($none, $cgroups, $unified, $zero) = ("none", "${dirname(unifiedHierarchy)}", "${unifiedHierarchy}", 0);
syscall(${unshare}, ${newMountNamespace}) == 0 or die "unshare: $!\\n";
syscall(${mount}, $none, $cgroups, $zero, ${recursivePrivate}, $zero) == 0 or die "mount $cgroups: $!\\n";
syscall(${umount2}, $unified, ${lazily}) == 0 or die "umount $unified: $!\\n";
my $file = delete $ENV{"${programVariable}"} || "${program}";
exec { $file } "${program}", @ARGV or die "${program}: $!\\n";
`;
  }
  const script = `mount --make-rprivate ${dirname(unifiedHierarchy)} && umount -l ${unifiedHierarchy} && exec "\${${programVariable}:-${program}}" "$@"`;
  return `#!/bin/sh
exec unshare --mount --propagation unchanged /bin/sh -c '${script}' ${program} "$@"
`;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
