import { createHash } from 'node:crypto';

/** The bytes behind a record's own, in Redis and in its file. */
export interface Seal {
  /** In which format the record is: {@link recordFormat} for those that this version writes. */
  format: number;
  /** Raised by each change of the record: of two copies the one with the higher revision is the newer. 0 without a seal. */
  revision: bigint;
  /** In which run of the kernel it was written, as 32 hex digits; empty without a seal. */
  boot: string;
}

/**
 * The newest format of records that this version reads, and the one that it writes. A version raises it when one before
 * would read a record wrong: it leaves records of formats that it does not know as they are and refuses to work with them.
 * Fields that an older version can do without need no new format.
 */
export const recordFormat = 1;

/**
 * A seal is a field of the record's protobuf message that no schema has, so that who does not know of it skips it:
 *
 *   0xfa 0x7f      field 2047, bytes (records.proto keeps the number free)
 *   0x20           their length
 *   1 byte         format, less one
 *   7 bytes        revision, big-endian
 *   16 bytes       boot id
 *   8 bytes        the first ones of the SHA-256 of all bytes before them
 */
const HEAD = Buffer.from([0xfa, 0x7f, 0x20]);
const SUM = 8;
/** The bits of the number that are the revision: microseconds of this century need fifty-one. */
const REVISION = (1n << 56n) - 1n;
const LENGTH = HEAD.length + 8 + 16 + SUM;

/** The record's bytes with their seal. */
export function seal(record: Uint8Array, { format, revision, boot }: Seal): Buffer {
  const bytes = Buffer.alloc(record.length + LENGTH);
  bytes.set(record);
  let at = record.length;
  bytes.set(HEAD, at);
  at += HEAD.length;
  bytes.writeBigUInt64BE(revision, at);
  bytes.writeUInt8(format - 1, at);
  bytes.set(Buffer.from(boot.padStart(32, '0'), 'hex'), at + 8);
  bytes.set(sumOf(bytes), bytes.length - SUM);
  return bytes;
}

/**
 * The seal of a record. A record without one, as earlier versions wrote them, has revision 0.
 * @throws Error when the bytes are not those that were sealed
 */
export function readSeal(bytes: Buffer): Seal {
  const at = bytes.length - LENGTH;
  if (at < 0 || !bytes.subarray(at, at + HEAD.length).equals(HEAD)) return { format: 1, revision: 0n, boot: '' };
  if (!sumOf(bytes).equals(bytes.subarray(bytes.length - SUM))) throw new Error('its checksum is another one');
  const fields = at + HEAD.length;
  return {
    format: bytes.readUInt8(fields) + 1,
    revision: bytes.readBigUInt64BE(fields) & REVISION,
    boot: bytes.subarray(fields + 8, fields + 24).toString('hex'),
  };
}

/** Higher than the one before, and than those of earlier records of the same id that are forgotten by now. */
export function nextRevision(before: bigint): bigint {
  const now = BigInt(Date.now()) * 1000n;
  return before >= now ? before + 1n : now;
}

function sumOf(bytes: Buffer): Buffer {
  return createHash('sha256')
    .update(bytes.subarray(0, bytes.length - SUM))
    .digest()
    .subarray(0, SUM);
}
