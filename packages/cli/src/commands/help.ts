import { SlipwayError } from '@slipway/errors';
import type { Command } from 'commander';
import { examples } from './command-context.js';

/** `slipway help image pull` is `slipway image pull --help`. */
export function addHelp(program: Command): void {
  program
    .command('help [command...]')
    .description('show the commands, or the help of one')
    .addHelpText(
      'after',
      examples(['slipway help exec', 'of a command'], ['slipway help image pull', 'of one below another']),
    )
    .action((names: string[]) => {
      let found = program;
      for (const name of names) {
        const next = found.commands.find((command) => command.name() === name);
        if (!next) {
          throw new SlipwayError('INVALID_REQUEST', `there is no command ${names.join(' ')}`, {
            hint: 'slipway help lists the commands',
          });
        }
        found = next;
      }
      found.outputHelp();
    });
}
