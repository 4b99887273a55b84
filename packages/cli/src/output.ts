import { isSlipwayError } from '@slipway/errors';

/** Prints a result: for people on a terminal, else one JSON line. */
export function print(result: unknown, human: () => string, json = !process.stdout.isTTY): void {
  const text = json ? JSON.stringify(result) : human().trimEnd();
  process.stdout.write(`${text}\n`);
}

/** Prints what went wrong and what to do, to stderr. */
export function printError(error: unknown, json = !process.stderr.isTTY): void {
  if (!isSlipwayError(error)) {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    return;
  }
  const { code, message, object, hint } = error;
  if (json) process.stderr.write(`${JSON.stringify({ level: 'error', code, object, msg: message, hint })}\n`);
  else process.stderr.write(`slipway: ${object ? `${object}: ` : ''}${message} (${code})\n  try: ${hint}\n`);
}

/** Rows as aligned columns; the last one is not padded. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, cell.length);
  return rows
    .map((row) =>
      row
        .map((cell, at) => (at === row.length - 1 ? cell : cell.padEnd(widths[at] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
