/** How many bits of HPACK's first byte hold the number, for each representation (RFC 7541, section 6). */
const INDEXED = 7;
const LITERAL_INDEXED = 6;
const TABLE_SIZE = 5;
const LITERAL = 4;
/** `:authority` in the static table (RFC 7541, appendix A). */
const AUTHORITY = 1;

/**
 * Characters that an authority may not have, and their replacements: as long plain and in Huffman's code (`code`, of `bits` bits), and
 * other in the last bits of that code (`flips`). A dot is 010111, a dollar 1111111111001.
 */
const substitutes = [
  { byte: 0x2f, by: 0x2e, code: 0b011000, bits: 6, flips: 0b1111 },
  { byte: 0x40, by: 0x24, code: 0b1111111111010, bits: 13, flips: 0b11 },
] as const;
/**
 * By the code's length in bits: codes below are symbols of that length (RFC 7541, appendix B, which is canonical).
 * Longer codes stand for nothing that a path has.
 */
const codesEnd = [0, 0, 0, 0, 0, 0x0a, 0x2e, 0x7c, 0xfe, 0x1fc, 0x3fd, 0x7fd, 0xffc, 0x1ffe, 0x3ffe, 0x7fff];

/**
 * Makes the authority of a header block one that HTTP allows, in place: each slash becomes a dot, each @ a dollar.
 *
 * Clients on grpc-go before 1.57 (kubelets before 1.29, their crictl) send the path of the unix socket as `:authority`.
 * nghttp2 refuses that, as RFC 3986 section 3.2 has no slash in an authority, and Node has no setting for it. From 1.69
 * (Node 22.23, 24, 26) it refuses @ as well, which RFC 9113 section 8.3.1 forbids and a path may have.
 * Nothing reads the authority behind a unix socket, and the substitutes have the same length: neither the frame's length
 * nor the sizes in HPACK's dynamic table (RFC 7541, section 4.1) change.
 *
 * @param block a header block, or the start of one; one that is cut off or wrong is left to HTTP/2's own reader
 */
export function mendAuthority(block: Buffer): void {
  let at = 0;
  // Past the end all reads as 0, which ends every loop.
  const number = (bits: number): number => {
    const most = 2 ** bits - 1;
    let value = (block[at++] ?? 0) & most;
    if (value < most) return value;
    let byte: number;
    let unit = 1;
    do {
      byte = block[at++] ?? 0;
      value += (byte & 0x7f) * unit;
      unit *= 0x80;
    } while (byte & 0x80);
    return value;
  };
  const string = (): { huffman: boolean; from: number; to: number } => {
    const huffman = ((block[at] ?? 0) & 0x80) !== 0;
    const length = number(7);
    const from = at;
    at += length;
    return { huffman, from, to: Math.min(at, block.length) };
  };
  while (at < block.length) {
    const first = block[at] as number;
    if (first & 0x80) {
      number(INDEXED);
    } else if ((first & 0xe0) === 0x20) {
      number(TABLE_SIZE);
    } else {
      const name = number(first & 0x40 ? LITERAL_INDEXED : LITERAL);
      if (name === 0) string();
      const { huffman, from, to } = string();
      if (name === AUTHORITY) {
        if (huffman) mendHuffman(block, from, to);
        else mendPlain(block, from, to);
      }
    }
  }
}

function mendPlain(bytes: Buffer, from: number, to: number): void {
  for (let at = from; at < to; at++) {
    const substitute = substitutes.find(({ byte }) => byte === bytes[at]);
    if (substitute) bytes[at] = substitute.by;
  }
}

function mendHuffman(bytes: Buffer, from: number, to: number): void {
  let code = 0;
  let length = 0;
  for (let bit = from * 8; bit < to * 8; bit++) {
    code = (code << 1) | (((bytes[bit >> 3] as number) >> (7 - (bit & 7))) & 1);
    length++;
    const end = codesEnd[length];
    if (end === undefined) return;
    if (code >= end) continue;
    const found = substitutes.find((one) => one.bits === length && one.code === code);
    if (found) flip(bytes, bit, found.flips);
    code = 0;
    length = 0;
  }
}

/** Flips bits of which the last one is the `last`th of all. */
function flip(bytes: Buffer, last: number, mask: number): void {
  for (let at = last, rest = mask; rest > 0; at--, rest >>= 1) {
    if (rest & 1) bytes[at >> 3] = (bytes[at >> 3] as number) ^ (0x80 >> (at & 7));
  }
}
