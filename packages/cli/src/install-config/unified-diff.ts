const around = 3;

interface Line {
  mark: ' ' | '-' | '+';
  text: string;
}

/**
 * A unified diff of two texts, as `diff -u` prints it; empty where they are the same. For files of some thousand lines:
 * time and memory are their product. @param before undefined: the file is not there yet
 */
export function unifiedDiff(path: string, before: string | undefined, after: string): string {
  const lines = compared(linesOf(before ?? ''), linesOf(after));
  if (lines.every(({ mark }) => mark === ' ')) return '';
  const out = [`--- ${before === undefined ? '/dev/null' : path}`, `+++ ${path}`];
  for (const [from, to] of hunks(lines)) {
    const part = lines.slice(from, to);
    const start = (mark: '-' | '+'): number => lines.slice(0, from).filter((one) => one.mark !== mark).length + 1;
    const count = (mark: '-' | '+'): number => part.filter((one) => one.mark !== mark).length;
    const range = (of: '-' | '+'): string => {
      const length = count(of === '-' ? '+' : '-');
      const first = start(of === '-' ? '+' : '-');
      return `${of}${length === 0 ? first - 1 : first}${length === 1 ? '' : `,${length}`}`;
    };
    out.push(`@@ ${range('-')} ${range('+')} @@`, ...part.map(({ mark, text }) => `${mark}${text}`));
  }
  return out.join('\n');
}

function linesOf(text: string): string[] {
  if (text === '') return [];
  return text.replace(/\n$/, '').split('\n');
}

/** By the longest common subsequence. */
function compared(before: readonly string[], after: readonly string[]): Line[] {
  const width = after.length + 1;
  const lengths = new Uint32Array((before.length + 1) * width);
  const length = (i: number, j: number): number => lengths[i * width + j] ?? 0;
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      lengths[i * width + j] =
        before[i] === after[j] ? length(i + 1, j + 1) + 1 : Math.max(length(i + 1, j), length(i, j + 1));
    }
  }
  const lines: Line[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    const [old = '', fresh = ''] = [before[i], after[j]];
    if (i < before.length && j < after.length && old === fresh) {
      lines.push({ mark: ' ', text: old });
      i += 1;
      j += 1;
    } else if (i < before.length && (j >= after.length || length(i + 1, j) >= length(i, j + 1))) {
      lines.push({ mark: '-', text: old });
      i += 1;
    } else {
      lines.push({ mark: '+', text: fresh });
      j += 1;
    }
  }
  return lines;
}

/** Where the changes are, with some lines around each; what overlaps is one hunk. */
function hunks(lines: readonly Line[]): [from: number, to: number][] {
  const found: [number, number][] = [];
  for (const [at, { mark }] of lines.entries()) {
    if (mark === ' ') continue;
    const [from, to] = [Math.max(0, at - around), Math.min(lines.length, at + around + 1)];
    const last = found.at(-1);
    if (last && from <= last[1]) last[1] = to;
    else found.push([from, to]);
  }
  return found;
}
