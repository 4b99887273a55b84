/** Text of a man page as man(7) reads it: no character of it is a request, a macro or an escape. */
export function roffText(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll(
      /[^\x20-\x7e\n]/gu,
      (char) => `\\[u${char.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}]`,
    )
    .replaceAll("'", '\\(aq')
    .replaceAll('`', '\\(ga')
    .replaceAll('^', '\\(ha')
    .replaceAll('~', '\\(ti')
    .replaceAll(/^\./gm, '\\&.');
}

/** Text as one argument of a macro. */
export function roffArgument(text: string): string {
  return `"${roffText(text).replaceAll('"', '\\(dq')}"`;
}

/** Words of a usage: `<placeholders>` in italics, the rest in bold. Lines do not break within it. */
export function roffUsage(usage: string): string {
  const pieces = usage.split(/(<[^<>]*>)/).filter(Boolean);
  return pieces
    .map((piece) => (piece.startsWith('<') ? `\\fI${roffText(piece)}\\fR` : `\\fB${roffText(piece)}\\fR`))
    .join('');
}

/** Paragraphs; one whose lines are indented keeps its lines. */
export function roffParagraphs(text: string): string[] {
  return text.split(/\n{2,}/).flatMap((paragraph) => {
    if (paragraph.split('\n').every((line) => line.startsWith('  '))) return roffExample(paragraph.split('\n'));
    return ['.PP', roffText(paragraph)];
  });
}

/** Lines as they are. */
export function roffExample(lines: readonly string[]): string[] {
  const trimmed = lines.map((line) => line.trimStart());
  return ['.PP', '.RS 4', '.nf', ...trimmed.map(roffText), '.fi', '.RE'];
}

/** A tagged paragraph. */
export function roffTagged(usage: string, text: string): string[] {
  return ['.TP', roffUsage(usage), roffText(text)];
}

/**
 * `.TH`: the first line of a page. The date is that of SOURCE_DATE_EPOCH, if it is set, so that a package is the same
 * whenever it is made.
 */
export function roffTitle(name: string, section: number, version: string, env = process.env): string {
  const epoch = Number(env['SOURCE_DATE_EPOCH']);
  const date = epoch > 0 ? new Date(epoch * 1000) : new Date();
  const day = date.toISOString().slice(0, 10);
  const [title, source] = [name.toUpperCase(), `Slipway ${version}`].map(roffArgument);
  return `.TH ${title} ${section} ${day} ${source} Slipway`;
}

/** A page of its lines; a heading begins a paragraph by itself. */
export function roffPage(lines: readonly string[]): string {
  const kept = lines.filter((line, at) => !(line === '.PP' && /^\.S[HS]/.test(lines[at - 1] ?? '')));
  return `${kept.join('\n')}\n`;
}
