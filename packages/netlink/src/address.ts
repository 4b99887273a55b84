/** Whether an address, with or without a prefix length, is one of IPv6 and not of IPv4. */
export const isV6 = (address: string): boolean => address.includes(':');

/** The address family of an address: AF_INET or AF_INET6. */
export const familyOf = (address: string): 2 | 10 => (isV6(address) ? 10 : 2);

/** The 4 or 16 bytes of an address that `net.isIP` accepts, without a zone. */
export function addressBytes(address: string): Buffer {
  if (!isV6(address)) return Buffer.from(address.split('.').map(Number));
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const text = dotted
    ? `${dotted[1]}${hex16(Number(dotted[2]), Number(dotted[3]))}:${hex16(Number(dotted[4]), Number(dotted[5]))}`
    : address;
  const [head = [], tail] = text.split('::').map((half) => (half === '' ? [] : half.split(':')));
  const zeros = Array<string>(Math.max(0, 8 - head.length - (tail?.length ?? 0))).fill('0');
  const groups = tail === undefined ? head : [...head, ...zeros, ...tail];
  const out = Buffer.alloc(16);
  for (const [index, group] of groups.entries()) out.writeUInt16BE(Number.parseInt(group, 16), 2 * index);
  return out;
}

const hex16 = (high: number, low: number): string => ((high << 8) | low).toString(16);

/** An address as Go's net.IP and RFC 5952 write it. */
export function addressText(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(2 * index));
  // The first of the longest runs of two or more zero groups becomes "::" (RFC 5952, section 4.2).
  let [start, length] = [0, 1];
  for (let from = 0; from < 8; from++) {
    let run = 0;
    while (groups[from + run] === 0) run++;
    if (run > length) [start, length] = [from, run];
  }
  const words = groups.map((group) => group.toString(16));
  if (length < 2) return words.join(':');
  return `${words.slice(0, start).join(':')}::${words.slice(start + length).join(':')}`;
}

/** The address with the bits after the prefix cleared. */
export function networkOf(bytes: Buffer, prefixLength: number): Buffer {
  return Buffer.from(bytes.map((byte, index) => byte & maskByte(prefixLength, index)));
}

/** The address with the bits after the prefix set: the broadcast address of an IPv4 network. */
export function lastOf(bytes: Buffer, prefixLength: number): Buffer {
  return Buffer.from(bytes.map((byte, index) => (byte | ~maskByte(prefixLength, index)) & 0xff));
}

function maskByte(prefixLength: number, index: number): number {
  const bits = Math.max(0, Math.min(8, prefixLength - 8 * index));
  return (0xff00 >> bits) & 0xff;
}

/** `02:00:00:00:00:01` of its bytes. */
export function macText(bytes: Buffer): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(':');
}

export function macBytes(mac: string): Buffer {
  return Buffer.from(mac.split(':').map((byte) => Number.parseInt(byte, 16)));
}
