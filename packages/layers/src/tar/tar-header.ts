import { SlipwayError } from '@slipway/errors';

export const blockSize = 512;

export type EntryType = 'file' | 'hardlink' | 'symlink' | 'char' | 'block' | 'directory' | 'fifo';

/** By type flag; what is not here is no file of a Linux tree. */
export const entryTypes: Readonly<Record<string, EntryType>> = {
  '\0': 'file',
  '0': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'char',
  '4': 'block',
  '5': 'directory',
  '6': 'fifo',
  '7': 'file',
  S: 'file',
};

/** Seconds since 1970, rounded down, and the nanoseconds past them. */
export interface TimeSpec {
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** A stretch of a sparse file that holds data; everything else reads as zeros. */
export interface SparseRegion {
  readonly offset: number;
  readonly length: number;
}

/**
 * A member of an archive with all its extended headers applied. Strings that come from the
 * archive's paths are byte strings: one character per byte (latin1), whatever the encoding.
 */
export interface TarEntry {
  readonly type: EntryType;
  readonly path: string;
  /** Target of a symbolic link (any text) or of a hard link (a path in the archive); else empty. */
  readonly linkPath: string;
  /** Permission bits with setuid, setgid and sticky: 0o7777 at most. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: TimeSpec;
  /** Bytes of the file as a reader sees it, holes included; 0 for what is no file. */
  readonly size: number;
  readonly sparse: readonly SparseRegion[] | undefined;
  readonly devMajor: number;
  readonly devMinor: number;
  /** Extended attributes by name; values byte for byte. */
  readonly xattrs: ReadonlyMap<string, Buffer>;
}

export function invalid(message: string): SlipwayError {
  return new SlipwayError('IMAGE_INVALID', message);
}

/** A path for messages: control characters and bytes past ASCII are escaped, long ones are cut. */
export function printable(path: string): string {
  const text = path.length > 200 ? `${path.slice(0, 200)}…` : path;
  return `"${text.replace(/[^\x20-\x7e…]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`)}"`;
}

/** The text of a header field up to its first NUL. */
export function fieldText(block: Buffer, offset: number, length: number): string {
  let end = offset;
  while (end < offset + length && block[end] !== 0) end++;
  return block.toString('latin1', offset, end);
}

/**
 * A number field: octal digits between optional blanks and NULs, or, where the first byte has
 * its high bit, GNU's base-256 in two's complement (tar(5), "Numeric Extensions").
 */
export function fieldNumber(block: Buffer, offset: number, length: number, what: string): number {
  const first = block[offset] as number;
  if (first & 0x80) {
    const negative = (first & 0x40) !== 0;
    let value = BigInt(negative ? first - 0x100 : first & 0x7f);
    for (let i = 1; i < length; i++) value = (value << 8n) | BigInt(block[offset + i] as number);
    const number = Number(value);
    if (!Number.isSafeInteger(number)) throw invalid(`tar header: ${what} ${value} is out of range`);
    return number;
  }
  let at = offset;
  let end = offset + length;
  while (at < end && (block[at] === 0x20 || block[at] === 0)) at++;
  while (end > at && (block[end - 1] === 0x20 || block[end - 1] === 0)) end--;
  let value = 0;
  for (; at < end; at++) {
    const digit = (block[at] as number) - 0x30;
    // Some writers leave old bytes behind the NUL that ends the number.
    if (block[at] === 0 || block[at] === 0x20) break;
    if (digit < 0 || digit > 7) {
      throw invalid(
        `tar header: ${what} is no octal number: ${printable(block.toString('latin1', offset, offset + length))}`,
      );
    }
    value = value * 8 + digit;
  }
  return value;
}

/**
 * Compares the header's checksum: the sum of its bytes with the field itself taken as blanks,
 * as unsigned bytes (POSIX) or as signed ones (what some old writers did).
 */
export function checksumMatches(block: Buffer): boolean {
  let unsigned = 0;
  let signed = 0;
  for (let i = 0; i < blockSize; i++) {
    const byte = i >= 148 && i < 156 ? 0x20 : (block[i] as number);
    unsigned += byte;
    signed += byte < 0x80 ? byte : byte - 0x100;
  }
  const stated = fieldNumber(block, 148, 8, 'checksum');
  return stated === unsigned || stated === signed;
}

export function isZeroBlock(block: Buffer): boolean {
  for (let i = 0; i < blockSize; i++) if (block[i] !== 0) return false;
  return true;
}

/** The name in the header's own fields: the ustar prefix, or star's shorter one, goes before it. */
export function headerPath(block: Buffer): string {
  const name = fieldText(block, 0, 100);
  // "ustar\0" is POSIX; GNU's "ustar  \0" keeps times where POSIX has the prefix.
  if (block.toString('latin1', 257, 263) !== 'ustar\0') return name;
  const star = block.toString('latin1', 508, 512) === 'tar\0';
  const prefix = fieldText(block, 345, star ? 131 : 155);
  return prefix === '' ? name : `${prefix}/${name}`;
}
