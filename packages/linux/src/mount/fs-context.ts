import { SyscallError } from '../errno.js';
import { AT_FDCWD, check, closeFd, lastErrno, libcFunction, SYS } from '../libc.js';

const FSOPEN_CLOEXEC = 1;
const FSMOUNT_CLOEXEC = 1;
const FSCONFIG_SET_FLAG = 0;
const FSCONFIG_SET_STRING = 1;
const FSCONFIG_CMD_CREATE = 6;
const MOVE_MOUNT_F_EMPTY_PATH = 4;

const fsopen = libcFunction<[number, string, number]>('long syscall(long n, const char *fs, unsigned long flags)');
const fsconfig = libcFunction<[number, number, number, string | null, string | null, number]>(
  'long syscall(long n, long fd, unsigned long command, const char *key, const char *value, long aux)',
);
const fsmount = libcFunction<[number, number, number, number]>(
  'long syscall(long n, long fd, unsigned long flags, unsigned long attributes)',
);
const moveMountCall = libcFunction<[number, number, string, number, string, number]>(
  'long syscall(long n, long from, const char *fromPath, long to, const char *toPath, unsigned long flags)',
);
const read = libcFunction<[number, Buffer, number]>('long read(int fd, void *buffer, size_t size)');

/** A file system being configured before it is mounted: fsopen(2), fsconfig(2), fsmount(2). */
export class FsContext {
  readonly #fd: number;
  readonly #type: string;

  /** Throws ENOSYS before Linux 5.2, ENODEV for a file system that the kernel does not know. */
  constructor(type: string) {
    this.#type = type;
    this.#fd = check(fsopen(SYS.fsopen, type, FSOPEN_CLOEXEC), 'fsopen', type);
  }

  set(key: string, value: string): void {
    this.#configure(FSCONFIG_SET_STRING, key, value);
  }

  flag(key: string): void {
    this.#configure(FSCONFIG_SET_FLAG, key, null);
  }

  /** Makes the file system and answers a descriptor of a mount that is not attached anywhere yet. */
  create(attributes = 0): number {
    this.#configure(FSCONFIG_CMD_CREATE, null, null);
    const mount = fsmount(SYS.fsmount, this.#fd, FSMOUNT_CLOEXEC, attributes);
    if (mount < 0) throw this.#error('fsmount', this.#type);
    return mount;
  }

  close(): void {
    closeFd(this.#fd);
  }

  #configure(command: number, key: string | null, value: string | null): void {
    if (fsconfig(SYS.fsconfig, this.#fd, command, key, value, 0) < 0) {
      throw this.#error('fsconfig', key === null ? this.#type : value === null ? key : `${key}=${value}`);
    }
  }

  /** The errno with what the kernel wrote into the context's log: `e overlay: …` per line. */
  #error(syscall: string, subject: string): SyscallError {
    const errno = lastErrno();
    const lines: string[] = [];
    const buffer = Buffer.alloc(4096);
    for (let size = read(this.#fd, buffer, buffer.length); size > 0; size = read(this.#fd, buffer, buffer.length)) {
      lines.push(
        buffer
          .toString('utf8', 0, size)
          .replace(/^[ewi] /, '')
          .trim(),
      );
    }
    return new SyscallError(errno, syscall, subject, lines.join('; ') || undefined);
  }
}

/** Attaches a detached mount (from fsmount or open_tree) at `target`: move_mount(2). */
export function moveMount(mountFd: number, target: string): void {
  check(moveMountCall(SYS.move_mount, mountFd, '', AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH), 'move_mount', target);
}
