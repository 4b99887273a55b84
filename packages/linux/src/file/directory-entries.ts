import { constants, openSync } from 'node:fs';
import { check, closeFd, libcFunction } from '../libc.js';

/** struct linux_dirent64 (getdents64(2)): inode, offset of the next entry, length, type, name. */
const offsetAt = 8;
const lengthAt = 16;
const typeAt = 18;
const nameAt = 19;
const DT_UNKNOWN = 0;
const DT_DIR = 4;
const SEEK_SET = 0;

const getdents64 = libcFunction<[number, Buffer, number]>('long getdents64(int fd, void *buffer, size_t size)');
const lseek = libcFunction<[number, bigint, number], bigint | number>(
  'int64_t lseek(int fd, int64_t offset, int whence)',
);

export interface DirectoryEntry {
  /** A character for each byte (latin1), because names need not be UTF-8. */
  readonly name: string;
  /** Undefined where the file system does not say. */
  readonly directory: boolean | undefined;
}

const shared = Buffer.alloc(32 << 10);

/**
 * The entries of an open directory, a bounded number at a time, however many it has. `.` and `..` are left out. A reader
 * can be stopped and another one, on another descriptor of the directory, goes on at its `offset`.
 */
export class DirectoryReader {
  /** Where the entry after the last one that was handed out begins; 0 is the first one. */
  offset: bigint;
  #batch = Buffer.alloc(0);
  #at = 0;

  constructor(
    readonly fd: number,
    offset = 0n,
  ) {
    this.offset = offset;
    // Also at 0: the descriptor may have been read from before.
    check(Number(lseek(fd, offset, SEEK_SET)) < 0 ? -1 : 0, 'lseek');
  }

  /** The next entry; undefined at the end. */
  next(): DirectoryEntry | undefined {
    for (;;) {
      if (this.#at >= this.#batch.length && !this.#read()) return undefined;
      const batch = this.#batch;
      const start = this.#at;
      this.#at += batch.readUInt16LE(start + lengthAt);
      this.offset = batch.readBigInt64LE(start + offsetAt);
      const name = batch.toString('latin1', start + nameAt, batch.indexOf(0, start + nameAt));
      if (name === '.' || name === '..') continue;
      const type = batch[start + typeAt];
      return { name, directory: type === DT_UNKNOWN ? undefined : type === DT_DIR };
    }
  }

  #read(): boolean {
    const size = check(getdents64(this.fd, shared, shared.length), 'getdents64');
    this.#batch = Buffer.from(shared.subarray(0, size));
    this.#at = 0;
    return size > 0;
  }
}

/** The first `max` names in a directory, as byte strings: for one that somebody else may have filled with any number. */
export function firstNames(path: string, max: number): string[] {
  const fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    const reader = new DirectoryReader(fd);
    const names: string[] = [];
    for (let entry = reader.next(); entry && names.length < max; entry = reader.next()) names.push(entry.name);
    return names;
  } finally {
    closeFd(fd);
  }
}
