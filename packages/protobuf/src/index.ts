export type { Codec, Init, Reader, Writer } from './codec.js';
export { defineCodec, EMPTY, mapEntries, readEntry, withEncoded } from './codec.js';
export { fromLong, fromULong, toLong, toULong } from './int64.js';
