import { posix } from 'node:path';
import { MountPropagation } from '@slipway/cri';
import { SlipwayError } from '@slipway/errors';
import { invalidField, withoutNul } from '../field.js';
import type { ResolvedMount, SandboxFiles } from '../input.js';
import type { OciLinux, OciMount } from '../types.js';

export interface MountsInput {
  mounts: readonly ResolvedMount[];
  files: SandboxFiles;
  imageVolumes?: readonly { destination: string; source: string }[] | undefined;
  privileged: boolean;
  readonlyRootfs: boolean;
  recursiveReadOnly: boolean;
  /** Facts of a pod in a user namespace: which namespaces of the host it shares nevertheless, and how many groups it has. */
  userNamespace?: { hostNetwork: boolean; hostIpc: boolean; hostPid: boolean; groups: number } | undefined;
  /** Mounts of CDI devices. */
  extra?: readonly OciMount[] | undefined;
}

/** The file systems of every container: runtime-spec config-linux.md, "Default Filesystems", with cgroups read-only. */
function fileSystems({ privileged, userNamespace }: Pick<MountsInput, 'privileged' | 'userNamespace'>): OciMount[] {
  const access = privileged ? 'rw' : 'ro';
  const mounts: OciMount[] = [
    { destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'noexec', 'nodev'] },
    {
      destination: '/dev',
      type: 'tmpfs',
      source: 'tmpfs',
      options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'],
    },
    {
      destination: '/dev/pts',
      type: 'devpts',
      source: 'devpts',
      // gid 5 is tty in every distribution, so that write(1) and friends work.
      options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'],
    },
    { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: ['nosuid', 'noexec', 'nodev'] },
    { destination: '/sys', type: 'sysfs', source: 'sysfs', options: ['nosuid', 'noexec', 'nodev', access] },
    {
      destination: '/sys/fs/cgroup',
      type: 'cgroup',
      source: 'cgroup',
      options: ['nosuid', 'noexec', 'nodev', 'relatime', access],
    },
  ];
  return userNamespace ? inUserNamespace(mounts, userNamespace) : mounts;
}

/**
 * A user namespace may mount only the file systems of namespaces that it owns (user_namespaces(7)): of those
 * that are the host's, /proc and /sys are bound. Its mounts come along, as the kernel lets none of them
 * be taken off. The host's message queues can be opened without a mount.
 */
function inUserNamespace(mounts: OciMount[], shared: NonNullable<MountsInput['userNamespace']>): OciMount[] {
  return mounts.flatMap((mount) => {
    const bound = {
      ...mount,
      type: 'bind',
      source: mount.destination,
      options: ['rbind', 'rprivate', ...mount.options],
    };
    switch (mount.destination) {
      case '/proc':
        return shared.hostPid ? bound : mount;
      case '/sys':
        return shared.hostNetwork ? bound : mount;
      case '/dev/mqueue':
        return shared.hostIpc ? [] : mount;
      case '/dev/pts':
        return { ...mount, options: mount.options.filter((option) => option !== 'gid=5' || shared.groups > 5) };
      default:
        return mount;
    }
  });
}

/**
 * mounts of config.json: the default file systems, then the sandbox's files and the
 * CRI's mounts, parents before their children. A mount of the CRI replaces a
 * default at the same place, and every default below a directory that it covers.
 */
export function containerMounts(input: MountsInput): OciMount[] {
  const extra = input.extra ?? [];
  const replaced = new Set(extra.map(({ destination }) => destination));
  const own = input.mounts.map((mount) => bind(mount, input.recursiveReadOnly));
  const wanted = [...own.filter(({ destination }) => !replaced.has(destination)), ...extra];
  const taken = new Set(wanted.map(({ destination }) => destination));
  const defaults = fileSystems(input).filter(({ destination }) => !covered(destination, taken));
  const files = sandboxFiles(input).filter(({ destination }) => !taken.has(destination));
  const volumes = imageVolumes(input).filter(({ destination }) => !covered(destination, taken));
  return [...defaults, ...byDepth([...volumes, ...files, ...wanted])];
}

/** Sorting is stable: mounts of one depth stay in the order in which they were given. */
function byDepth(mounts: OciMount[]): OciMount[] {
  const keyed = mounts.map((mount) => ({ mount, depth: mount.destination.split('/').length }));
  return keyed.sort((a, b) => a.depth - b.depth).map(({ mount }) => mount);
}

function covered(destination: string, taken: ReadonlySet<string>): boolean {
  for (let path = destination; path !== '/'; path = posix.dirname(path)) if (taken.has(path)) return true;
  return false;
}

function sandboxFiles({ files, readonlyRootfs }: MountsInput): OciMount[] {
  // A container with a read-only root must not change the pod's files by way of them either.
  const access = readonlyRootfs ? 'ro' : 'rw';
  return [
    ...file('/etc/hostname', files.hostname, [access]),
    ...file('/etc/hosts', files.hosts, [access]),
    ...file('/etc/resolv.conf', files.resolvConf, [access]),
    ...file('/dev/shm', files.shm, ['rw', 'nosuid', 'noexec', 'nodev']),
  ];
}

/** Volumes that the image declares can be written to also where its root cannot, as they can be under other runtimes. */
function imageVolumes({ imageVolumes: volumes = [], readonlyRootfs }: MountsInput): OciMount[] {
  if (!readonlyRootfs) return [];
  return volumes.flatMap(({ destination, source }) =>
    destination === '/' ? [] : { destination, type: 'bind', source, options: ['rbind', 'rprivate', 'rw'] },
  );
}

function file(destination: string, source: string | undefined, options: string[]): OciMount[] {
  return source ? [{ destination, type: 'bind', source, options: ['rbind', 'rprivate', ...options] }] : [];
}

function bind(mount: ResolvedMount, recursiveReadOnly: boolean): OciMount {
  const { field } = mount;
  const destination = mountDestination(field, mount.containerPath);
  return {
    destination,
    type: 'bind',
    source: withoutNul(`${field}.host_path`, mount.source),
    options: ['rbind', propagation(mount), access(mount, recursiveReadOnly), ...(mount.keep ?? [])],
  };
}

/** Where a mount goes: absolute and normal; a relative path starts at the root. */
export function mountDestination(field: string, containerPath: string): string {
  if (containerPath === '') throw invalidField(`${field}.container_path`, 'it is empty');
  const destination = posix.resolve('/', withoutNul(`${field}.container_path`, containerPath));
  if (destination === '/') throw invalidField(`${field}.container_path`, 'the root itself cannot be mounted over');
  return destination;
}

function propagation({ field, propagation: wanted, sourcePropagation: source = 'private' }: ResolvedMount): string {
  switch (wanted) {
    case MountPropagation.PROPAGATION_PRIVATE:
      return 'rprivate';
    case MountPropagation.PROPAGATION_HOST_TO_CONTAINER:
      if (source !== 'private') return 'rslave';
      throw invalidField(`${field}.propagation`, 'HOST_TO_CONTAINER needs a host path on a shared or slave mount');
    case MountPropagation.PROPAGATION_BIDIRECTIONAL:
      if (source === 'shared') return 'rshared';
      throw invalidField(`${field}.propagation`, 'BIDIRECTIONAL needs a host path on a shared mount');
    default:
      throw invalidField(`${field}.propagation`, `${String(wanted)} is no propagation`);
  }
}

/** The rules of recursive_read_only stand at the CRI's Mount. */
function access(mount: ResolvedMount, supported: boolean): string {
  const { field } = mount;
  if (!mount.recursiveReadOnly) return mount.readonly ? 'ro' : 'rw';
  if (!mount.readonly) throw invalidField(`${field}.recursive_read_only`, 'it needs readonly beside it');
  if (mount.propagation !== MountPropagation.PROPAGATION_PRIVATE) {
    throw invalidField(`${field}.recursive_read_only`, 'it needs propagation PRIVATE');
  }
  if (!supported) {
    throw new SlipwayError('RRO_UNSUPPORTED', `${field}.recursive_read_only: not by this handler and kernel`);
  }
  return 'rro';
}

/** linux.rootfsPropagation: mounts can only pass through a root that passes them on. */
export function rootfsPropagation(mounts: readonly ResolvedMount[]): OciLinux['rootfsPropagation'] {
  const wanted = new Set(mounts.map((mount) => mount.propagation));
  if (wanted.has(MountPropagation.PROPAGATION_BIDIRECTIONAL)) return 'shared';
  if (wanted.has(MountPropagation.PROPAGATION_HOST_TO_CONTAINER)) return 'slave';
  return undefined;
}
