import type { Findings } from '../finding.js';
import { isTree, type Tree } from '../root.js';

/** Knowledge about another runtime's settings. Paths are dotted; a `*` means one name. */
export interface KnownSettings {
  /** Looked at elsewhere, with all below them. */
  readonly handled: readonly string[];
  /** Values of the runtime's own default file: nobody has chosen them. */
  readonly defaults: Readonly<Record<string, readonly unknown[]>>;
  /** The consequence where it is set, and the remedy. */
  readonly reasons: Readonly<Record<string, readonly [why: string, todo: string]>>;
}

const fallback = [
  'Slipway has no setting for it',
  'find out who set it and for what, before the node is moved',
] as const;

/**
 * Names every setting of a tree that is neither looked at elsewhere, nor carried over, nor a default: whoever chose it
 * must know.
 */
export function tellUncarried(
  findings: Findings,
  file: string,
  tree: Tree,
  known: KnownSettings,
  carried: readonly string[] = [],
): void {
  const handled = [...known.handled, ...carried].map(pattern);
  const reasons = Object.entries(known.reasons).map(([path, reason]) => [pattern(path), reason] as const);
  const defaults = Object.entries(known.defaults).map(([path, values]) => [pattern(path), values] as const);
  for (const [path, value] of leaves(tree, '')) {
    if (isUnset(value) || handled.some((one) => one.test(path))) continue;
    const same = (values: readonly unknown[]): boolean =>
      values.some((one) => JSON.stringify(one) === JSON.stringify(value));
    if (defaults.some(([one, values]) => one.test(path) && same(values))) continue;
    const [why, todo] = reasons.find(([one]) => one.test(path))?.[1] ?? fallback;
    findings.warning(`${file}: ${path} = ${shown(value)} is not carried over`, why, todo);
  }
}

function pattern(path: string): RegExp {
  const parts = path.split('.').map((part) => (part === '*' ? '[^.]+' : part.replace(/[$()+?[\]^{|}]/g, '\\$&')));
  return new RegExp(`^${parts.join('\\.')}(\\.|$)`);
}

function* leaves(tree: Tree, prefix: string): Generator<[path: string, value: unknown]> {
  for (const [key, value] of Object.entries(tree)) {
    const path = prefix === '' ? key : `${prefix}.${key}`;
    if (isTree(value)) yield* leaves(value, path);
    else yield [path, value];
  }
}

/** As runtimes write what is not set. */
function isUnset(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return value === '' || value === false || value === 0 || value === 0n || value === null || value === undefined;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value, (_key, one: unknown) => (typeof one === 'bigint' ? Number(one) : one));
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}
