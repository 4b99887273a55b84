import { SlipwayError } from '@slipway/errors';
import type { CliCommand } from '../grammar/cli-command.js';

/** `slipway help image pull` is `slipway image pull --help`. */
export function addHelp(program: CliCommand): void {
  program
    .command('help [topic...]')
    .description('show the commands, or the help of one')
    .guide({
      examples: [
        ['slipway help exec', 'of a command'],
        ['slipway help image pull', 'of one below another'],
      ],
      settings: false,
    })
    .action((names: string[]) => {
      let found = program;
      for (const name of names) {
        const next = found.subcommand(name);
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
