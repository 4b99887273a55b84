/** Items a message of a Stream* RPC. Each of the largest, a pod's metrics apart, stays below a few KB. */
const BATCH = 100;

/** Cuts a list into pieces, each item once; an empty list has none. */
export function* batches<T>(items: readonly T[], size = BATCH): Generator<T[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}
