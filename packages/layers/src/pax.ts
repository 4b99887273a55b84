import { invalid, printable, type TimeSpec } from './tar-header.js';

/** One record of a PAX extended header; an empty value takes the key back. */
export interface PaxRecord {
  readonly key: string;
  readonly value: Buffer;
}

/**
 * Parses a PAX extended header: records of "length key=value\n" where length counts itself
 * (POSIX pax, "pax Extended Header"). Values stay bytes: extended attributes are binary and
 * may hold newlines and "=". Order and repeated keys are kept, which GNU.sparse 0.0 needs.
 */
export function parsePax(data: Buffer): PaxRecord[] {
  const records: PaxRecord[] = [];
  let at = 0;
  while (at < data.length) {
    // Some writers fill the block with NULs.
    if (data[at] === 0 && data.subarray(at).every((byte) => byte === 0)) break;
    const blank = data.indexOf(0x20, at);
    const digits = blank < 0 ? '' : data.toString('latin1', at, Math.min(blank, at + 12));
    const length = /^[0-9]+$/.test(digits) ? Number(digits) : 0;
    const end = at + length;
    if (length < 5 || end > data.length || data[end - 1] !== 0x0a) throw invalid('tar: malformed PAX record');
    const equals = data.indexOf(0x3d, blank + 1);
    if (equals <= blank + 1 || equals >= end) throw invalid('tar: PAX record without a key');
    const key = data.toString('latin1', blank + 1, equals);
    if (key.includes('\0')) throw invalid('tar: NUL in the key of a PAX record');
    records.push({ key, value: Buffer.from(data.subarray(equals + 1, end - 1)) });
    at = end;
  }
  return records;
}

/** A path value as a byte string. */
export function paxPath(record: PaxRecord): string {
  const path = record.value.toString('latin1');
  if (path.includes('\0')) throw invalid(`tar: NUL in PAX ${record.key}: ${printable(path)}`);
  return path;
}

export function paxNumber(record: PaxRecord): number {
  const text = record.value.toString('latin1');
  const number = /^[0-9]{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(number)) throw invalid(`tar: PAX ${record.key} is no usable number: ${printable(text)}`);
  return number;
}

/** "seconds[.fraction]", maybe negative; what is finer than a nanosecond is cut off. */
export function paxTime(record: PaxRecord): TimeSpec {
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
