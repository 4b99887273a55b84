import { Command } from 'commander';

/** The text about a command besides its options: the same in `--help` and on its man page. */
export interface Guide {
  /** Each a command line and what it does. */
  examples: readonly (readonly [command: string, does: string])[];
  /** Paragraphs, with an empty line between two. A paragraph of indented lines is printed as it is. */
  notes?: string;
  /** Meanings of the exit status besides success and failure. */
  exits?: string;
  /** false: the command reads no settings. */
  settings?: boolean;
}

/**
 * A command as commander has it, with its guide. The tree of these is the only declaration of Slipway's command line:
 * parsing, help, completion and man pages are made of it.
 */
export class CliCommand extends Command {
  #guide: Guide | undefined;
  #passes = false;

  override createCommand(name?: string): CliCommand {
    return new CliCommand(name);
  }

  guide(guide: Guide): this {
    this.#guide = guide;
    return this.addHelpText('after', () => guideText(guide));
  }

  get guided(): Guide | undefined {
    return this.#guide;
  }

  override passThroughOptions(passThrough = true): this {
    this.#passes = passThrough;
    return super.passThroughOptions(passThrough);
  }

  /** Whether the operands end with another program's command line, behind the first of them. */
  get passes(): boolean {
    return this.#passes;
  }

  /** The commands below it that people are shown. */
  get subcommands(): readonly CliCommand[] {
    return this.commands as readonly CliCommand[];
  }

  subcommand(name: string): CliCommand | undefined {
    return this.subcommands.find((one) => one.name() === name);
  }

  /** The words by which it is called: `slipway image pull`. */
  get path(): string[] {
    const parent = this.parent as CliCommand | null;
    return [...(parent?.path ?? []), this.name()];
  }

  /** It and all commands below it, each before its own ones. */
  *tree(): Generator<CliCommand> {
    yield this;
    for (const one of this.subcommands) yield* one.tree();
  }
}

/** Where settings come from, in the words of every command that reads them. */
export const settingsNote = `Settings come from /etc/slipway/config.toml (--config FILE), its drop-ins
config.toml.d/*.toml, SLIPWAY_<SECTION>_<KEY> and --section.key VALUE, the last
one wins; 'slipway config' shows them all.`;

function guideText({ examples, notes, settings = true }: Guide): string {
  const width = Math.max(...examples.map(([command]) => command.length));
  const lines = examples.map(([command, does]) => `  $ ${command.padEnd(width)}  # ${does}`.trimEnd());
  const parts = [...(notes === undefined ? [] : [notes]), `Examples:\n${lines.join('\n')}`];
  return `\n${parts.join('\n')}${settings ? `\n\n${settingsNote}` : ''}`;
}
