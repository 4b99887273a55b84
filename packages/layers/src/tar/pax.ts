import { invalid, printable, type SparseRegion, type TimeSpec } from './tar-header.js';

/** The keys of one value that a reader of layers knows; the rest is passed over. */
const knownKeys = [
  'path',
  'linkpath',
  'size',
  'uid',
  'gid',
  'mtime',
  'SCHILY.devmajor',
  'SCHILY.devminor',
  'GNU.sparse.name',
  'GNU.sparse.major',
  'GNU.sparse.realsize',
  'GNU.sparse.size',
  'GNU.sparse.map',
] as const;

export type PaxKey = (typeof knownKeys)[number];

const known: ReadonlySet<string> = new Set(knownKeys);
const xattrPrefix = 'SCHILY.xattr.';

/** A known record of a PAX extended header; `value` is a view of the header's bytes. */
export interface PaxRecord {
  readonly key: PaxKey;
  readonly value: Buffer;
}

/**
 * The content of the PAX headers before a member. Only known keys are kept, and the last of repeated ones, so
 * that memory is bounded by the bytes of the headers.
 */
export class PaxAttributes {
  readonly #values = new Map<PaxKey, Buffer>();
  /** Extended attributes by name; values byte for byte. */
  readonly xattrs = new Map<string, Buffer>();
  /** The regions of GNU.sparse 0.0: repeated offset and numbytes records, in order. */
  readonly regions: SparseRegion[] = [];
  #offset: number | undefined;

  /** Bytes of the values that are kept and of their keys. */
  get bytes(): number {
    let sum = 0;
    for (const [key, value] of this.#values) sum += key.length + value.length;
    return sum;
  }

  /** The record of a key, also an empty one, which takes a global value back. */
  get(key: PaxKey): PaxRecord | undefined {
    const value = this.#values.get(key);
    return value === undefined ? undefined : { key, value };
  }

  /** Takes a header over; a later one wins. */
  add(data: Buffer): void {
    parsePax(data, (key, value) => {
      if (known.has(key)) this.#values.set(key as PaxKey, value);
      else if (key.startsWith(xattrPrefix) && key.length > xattrPrefix.length) {
        this.xattrs.set(key.slice(xattrPrefix.length), value);
      } else if (key === 'GNU.sparse.offset') this.#offset = paxNumber({ key, value });
      else if (key === 'GNU.sparse.numbytes') this.#region(paxNumber({ key, value }));
    });
  }

  /**
   * Takes over what a global header says of all members after it. Its extended attributes and sparse maps are left
   * out: no tool writes them there, and a few bytes would cost each of a million members.
   */
  addGlobal(data: Buffer): void {
    parsePax(data, (key, value) => {
      // A copy: the header's other bytes are not to stay for as long as the archive is read.
      if (known.has(key) && !key.startsWith('GNU.')) this.#values.set(key as PaxKey, Buffer.from(value));
    });
  }

  #region(length: number): void {
    if (this.#offset === undefined) throw invalid('tar: a sparse region has a length but no offset');
    this.regions.push({ offset: this.#offset, length });
    this.#offset = undefined;
  }
}

/**
 * Parses a PAX extended header: records of "length key=value\n" where length counts itself
 * (POSIX pax, "pax Extended Header"). Values stay bytes: extended attributes are binary and
 * may hold newlines and "=". `take` gets them in order, as views of `data`.
 */
function parsePax(data: Buffer, take: (key: string, value: Buffer) => void): void {
  let at = 0;
  while (at < data.length) {
    // Some writers fill the block with NULs.
    if (data[at] === 0 && data.subarray(at).every((byte) => byte === 0)) break;
    const blank = data.subarray(at, at + 13).indexOf(0x20);
    const digits = blank < 0 ? '' : data.toString('latin1', at, at + blank);
    const length = /^[0-9]+$/.test(digits) ? Number(digits) : 0;
    const end = at + length;
    if (length < 5 || end > data.length || data[end - 1] !== 0x0a) throw invalid('tar: malformed PAX record');
    const start = at + blank + 1;
    const equals = data.subarray(start, end).indexOf(0x3d);
    if (equals < 1) throw invalid('tar: PAX record without a key');
    const key = data.toString('latin1', start, start + equals);
    if (key.includes('\0')) throw invalid('tar: NUL in the key of a PAX record');
    take(key, data.subarray(start + equals + 1, end - 1));
    at = end;
  }
}

interface Field {
  readonly key: string;
  readonly value: Buffer;
}

/** A path value as a byte string. */
export function paxPath(record: Field): string {
  const path = record.value.toString('latin1');
  if (path.includes('\0')) throw invalid(`tar: NUL in PAX ${record.key}: ${printable(path)}`);
  return path;
}

export function paxNumber(record: Field): number {
  const text = record.value.toString('latin1');
  const number = /^[0-9]{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(number)) throw invalid(`tar: PAX ${record.key} is no usable number: ${printable(text)}`);
  return number;
}

/** "seconds[.fraction]", maybe negative; what is finer than a nanosecond is cut off. */
export function paxTime(record: Field): TimeSpec {
  const text = record.value.toString('latin1');
  const match = /^(-?)([0-9]{1,15})(?:\.([0-9]*))?$/.exec(text);
  if (!match) throw invalid(`tar: PAX ${record.key} is no time: ${printable(text)}`);
  const seconds = Number(match[2]);
  const nanoseconds = Number((match[3] ?? '').slice(0, 9).padEnd(9, '0'));
  if (match[1] === '') return { seconds, nanoseconds };
  // Down from zero: -1.25 is -2 seconds and 0.75 on.
  return nanoseconds === 0
    ? { seconds: -seconds, nanoseconds: 0 }
    : { seconds: -seconds - 1, nanoseconds: 1e9 - nanoseconds };
}
