/** Messages that are answered again, and their bytes once somebody was answered. */
const kept = new WeakMap<object, Buffer | undefined>();

/**
 * Makes a function of a list remember its answer for as long as the list is the same array, as records tables answer
 * while nothing changed; the server keeps the answer's bytes, too. A kubelet that lists each second costs one small
 * read then. The answer must not be changed.
 */
export function answerOnce<T, A extends object>(make: (list: readonly T[]) => A): (list: readonly T[]) => A {
  const answers = new WeakMap<readonly T[], A>();
  return (list) => {
    const known = answers.get(list);
    if (known) return known;
    const answer = make(list);
    answers.set(list, answer);
    kept.set(answer, undefined);
    return answer;
  };
}

/** The bytes of a message: those of one that is answered again are encoded once. */
export function encodeAnswer(message: object, encode: (message: object) => Uint8Array): Buffer {
  const known = kept.get(message);
  if (known) return known;
  const bytes = encode(message);
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (kept.has(message)) kept.set(message, buffer);
  return buffer;
}
