/** A JSON token, or the white space before it (RFC 8259); sticky, so that it is tried where the last one ended. */
const token =
  /[ \t\r\n]+|[{}[\]:,]|"(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])|(?:true|false|null)(?!\w)/y;

/**
 * Where a text stops being JSON, as 1-based line and column; V8's own messages name no position
 * in many cases. Only for texts that `JSON.parse` has refused.
 */
export function errorPosition(text: string): { line: number; column: number } {
  const offset = errorOffset(text);
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

function errorOffset(text: string): number {
  /** The open brackets. */
  const open: string[] = [];
  /** The expected token: a value, a value or `]`, a key, a key or `}`, a colon, a comma or a closing bracket. */
  let expect: 'value' | 'firstItem' | 'key' | 'firstKey' | 'colon' | 'next' = 'value';
  let at = 0;
  while (at < text.length) {
    token.lastIndex = at;
    const found = token.exec(text)?.[0];
    if (found === undefined) return at;
    if (found.trim() !== '') {
      const next = step(found, expect, open);
      if (next === undefined) return at;
      expect = next;
    }
    at += found.length;
  }
  return at;

  function step(found: string, state: typeof expect, brackets: string[]): typeof expect | undefined {
    const closes = found === '}' ? '{' : found === ']' ? '[' : undefined;
    if (closes !== undefined) {
      const allowed = state === 'next' || state === (closes === '{' ? 'firstKey' : 'firstItem');
      return allowed && brackets.pop() === closes ? 'next' : undefined;
    }
    switch (state) {
      case 'key':
      case 'firstKey':
        return found.startsWith('"') ? 'colon' : undefined;
      case 'colon':
        return found === ':' ? 'value' : undefined;
      case 'next':
        if (found !== ',' || brackets.length === 0) return undefined;
        return brackets.at(-1) === '{' ? 'key' : 'value';
      default:
        if (found === '{' || found === '[') {
          brackets.push(found);
          return found === '{' ? 'firstKey' : 'firstItem';
        }
        return found === ',' || found === ':' ? undefined : 'next';
    }
  }
}
