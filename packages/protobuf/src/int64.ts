import Long from 'long';

/** The value of a 64-bit field from protobufjs' Reader. */
type Int64 = number | { low: number; high: number; unsigned?: boolean };

/** The value of a 64-bit field for the wire library: exact numbers cost it a fraction of objects. */
type Wide = number | Long;

/** A signed 64-bit value as the wire library wants it. */
export function toLong(value: bigint | number): Wide {
  return exactNumber(value) ?? toBits(BigInt(value), false);
}

/** An unsigned 64-bit value as the wire library wants it. */
export function toULong(value: bigint | number): Wide {
  const small = exactNumber(value);
  return small !== undefined && small >= 0 ? small : toBits(BigInt(value), true);
}

/** A signed 64-bit value off the wire, exact over the whole range. */
export function fromLong(value: Int64): bigint {
  if (typeof value === 'number') return BigInt(value);
  // Within 2^53, where numbers are exact, one conversion is enough.
  if (value.high >= -0x200000 && value.high < 0x200000) return BigInt(value.high * 0x100000000 + (value.low >>> 0));
  bits.setInt32(0, value.high);
  bits.setInt32(4, value.low);
  return bits.getBigInt64(0);
}

/** An unsigned 64-bit value off the wire, exact over the whole range. */
export function fromULong(value: Int64): bigint {
  const wide = fromLong(value);
  return wide < 0n ? BigInt.asUintN(64, wide) : wide;
}

function exactNumber(value: bigint | number): number | undefined {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : undefined;
}

/** Where a bigint is taken apart and put together. */
const bits = new DataView(new ArrayBuffer(8));

function toBits(wide: bigint, unsigned: boolean): Long {
  bits.setBigInt64(0, wide);
  return Long.fromBits(bits.getInt32(4), bits.getInt32(0), unsigned);
}
