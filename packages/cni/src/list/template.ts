import { isIPv6 } from 'node:net';
import { SlipwayError } from '@slipway/errors';

/** Values that a template of a CNI list can name, as in containerd's `conf_template`. */
interface TemplateData {
  /** The first of the pod CIDRs. */
  PodCIDR: string;
  PodCIDRRanges: readonly string[];
  /** The default route of each CIDR's family. */
  Routes: readonly string[];
}

type Scope = Record<string, string | number>;
type Node =
  | { kind: 'text'; text: string }
  | { kind: 'value'; name: string }
  | { kind: 'range'; list: 'PodCIDRRanges' | 'Routes'; index: string; item: string; body: Node[]; otherwise: Node[] }
  | { kind: 'if'; name: string; body: Node[]; otherwise: Node[] };

const known = '.PodCIDR, .PodCIDRRanges, .Routes, range, if, else, end';
const dot = '.';

/**
 * Fills in a template of a CNI list. It knows the part of Go's text/template that such templates use: `{{.PodCIDR}}`,
 * `{{range $i, $range := .PodCIDRRanges}}`, `.Routes`, `{{if $i}}`, `{{else}}`, `{{end}}`, `{{-` and `-}}`, comments.
 * @param podCidrs at least one, each valid
 * @throws INVALID_CONFIG naming the line of what it does not know
 */
export function renderTemplate(template: string, podCidrs: readonly string[]): string {
  const data: TemplateData = {
    PodCIDR: podCidrs[0] ?? '',
    PodCIDRRanges: podCidrs,
    Routes: podCidrs.map((cidr) => (isIPv6(cidr.replace(/\/.*/, '')) ? '::/0' : '0.0.0.0/0')),
  };
  return render(new Parser(template).parse(), data, {});
}

function render(nodes: readonly Node[], data: TemplateData, scope: Scope): string {
  return nodes
    .map((node) => {
      if (node.kind === 'text') return node.text;
      if (node.kind === 'value') return String(lookUp(node.name, data, scope));
      if (node.kind === 'if') {
        const value = lookUp(node.name, data, scope);
        return render(value && value.length !== 0 ? node.body : node.otherwise, data, scope);
      }
      const items = data[node.list];
      if (items.length === 0) return render(node.otherwise, data, scope);
      const inner = (item: string, at: number): Scope => ({
        ...scope,
        [dot]: item,
        [node.index]: at,
        [node.item]: item,
      });
      return items.map((item, at) => render(node.body, data, inner(item, at))).join('');
    })
    .join('');
}

function lookUp(name: string, data: TemplateData, scope: Scope): string & readonly string[] {
  return (scope[name] ?? data[name.slice(1) as keyof TemplateData] ?? '') as string & readonly string[];
}

class Parser {
  readonly #parts: { text: string; action: boolean; line: number }[] = [];
  #at = 0;

  constructor(template: string) {
    let end = 0;
    for (const match of template.matchAll(/(?:\s*\{\{-(?=\s)|\{\{)([^]*?)(?:(?<=\s)-\}\}\s*|\}\})/g)) {
      const line = template.slice(0, match.index).split('\n').length;
      this.#parts.push({ text: template.slice(end, match.index), action: false, line });
      this.#parts.push({ text: match[1]?.trim() ?? '', action: true, line });
      end = match.index + match[0].length;
    }
    this.#parts.push({ text: template.slice(end), action: false, line: 0 });
  }

  parse(): Node[] {
    const nodes = this.#body(new Set());
    const rest = this.#parts[this.#at];
    if (rest) throw unknown(rest.text, rest.line);
    return nodes;
  }

  /** Up to `else`, `end` or the end of all. */
  #body(variables: ReadonlySet<string>): Node[] {
    const nodes: Node[] = [];
    for (; this.#at < this.#parts.length; this.#at++) {
      const { text, action, line } = this.#parts[this.#at] as { text: string; action: boolean; line: number };
      if (!action) nodes.push({ kind: 'text', text });
      else if (text === 'else' || text === 'end') return nodes;
      else if (!text.startsWith('/*')) nodes.push(this.#action(text, line, variables));
    }
    return nodes;
  }

  #action(text: string, line: number, variables: ReadonlySet<string>): Node {
    const name = (word: string | undefined): string => {
      if (word && (variables.has(word) || word === '.PodCIDR')) return word;
      throw unknown(text, line);
    };
    const range = /^range\s+(?:(?:(\$\w+)\s*,\s*)?(\$\w+)\s*:=\s*)?\.(PodCIDRRanges|Routes)$/.exec(text);
    if (range) {
      const [, index = '', item = '', list] = range;
      const own = new Set([...variables, dot, ...[index, item].filter(Boolean)]);
      return { kind: 'range', list: list as 'Routes', index, item, ...this.#block(text, line, own, variables) };
    }
    const condition = /^if\s+(\S+)$/.exec(text)?.[1];
    if (condition !== undefined) {
      const list = condition === '.PodCIDRRanges' || condition === '.Routes';
      return { kind: 'if', name: list ? condition : name(condition), ...this.#block(text, line, variables, variables) };
    }
    return { kind: 'value', name: name(text) };
  }

  #block(
    text: string,
    line: number,
    inner: ReadonlySet<string>,
    outer: ReadonlySet<string>,
  ): { body: Node[]; otherwise: Node[] } {
    this.#at++;
    const body = this.#body(inner);
    let otherwise: Node[] = [];
    if (this.#parts[this.#at]?.text === 'else') {
      this.#at++;
      otherwise = this.#body(outer);
    }
    if (this.#parts[this.#at]?.text === 'end') return { body, otherwise };
    throw new SlipwayError('INVALID_CONFIG', `line ${line}: {{${text}}} has no {{end}}`);
  }
}

function unknown(text: string, line: number): SlipwayError {
  return new SlipwayError('INVALID_CONFIG', `line ${line}: {{${text}}} is not understood`, {
    hint: `a template of a CNI list knows ${known}`,
  });
}
