/** Bytes of UTF-8 that a text of an error may have: gRPC carries it in a header, and every log line in full. */
export const maxErrorBytes = 4096;

/**
 * A text of at most `most` bytes of well-formed UTF-8. Of a longer one the beginning and the end stay: what failed
 * stands in one of them. Half a surrogate pair, which no encoder of a gRPC status takes, becomes U+FFFD.
 */
export function cutText(text: string, most = maxErrorBytes): string {
  if (text.length <= most) {
    const whole = /\p{Surrogate}/u.test(text) ? Buffer.from(text).toString() : text;
    if (whole.length * 3 <= most || Buffer.byteLength(whole) <= most) return whole;
  }
  const mark = ` … (cut: ${text.length} characters) … `;
  const room = Math.max(0, most - Buffer.byteLength(mark));
  const head = Math.ceil(room * 0.7);
  return `${headOf(text, head)}${mark}${tailOf(text, room - head)}`;
}

function headOf(text: string, bytes: number): string {
  const all = Buffer.from(text.slice(0, bytes));
  let end = Math.min(bytes, all.length);
  while (end > 0 && isContinued(all, end)) end--;
  return all.toString('utf8', 0, end);
}

function tailOf(text: string, bytes: number): string {
  if (bytes === 0) return '';
  const all = Buffer.from(text.slice(-bytes));
  let start = Math.max(0, all.length - bytes);
  while (isContinued(all, start)) start++;
  return all.toString('utf8', start);
}

/** Whether the byte at `at` belongs to the character before it. */
function isContinued(bytes: Buffer, at: number): boolean {
  return at < bytes.length && ((bytes[at] as number) & 0xc0) === 0x80;
}
