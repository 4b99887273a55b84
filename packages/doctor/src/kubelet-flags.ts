import { splitWords } from './facts/systemd.js';

/** A variable of the kubelet's flags in an environment file: kubeadm's, Debian's, and that of the RPMs. */
const assignment = /^(\s*(?:KUBELET_\w+|DAEMON_ARGS)\s*=\s*)(.*)$/;

/**
 * An environment file whose variables of flags have these flags, and none of the `gone` ones with another value. They go
 * into the first of the variables; where there is none, into KUBELET_EXTRA_ARGS.
 */
export function withFlags(text: string, flags: Readonly<Record<string, string>>, gone: readonly string[]): string {
  const added = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
  let placed = added.length === 0;
  const lines = text.split('\n').map((line) => {
    const [, head, value = ''] = assignment.exec(line) ?? [];
    if (head === undefined) return line;
    const words = splitWords(value.trim().replace(/^(["'])(.*)\1$/, '$2'));
    const kept = without(words, gone);
    if (placed && kept.length === words.length) return line;
    const all = placed ? kept : [...kept, ...added];
    placed = true;
    return `${head}"${all.join(' ')}"`;
  });
  if (!placed) lines.splice(lines.at(-1) === '' ? -1 : lines.length, 0, `KUBELET_EXTRA_ARGS="${added.join(' ')}"`);
  return lines.join('\n');
}

/** Words without some flags, whose value may be a word of its own. */
function without(words: readonly string[], gone: readonly string[]): string[] {
  const kept: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string;
    const [, name = '', value] = /^--?([a-z][a-z0-9-]*)(=.*)?$/s.exec(word) ?? [];
    if (!gone.includes(name)) {
      kept.push(word);
      continue;
    }
    const next = words[at + 1];
    if (value === undefined && next !== undefined && !next.startsWith('-')) at += 1;
  }
  return kept;
}
