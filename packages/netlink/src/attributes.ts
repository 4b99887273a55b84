// Numbers are in the machine's order, which is little-endian on the architectures that this runs on (amd64, arm64).

const NLA_F_NESTED = 0x8000;
const NLA_TYPE_MASK = 0x3fff;
const headerBytes = 4;

export const align = (size: number): number => (size + 3) & ~3;

export const u8 = (value: number): Buffer => Buffer.from([value]);

export function u16(value: number): Buffer {
  const out = Buffer.alloc(2);
  out.writeUInt16LE(value);
  return out;
}

export function u32(value: number): Buffer {
  const out = Buffer.alloc(4);
  out.writeUInt32LE(value >>> 0);
  return out;
}

/** A string with the NUL that the kernel wants after it. */
export const cString = (text: string): Buffer => Buffer.from(`${text}\0`);

/** struct nlattr (linux/netlink.h): u16 length with these four bytes, u16 type, the value, padded to four bytes. */
export function attribute(type: number, ...value: Buffer[]): Buffer {
  const data = Buffer.concat(value);
  const out = Buffer.alloc(align(headerBytes + data.length));
  out.writeUInt16LE(headerBytes + data.length);
  out.writeUInt16LE(type, 2);
  data.copy(out, headerBytes);
  return out;
}

/** An attribute of attributes. */
export const nested = (type: number, ...attributes: Buffer[]): Buffer => attribute(type | NLA_F_NESTED, ...attributes);

/** The attributes of a message or of another attribute by type; of one that comes several times the last. */
export function parseAttributes(data: Buffer): Map<number, Buffer> {
  const found = new Map<number, Buffer>();
  for (let at = 0; at + headerBytes <= data.length; ) {
    const length = data.readUInt16LE(at);
    if (length < headerBytes || at + length > data.length) break;
    found.set(data.readUInt16LE(at + 2) & NLA_TYPE_MASK, data.subarray(at + headerBytes, at + length));
    at += align(length);
  }
  return found;
}

/** The text of an attribute that ends with a NUL. */
export const textOf = (value: Buffer | undefined): string => (value ?? '').toString('utf8').replace(/\0.*$/s, '');
