import protobuf from 'protobufjs/minimal.js';
import Long from 'long';

// Without Long the Reader would answer numbers, which are wrong beyond 2^53.
protobuf.util.Long = Long;
protobuf.configure();

export type Reader = protobuf.Reader;
export type Writer = protobuf.Writer;

type Scalar = string | number | bigint | boolean | Uint8Array | undefined | null;

/** A message with any field left out: what one writes down to make or encode it. */
export type Init<T> = T extends Scalar
  ? T
  : T extends (infer Item)[]
    ? Init<Item>[]
    : { [K in keyof T]?: Init<T[K]> | undefined };

/** Bytes to plain objects and back, for one message type. */
export interface Codec<T> {
  /** Full name, for example `runtime.v1.Mount`. */
  readonly name: string;
  /** A whole message: what `init` leaves out gets proto3's default. Nested messages are copied. */
  create(init?: Init<T>): T;
  encode(message: Init<T>): Uint8Array;
  /** @throws RangeError on truncated or malformed bytes */
  decode(bytes: Uint8Array): T;
  /** Appends the fields to a writer; for generated code. */
  write(message: Init<T>, writer: Writer): Writer;
  /** Reads `length` bytes from a reader; for generated code. */
  read(reader: Reader, length: number): T;
}

/** The shared default of `bytes` fields. Never written to. */
export const EMPTY: Uint8Array = new Uint8Array(0);

/** Bytes from which on a message is not copied out of its writer, and the next one of its type begins with as much room. */
const LARGE = 64 << 10;

/** Where a message has fields that are encoded already. */
const encodedFields: unique symbol = Symbol('encoded fields');

/**
 * A message, only for encoding, some of whose fields are `bytes` already: those that many messages share are encoded
 * once. The other fields are written behind them, so that the items of a repeated field come after those in `bytes`.
 */
export function withEncoded<T extends object>(bytes: Uint8Array, others: T = {} as T): T {
  return Object.assign(others, { [encodedFields]: bytes });
}

/** Adds `encode` and `decode` to what is generated for a message. */
export function defineCodec<T>(parts: Pick<Codec<T>, 'name' | 'create' | 'write' | 'read'>): Codec<T> {
  let expected = 0;
  const write: Codec<T>['write'] = (message, writer) => {
    const { [encodedFields]: bytes } = message as { [encodedFields]?: Uint8Array };
    if (bytes) writer.raw(bytes);
    return parts.write(message, writer);
  };
  return {
    ...parts,
    write,
    encode(message) {
      const writer = protobuf.Writer.create();
      // Lists are about as long as the last time: without it the room is doubled, and copied, up to their size.
      if (expected > 0) writer.buf = Buffer.allocUnsafe(expected);
      write(message, writer);
      const large = writer.pos > LARGE;
      expected = large ? writer.pos + (writer.pos >> 4) : 0;
      return writer.finish(large);
    },
    decode(bytes) {
      const reader = protobuf.Reader.create(bytes);
      return parts.read(reader, reader.len);
    },
  };
}

/** Reads one entry of a map field with string keys into `into`. */
export function readEntry<V>(reader: Reader, into: Record<string, V>, value: () => V, zero: V): void {
  const end = reader.uint32() + reader.pos;
  let key = '';
  let item = zero;
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === 10) key = reader.string();
    else if (tag >>> 3 === 2) item = value();
    else reader.skipType(tag & 7);
  }
  // A key like "__proto__" must become an entry, not the object's prototype.
  Object.defineProperty(into, key, { value: item, enumerable: true, writable: true, configurable: true });
}

/** A copy of a map field whose values are messages. */
export function mapEntries<V>(
  from: Record<string, Init<V> | undefined> | undefined,
  create: (init?: Init<V>) => V,
): Record<string, V> {
  const into: Record<string, V> = {};
  for (const [key, value] of Object.entries(from ?? {})) into[key] = create(value);
  return into;
}
