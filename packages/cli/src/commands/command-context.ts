import type { LoadedSettings } from '@slipway/config';

/** What every command gets: the settings in force, read before the command line's own words. */
export interface CommandContext {
  /** Reads them; INVALID_CONFIG is thrown here, so that --help works with a broken file. */
  loaded(): LoadedSettings;
  /** Reads them anew. */
  reload(): LoadedSettings;
}

/** Shown below every command's options. */
export const settingsHelp = `
\nSettings come from /etc/slipway/config.toml (--config FILE), its drop-ins
config.toml.d/*.toml, SLIPWAY_<SECTION>_<KEY> and --section.key VALUE, the last
one wins; 'slipway config' shows them all.`;

export function examples(...lines: [command: string, does: string][]): string {
  const width = Math.max(...lines.map(([command]) => command.length));
  return `\nExamples:\n${lines.map(([command, does]) => `  $ ${command.padEnd(width)}  # ${does}`).join('\n')}`;
}
