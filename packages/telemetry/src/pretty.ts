/** Fields that have a place of their own in a line. */
const placed = new Set(['level', 'time', 'stage', 'instance', 'handler', 'msg', 'err', 'error']);
const colors: Record<string, number> = { trace: 90, debug: 90, info: 32, warn: 33, error: 31, fatal: 31 };

/**
 * Prints log lines for people: `12:30:01.123 info  executor.crun  container started  container=4f2a…`.
 * A JSON line that cannot be read is passed on as it is.
 */
export class PrettyStream {
  readonly #out: { write(text: string): void };
  readonly #color: boolean;

  constructor(out: { write(text: string): void }, color = process.env['NO_COLOR'] === undefined) {
    this.#out = out;
    this.#color = color;
  }

  write(text: string): void {
    for (const line of text.split('\n')) if (line !== '') this.#out.write(`${prettyLine(line, this.#color)}\n`);
  }
}

/** A JSON log line as a line for people, without the line feed. */
export function prettyLine(line: string, color: boolean): string {
  let entry: Record<string, unknown>;
  try {
    entry = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return line;
  }
  if (typeof entry !== 'object' || entry === null || typeof entry['msg'] !== 'string') return line;
  const paint = (text: string, code: number) => (color ? `\u001b[${code}m${text}\u001b[0m` : text);
  const level = plain(entry['level'] ?? 'info');
  const who = [entry['stage'], entry['handler']].filter(Boolean).join('.');
  const words = [
    paint(plain(entry['time'] ?? '').slice(11, 23), 90),
    paint(level.padEnd(5), colors[level] ?? 0),
    who.padEnd(14),
    entry['msg'],
  ];
  for (const [name, value] of Object.entries(entry)) {
    if (!placed.has(name)) words.push(paint(`${name}=${shown(value)}`, 90));
  }
  const error = entry['err'] ?? entry['error'];
  return words.join(' ').trimEnd() + (error === undefined ? '' : errorLines(error, (text) => paint(text, 31)));
}

function errorLines(error: unknown, paint: (text: string) => string): string {
  if (typeof error !== 'object' || error === null) return ` ${paint(String(error))}`;
  const { message, code, object, hint, causes, stack } = error as Record<string, unknown>;
  const head = [object, message].filter(Boolean).join(': ');
  const lines = [`${head}${code === undefined ? '' : ` (${shown(code)})`}`];
  for (const cause of Array.isArray(causes) ? causes : []) lines.push(`because: ${String(cause)}`);
  if (typeof hint === 'string') lines.push(`try: ${hint}`);
  if (typeof stack === 'string')
    lines.push(
      ...stack
        .split('\n')
        .slice(1)
        .map((line) => line.trim()),
    );
  return lines.map((line) => `\n    ${paint(line)}`).join('');
}

/** Ids of 64 digits are cut to twelve, as every tool does. */
function shown(value: unknown): string {
  if (typeof value === 'string') {
    if (/^[0-9a-f]{64}$/.test(value)) return value.slice(0, 12);
    return /[\s"]/.test(value) || value === '' ? JSON.stringify(value) : value;
  }
  return JSON.stringify(value) ?? String(value);
}

function plain(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
