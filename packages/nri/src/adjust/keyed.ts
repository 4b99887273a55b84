import type { Claims, Field } from './claims.js';

/** A leading dash of a key takes the entry away (NRI pkg/api helpers). */
export function removedKey(key: string): string | undefined {
  return key.startsWith('-') ? key.slice(1) : undefined;
}

/** The merged entries so far, and the container as later plugins see it. */
export interface Lists<A, V> {
  adjust: A[];
  view: V[];
}

export interface Keyed<A, V> {
  field: Field;
  container: string;
  keyOf(this: void, item: A): string;
  viewKeyOf(this: void, item: V): string;
  toView(this: void, item: A): V;
}

/**
 * Merges a plugin's entries of a keyed list. Its removals come first: an entry that it removes and adds
 * again is its own from then on.
 */
export function mergeKeyed<A, V>(
  kind: Keyed<A, V>,
  wanted: readonly A[],
  lists: Lists<A, V>,
  claims: Claims,
  plugin: string,
): void {
  const { field, container, keyOf, viewKeyOf } = kind;
  const additions = new Map<string, A>();
  for (const item of wanted) {
    const key = removedKey(keyOf(item));
    if (key === undefined) {
      additions.set(keyOf(item), item);
      continue;
    }
    claims.clear(container, field, key);
    lists.adjust = lists.adjust.filter((other) => (removedKey(keyOf(other)) ?? keyOf(other)) !== key);
    lists.view = lists.view.filter((other) => viewKeyOf(other) !== key);
    lists.adjust.push(item);
  }
  for (const [key, item] of additions) {
    claims.claim(container, field, key, plugin);
    lists.adjust = lists.adjust.filter((other) => keyOf(other) !== key);
    lists.view = lists.view.filter((other) => viewKeyOf(other) !== key);
    lists.adjust.push(item);
    lists.view.push(kind.toView(item));
  }
}

/** Applies a keyed list to what there is: removals, then additions, which replace what has the same key. */
export function applyKeyed<A, V>(
  entries: readonly A[],
  current: readonly V[],
  { keyOf, viewKeyOf, toView }: Pick<Keyed<A, V>, 'keyOf' | 'viewKeyOf' | 'toView'>,
): V[] {
  const additions = new Map<string, A>();
  const removed = new Set<string>();
  for (const entry of entries) {
    const key = removedKey(keyOf(entry));
    if (key === undefined) additions.set(keyOf(entry), entry);
    else removed.add(key);
  }
  const kept: V[] = [];
  for (const item of current) {
    const key = viewKeyOf(item);
    const addition = additions.get(key);
    // A replaced entry keeps its place because the order of mounts and variables can matter.
    if (addition !== undefined && additions.delete(key)) kept.push(toView(addition));
    else if (!removed.has(key)) kept.push(item);
  }
  return [...kept, ...[...additions.values()].map(toView)];
}
