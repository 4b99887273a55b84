import { constants } from 'node:os';
import { SyscallError } from '../errno.js';
import { check, closeFd, lastErrno, libcFunction } from '../libc.js';
import { watchExit, type WatchOptions } from './pidfd.js';

const POSIX_SPAWN_SETPGROUP = 0x02;
const POSIX_SPAWN_SETSIGDEF = 0x04;
const POSIX_SPAWN_SETSIGMASK = 0x08;
const POSIX_SPAWN_SETSID = 0x80;
const F_DUPFD_CLOEXEC = 1030;
const WNOHANG = 1;
// Sizes of glibc's and musl's posix_spawn_file_actions_t, posix_spawnattr_t and sigset_t, rounded up.
const fileActionsBytes = 256;
const attributesBytes = 512;
const sigsetBytes = 128;

type Fn<A extends unknown[]> = (...args: A) => number;
const fn = <A extends unknown[]>(prototype: string): Fn<A> => libcFunction<A>(prototype);
const spawnCall = fn<[Buffer, string, Buffer, Buffer, (string | null)[], (string | null)[]]>(
  'int posix_spawn(void *pid, const char *path, void *actions, void *attributes, const char **argv, const char **env)',
);
const actionsInit = fn<[Buffer]>('int posix_spawn_file_actions_init(void *actions)');
const actionsDestroy = fn<[Buffer]>('int posix_spawn_file_actions_destroy(void *actions)');
const actionsDup2 = fn<[Buffer, number, number]>(
  'int posix_spawn_file_actions_adddup2(void *actions, int fd, int newFd)',
);
const actionsOpen = fn<[Buffer, number, string, number, number]>(
  'int posix_spawn_file_actions_addopen(void *actions, int fd, const char *path, int flags, int mode)',
);
const actionsChdir = fn<[Buffer, string]>('int posix_spawn_file_actions_addchdir_np(void *actions, const char *path)');
const actionsClose = fn<[Buffer, number]>('int posix_spawn_file_actions_addclose(void *actions, int fd)');
const actionsCloseFrom = fn<[Buffer, number]>('int posix_spawn_file_actions_addclosefrom_np(void *actions, int from)');
const attributesInit = fn<[Buffer]>('int posix_spawnattr_init(void *attributes)');
const attributesDestroy = fn<[Buffer]>('int posix_spawnattr_destroy(void *attributes)');
const attributesFlags = fn<[Buffer, number]>('int posix_spawnattr_setflags(void *attributes, short flags)');
const attributesSigdefault = fn<[Buffer, Buffer]>('int posix_spawnattr_setsigdefault(void *attributes, void *set)');
const attributesSigmask = fn<[Buffer, Buffer]>('int posix_spawnattr_setsigmask(void *attributes, void *set)');
const sigfillset = fn<[Buffer]>('int sigfillset(void *set)');
const fcntlDup = fn<[number, number, number]>('int fcntl(int fd, int command, int argument)');
const waitpid = fn<[number, Buffer, number]>('int waitpid(int pid, void *status, int options)');

export interface SpawnRequest {
  /** Absolute path of the program: PATH is not searched. */
  path: string;
  /** All arguments, the program's own name first. */
  argv: readonly string[];
  env?: Record<string, string> | undefined;
  /** The child's descriptors, by the parent's. 0, 1 and 2 are /dev/null where they are left out; nothing else is inherited. */
  fds?: Readonly<Record<number, number>> | undefined;
  cwd?: string | undefined;
  /** A session of its own (setsid), or only a process group of its own; default neither. */
  group?: 'session' | 'group' | undefined;
}

function must(result: number, call: string, path?: string): void {
  // The posix_spawn family answers the errno instead of setting it.
  if (result !== 0) throw new SyscallError(result, call, path);
}

/**
 * Starts a program by posix_spawn(3) (glibc 2.34 or newer), whose cost does not grow with our own memory
 * (Node's spawn copies page tables). Signals are as at a program's fresh start. Throws
 * SyscallError when the program cannot be run. The child must be reaped: `waitChild`.
 */
export function posixSpawn(request: SpawnRequest): number {
  const actions = Buffer.alloc(fileActionsBytes);
  const attributes = Buffer.alloc(attributesBytes);
  const duplicates: number[] = [];
  must(actionsInit(actions), 'posix_spawn_file_actions_init');
  try {
    must(attributesInit(attributes), 'posix_spawnattr_init');
    try {
      addDescriptors(actions, request.fds ?? {}, duplicates);
      if (request.cwd !== undefined) must(actionsChdir(actions, request.cwd), 'chdir', request.cwd);
      setAttributes(attributes, request.group);
      const pid = Buffer.alloc(4);
      const env = Object.entries(request.env ?? {}).map(([key, value]) => `${key}=${value}`);
      must(
        spawnCall(pid, request.path, actions, attributes, [...request.argv, null], [...env, null]),
        'posix_spawn',
        request.path,
      );
      return pid.readInt32LE(0);
    } finally {
      attributesDestroy(attributes);
    }
  } finally {
    actionsDestroy(actions);
    for (const fd of duplicates) closeFd(fd);
  }
}

function addDescriptors(actions: Buffer, fds: Readonly<Record<number, number>>, duplicates: number[]): void {
  const wanted = new Map(Object.entries(fds).map(([child, parent]) => [Number(child), parent]));
  const highest = Math.max(2, ...wanted.keys());
  for (const [child, parent] of wanted) {
    // A source that is also a target would be overwritten before its turn: it moves out of the way.
    if (parent === child || !(wanted.has(parent) || parent <= 2)) continue;
    const moved = check(fcntlDup(parent, F_DUPFD_CLOEXEC, highest + 1), 'fcntl F_DUPFD_CLOEXEC', String(parent));
    duplicates.push(moved);
    wanted.set(child, moved);
  }
  for (const standard of [0, 1, 2]) {
    if (!wanted.has(standard))
      must(actionsOpen(actions, standard, '/dev/null', standard === 0 ? 0 : 1, 0), 'open', '/dev/null');
  }
  for (const [child, parent] of wanted) must(actionsDup2(actions, parent, child), 'dup2', `${parent} to ${child}`);
  // Descriptors that this process inherited have no close-on-exec flag and would leak into the child.
  for (let fd = 3; fd < highest; fd++) if (!wanted.has(fd)) must(actionsClose(actions, fd), 'close', String(fd));
  must(actionsCloseFrom(actions, highest + 1), 'closefrom', String(highest + 1));
}

function setAttributes(attributes: Buffer, group: SpawnRequest['group']): void {
  // Node ignores SIGPIPE and a child would inherit that: every signal goes back to its default, none is blocked.
  const all = Buffer.alloc(sigsetBytes);
  sigfillset(all);
  must(attributesSigdefault(attributes, all), 'posix_spawnattr_setsigdefault');
  must(attributesSigmask(attributes, Buffer.alloc(sigsetBytes)), 'posix_spawnattr_setsigmask');
  const own = group === 'session' ? POSIX_SPAWN_SETSID : group === 'group' ? POSIX_SPAWN_SETPGROUP : 0;
  must(attributesFlags(attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | own), 'posix_spawnattr_setflags');
}

export interface ExitStatus {
  /** The exit code, or null when a signal ended it. */
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** Reaps a child that has ended; undefined while it runs. Throws ECHILD when it is none of ours, or reaped already. */
export function reapChild(pid: number): ExitStatus | undefined {
  return wait(pid, WNOHANG);
}

/** As waitChild(), but blocks this thread: for threads that do nothing else. */
export function waitChildSync(pid: number): ExitStatus {
  const status = wait(pid, 0);
  if (!status) throw new SyscallError('ECHILD', 'waitpid', String(pid));
  return status;
}

function wait(pid: number, options: number): ExitStatus | undefined {
  const status = Buffer.alloc(4);
  for (;;) {
    const result = waitpid(pid, status, options);
    if (result === pid) return exitStatus(status.readInt32LE(0));
    if (result === 0) return undefined;
    const errno = lastErrno();
    if (errno !== constants.errno.EINTR) throw new SyscallError(errno, 'waitpid', String(pid));
  }
}

function exitStatus(status: number): ExitStatus {
  const number = status & 0x7f;
  if (number === 0) return { code: (status >> 8) & 0xff, signal: null };
  const name = Object.entries(constants.signals).find(([, value]) => value === number)?.[0];
  return { code: null, signal: (name ?? `SIG${number}`) as NodeJS.Signals };
}

/**
 * Waits for a child started by posixSpawn and reaps it. Node reaps the children that its own
 * spawn made and no others. An abort rejects the wait; the child goes on and still has
 * to be waited for.
 */
export async function waitChild(pid: number, options: WatchOptions = {}): Promise<ExitStatus> {
  for (;;) {
    const done = reapChild(pid);
    if (done) return done;
    await watchExit(pid, options);
  }
}
