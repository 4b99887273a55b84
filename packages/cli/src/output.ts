import { isSlipwayError } from '@slipway/errors';
import { type Command, Option } from 'commander';

/** Prints a result, for people or as one line of JSON. It looks the same on a terminal and in a pipe. */
export function print(result: unknown, human: () => string, json = false): void {
  const text = json ? JSON.stringify(result) : human().trimEnd();
  process.stdout.write(`${text}\n`);
}

/** Prints what went wrong and what to do, to stderr. */
export function printError(error: unknown, json = false): void {
  if (!isSlipwayError(error)) {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    return;
  }
  const { code, message, object, hint } = error;
  if (json) process.stderr.write(`${JSON.stringify({ level: 'error', code, object, msg: message, hint })}\n`);
  else process.stderr.write(`slipway: ${object ? `${object}: ` : ''}${message} (${code})\n  try: ${hint}\n`);
}

/** Gives every command that has --json the option `-o json` as well, which kubectl and crictl have taught people. */
export function addOutputFormats(program: Command): void {
  for (const command of program.commands) {
    addOutputFormats(command);
    if (!command.options.some(({ long }) => long === '--json')) continue;
    const taken = command.options.some(({ short, long }) => short === '-o' || long === '--output');
    if (taken) continue;
    command.addOption(new Option('-o, --output <format>', 'how it is printed; --json is -o json').choices(formats));
    command.on('option:output', (format: string) => command.setOptionValue('json', format === 'json'));
  }
}

const formats = ['text', 'json'];

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
