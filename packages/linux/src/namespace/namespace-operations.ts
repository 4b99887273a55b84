import { closeSync, mkdirSync, openSync, readFileSync, rmdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { hasCode, SyscallError } from '../errno.js';
import { check, closeFd, libcFunction, O_CLOEXEC, sys } from '../libc.js';
import { mount, unmount } from '../mount/mounts.js';
import { away, enter } from './namespace-switch.js';
import {
  type InterfaceAddress,
  type NamespaceKind,
  type NamespaceOperations,
  type NamespacePaths,
  type NamespaceSetup,
  type NetDevCounters,
  namespaceKinds,
} from './namespace-protocol.js';

// Everything here runs synchronously on a thread of its own: between leaving the host's
// namespaces and coming back nothing else may run on it, and nothing may be handed to
// libuv's pool, whose threads stay in the host's namespaces.

const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0o4000;
const SIOCSIFFLAGS = 0x8914;
const IFF_UP = 0x1;
const IFF_RUNNING = 0x40;

const unshare = libcFunction<[number]>('int unshare(int flags)');
const sethostname = libcFunction<[Buffer, number]>('int sethostname(const void *name, size_t size)');
const socket = libcFunction<[number, number, number]>('int socket(int domain, int type, int protocol)');

const allKinds = Object.keys(namespaceKinds) as NamespaceKind[];

function sysctlPath(key: string): string {
  // sysctl(8): dots separate, and a slash means a dot inside of a name (an interface `eth0.1`).
  const separator = key.includes('/') && (key.indexOf('.') < 0 || key.indexOf('/') < key.indexOf('.')) ? '/' : '.';
  const parts = separator === '/' ? key.split('/') : key.split('.').map((part) => part.replaceAll('/', '.'));
  if (parts.some((part) => part === '' || part === '.' || part === '..')) {
    throw new SyscallError('EINVAL', 'sysctl', key, 'not the name of a sysctl');
  }
  return join('/proc/sys', ...parts);
}

/** Throws SyscallError whose path is that of the sysctl also where the kernel refuses the value: write(2) knows of no path. */
function writeSysctl(key: string, value: string): void {
  const path = sysctlPath(key);
  try {
    writeFileSync(path, value);
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (code === undefined || syscall === undefined) throw error;
    throw new SyscallError(
      code,
      syscall,
      path,
      syscall === 'write' ? `the value is ${JSON.stringify(value)}` : undefined,
    );
  }
}

/** Sets IFF_UP on `lo` of the thread's net namespace (netdevice(7)). */
function loopbackUp(): void {
  const fd = check(socket(AF_INET, SOCK_DGRAM | O_CLOEXEC, 0), 'socket');
  try {
    const ifreq = Buffer.alloc(40);
    ifreq.write('lo');
    ifreq.writeInt16LE(IFF_UP | IFF_RUNNING, 16);
    check(sys.ioctl(fd, SIOCSIFFLAGS, ifreq), 'ioctl SIOCSIFFLAGS', 'lo');
  } finally {
    closeFd(fd);
  }
}

/** Sets up the namespaces that the thread is in; `kinds` are those that are not the host's. */
function setUp(kinds: readonly NamespaceKind[], { hostname, loopback = true, sysctls = {} }: NamespaceSetup): void {
  if (hostname !== undefined && kinds.includes('uts')) {
    const name = Buffer.from(hostname);
    check(sethostname(name, name.length), 'sethostname', hostname);
  }
  if (loopback && kinds.includes('net')) loopbackUp();
  for (const [key, value] of Object.entries(sysctls)) writeSysctl(key, value);
}

function unpin(dir: string, kind: NamespaceKind | 'user'): void {
  const pin = join(dir, kind);
  while (unmount(pin, { detach: true, missingOk: true }));
  try {
    unlinkSync(pin);
  } catch (error) {
    if (!hasCode(error, 'ENOENT', 'ENOTDIR')) throw error;
  }
}

/** Leaves the thread in the namespace: for use within `away`. */
function readNetDev(netns: string): string {
  enter({ net: netns });
  // /proc/net is the net namespace of the process's first thread; this thread's own is below thread-self.
  return readFileSync('/proc/thread-self/net/dev', 'utf8');
}

function parseNetDev(text: string): NetDevCounters[] {
  return text
    .split('\n')
    .slice(2)
    .filter((line) => line.includes(':'))
    .map((line) => {
      const colon = line.lastIndexOf(':');
      const fields = line
        .slice(colon + 1)
        .trim()
        .split(/\s+/);
      const counter = (index: number): bigint => BigInt(fields[index] ?? 0);
      return {
        interface: line.slice(0, colon).trim(),
        rxBytes: counter(0),
        rxPackets: counter(1),
        rxErrors: counter(2),
        rxDropped: counter(3),
        txBytes: counter(8),
        txPackets: counter(9),
        txErrors: counter(10),
        txDropped: counter(11),
      };
    });
}

export const namespaceOperations: NamespaceOperations = {
  create({ dir, kinds = allKinds, ...setup }) {
    const madeDirectory = mkdirSync(dir, { recursive: true });
    const made: NamespacePaths = {};
    try {
      away(() => {
        check(unshare(kinds.reduce((flags, kind) => flags | namespaceKinds[kind], 0)), 'unshare');
        setUp(kinds, setup);
        for (const kind of kinds) {
          const pin = join(dir, kind);
          // An existing pin belongs to somebody: it is never bound over.
          closeSync(openSync(pin, 'wx', 0o444));
          made[kind] = pin;
          mount({ source: `/proc/thread-self/ns/${kind}`, target: pin, flags: ['bind'] });
        }
      });
    } catch (error) {
      for (const kind of Object.keys(made) as NamespaceKind[]) unpin(dir, kind);
      if (madeDirectory) rmdirSync(dir);
      throw error;
    }
    return made;
  },

  configure({ namespaces, ...setup }) {
    away(() => {
      enter(namespaces);
      setUp(
        allKinds.filter((kind) => namespaces[kind] !== undefined),
        setup,
      );
    });
    return null;
  },

  remove({ dir, kinds }) {
    for (const kind of kinds) unpin(dir, kind);
    return null;
  },

  socket({ netns, family = 'inet', type = 'stream' }) {
    const fd = away(() => {
      enter({ net: netns });
      const kind = type === 'stream' ? SOCK_STREAM : SOCK_DGRAM;
      return check(
        socket(family === 'inet' ? AF_INET : AF_INET6, kind | O_CLOEXEC | SOCK_NONBLOCK, 0),
        'socket',
        netns,
      );
    });
    return { fd };
  },

  readSysctl({ namespaces, key }) {
    return away(() => {
      enter(namespaces);
      return readFileSync(sysctlPath(key), 'utf8').trim();
    });
  },

  writeSysctl({ namespaces, key, value }) {
    away(() => {
      enter(namespaces);
      writeSysctl(key, value);
    });
    return null;
  },

  addresses({ netns }) {
    const interfaces = away(() => {
      enter({ net: netns });
      return networkInterfaces();
    });
    return Object.entries(interfaces).flatMap(([name, list = []]) =>
      list.map(
        (entry): InterfaceAddress => ({
          interface: name,
          address: entry.address,
          family: entry.family,
          prefixLength: Number(entry.cidr?.split('/')[1] ?? (entry.family === 'IPv4' ? 32 : 128)),
          mac: entry.mac,
        }),
      ),
    );
  },

  netDev({ netns }) {
    const text = away(() => readNetDev(netns));
    return parseNetDev(text);
  },

  netDevs({ netns }) {
    const texts = away(() =>
      netns.map((path) => {
        try {
          return readNetDev(path);
        } catch {
          // It may be taken down meanwhile; the others have their counters all the same.
          return undefined;
        }
      }),
    );
    return texts.map((text) => (text === undefined ? undefined : parseNetDev(text)));
  },
};
