import { constants } from 'node:fs';
import { check, closeFd, O_CLOEXEC, sys } from '../libc.js';

const TIOCSWINSZ = 0x5414;
const TIOCGWINSZ = 0x5413;

export interface WindowSize {
  rows: number;
  columns: number;
}

/** Sets the size of the terminal at a descriptor (ioctl_tty(2)); its foreground process group gets SIGWINCH. */
export function setWindowSize(fd: number, { rows, columns }: WindowSize): void {
  // struct winsize: rows, columns, and pixels that nobody fills in.
  const size = Buffer.alloc(8);
  size.writeUInt16LE(Math.min(Math.max(rows, 0), 0xffff), 0);
  size.writeUInt16LE(Math.min(Math.max(columns, 0), 0xffff), 2);
  check(sys.ioctl(fd, TIOCSWINSZ, size), 'ioctl TIOCSWINSZ', `fd ${fd}`);
}

export function getWindowSize(fd: number): WindowSize {
  const size = Buffer.alloc(8);
  check(sys.ioctl(fd, TIOCGWINSZ, size), 'ioctl TIOCGWINSZ', `fd ${fd}`);
  return { rows: size.readUInt16LE(0), columns: size.readUInt16LE(2) };
}

/** Sets the size of the terminal that is a process's standard input. ENOTTY when that is none. */
export function setProcessWindowSize(pid: number, size: WindowSize): void {
  const path = `/proc/${pid}/fd/0`;
  // Without O_NOCTTY a session leader would take the terminal as its own; without O_NONBLOCK a FIFO would block.
  const fd = check(
    sys.open(path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK | O_CLOEXEC, 0),
    'open',
    path,
  );
  try {
    setWindowSize(fd, size);
  } finally {
    closeFd(fd);
  }
}
