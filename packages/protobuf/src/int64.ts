import Long from 'long';

/** What protobufjs' Reader answers for a 64-bit field. */
type Int64 = number | { low: number; high: number; unsigned?: boolean };

/** A signed 64-bit value as the wire library wants it. */
export function toLong(value: bigint | number): Long {
  const wide = BigInt(value);
  return Long.fromBits(Number(BigInt.asIntN(32, wide)), Number(BigInt.asIntN(32, wide >> 32n)), false);
}

/** An unsigned 64-bit value as the wire library wants it. */
export function toULong(value: bigint | number): Long {
  const wide = BigInt(value);
  return Long.fromBits(Number(BigInt.asIntN(32, wide)), Number(BigInt.asIntN(32, wide >> 32n)), true);
}

/** A signed 64-bit value off the wire, exact over the whole range. */
export function fromLong(value: Int64): bigint {
  if (typeof value === 'number') return BigInt(value);
  return (BigInt(value.high) << 32n) | BigInt(value.low >>> 0);
}

/** An unsigned 64-bit value off the wire, exact over the whole range. */
export function fromULong(value: Int64): bigint {
  return BigInt.asUintN(64, fromLong(value));
}
