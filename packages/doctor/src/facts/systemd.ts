import type { Root } from '../root.js';

/** The directories of units, the more important ones last (systemd.unit(5)). */
const unitDirectories = [
  '/usr/lib/systemd/system',
  '/lib/systemd/system',
  '/run/systemd/system',
  '/etc/systemd/system',
];

/** The text of a unit (a name, in which `*` matches) and its drop-ins, in the order in which they count. */
export function unitFiles(root: Root, unit: string): { file: string; text: string }[] {
  const units = unitDirectories.flatMap((directory) => root.glob(`${directory}/${unit}`));
  const dropIns = unitDirectories.flatMap((directory) => root.glob(`${directory}/${unit}.d/*.conf`));
  return [...units, ...dropIns].flatMap((file) => {
    const text = root.text(file);
    return text === undefined ? [] : [{ file, text: text.replaceAll(/\\\n/g, ' ') }];
  });
}

/** The words of a unit's ExecStart and of the variables that it sets, by file; variables are not filled in. */
export function unitWords(root: Root, unit: string): { file: string; words: string[] }[] {
  return unitFiles(root, unit).map(({ file, text }) => {
    const words: string[] = [];
    for (const line of text.split('\n')) {
      const match = /^\s*(ExecStart|Environment)\s*=\s*(.*)$/.exec(line);
      if (!match) continue;
      const rest = match[2] ?? '';
      // Environment="NAME=--flag=…": the flags are inside.
      words.push(...splitWords(match[1] === 'Environment' ? rest.replace(/^"?\w+=(.*?)"?$/, '$1') : rest));
    }
    return { file, words };
  });
}

/** The variables that a unit sets by Environment=. */
export function unitEnvironment(root: Root, unit: string): Map<string, string> {
  const variables = new Map<string, string>();
  for (const { text } of unitFiles(root, unit)) {
    for (const line of text.split('\n')) {
      const assignments = /^\s*Environment\s*=\s*(.*)$/.exec(line)?.[1];
      for (const word of splitWords(assignments ?? '')) {
        const split = word.indexOf('=');
        if (split > 0) variables.set(word.slice(0, split), word.slice(split + 1));
      }
    }
  }
  return variables;
}

/** Splits at blanks; quotes hold a word together, as in a unit or an environment file. */
export function splitWords(text: string): string[] {
  return [...text.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)].map(([word]) => word.replaceAll(/["']/g, ''));
}
