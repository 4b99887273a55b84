import { constants } from 'node:fs';
import { openAt, statAt } from './at.js';
import { check, closeFd, O_CLOEXEC, O_PATH, sys } from '../libc.js';

// linux/fs.h; ioctl_iflags(2). The kernel reads and writes an int, whatever the numbers say of its size.
const FS_IOC_GETFLAGS = 0x80086601;
const FS_IOC_SETFLAGS = 0x40086602;
const FS_IMMUTABLE_FL = 0x10;
const FS_APPEND_FL = 0x20;

/** Takes "immutable" and "append only" from an open file or directory. Answers whether it had one of them. */
export function clearLocks(fd: number): boolean {
  const flags = Buffer.alloc(8);
  // A file system without such flags has none to clear.
  if (sys.ioctl(fd, FS_IOC_GETFLAGS, flags) < 0) return false;
  const value = flags.readInt32LE(0);
  const cleared = value & ~(FS_IMMUTABLE_FL | FS_APPEND_FL);
  if (cleared === value) return false;
  flags.writeInt32LE(cleared, 0);
  return sys.ioctl(fd, FS_IOC_SETFLAGS, flags) === 0;
}

/**
 * The same for a name in an open directory. Only a regular file or a directory is opened: to open a device or a pipe can
 * do something, or block.
 */
export function clearLocksAt(dir: number, name: string): boolean {
  const path = openAt(dir, name, O_PATH);
  try {
    const type = statAt(path, '')?.type;
    if (type !== 'file' && type !== 'directory') return false;
    // By the descriptor: the name may be that of another file by now.
    const self = `/proc/self/fd/${path}`;
    const fd = check(sys.open(self, constants.O_RDONLY | constants.O_NONBLOCK | O_CLOEXEC, 0), 'open', name);
    try {
      return clearLocks(fd);
    } finally {
      closeFd(fd);
    }
  } finally {
    closeFd(path);
  }
}
