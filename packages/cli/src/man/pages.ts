import type { CliCommand } from '../grammar/cli-command.js';
import { commandPage } from './command-page.js';
import { configPage } from './config-page.js';

/** A man page: where it goes below a `man` directory, and its text. */
export interface ManPage {
  name: string;
  section: number;
  /** `man1/slipway-exec.1` */
  path: string;
  text: string;
}

/** All of Slipway's pages: slipway(1), one for each command with its subcommands, and slipway-config.toml(5). */
export function manPages(program: CliCommand, version: string): ManPage[] {
  const commands = [program, ...program.subcommands].map((command) => ({
    name: command.path.join('-'),
    section: 1,
    text: commandPage(command, version),
  }));
  const config = { name: 'slipway-config.toml', section: 5, text: configPage(version) };
  return [...commands, config].map((page) => ({ ...page, path: `man${page.section}/${page.name}.${page.section}` }));
}
