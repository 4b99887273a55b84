import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { slipwayVersion } from '@slipway/config';
import { SlipwayError } from '@slipway/errors';
import type { CliCommand } from '../grammar/cli-command.js';
import { print } from '../output.js';

export function addMan(program: CliCommand): void {
  program
    .command('man [topic]')
    .description('print a man page, or write all of them')
    .option('--output <directory>', 'write every page below this directory: man1/slipway.1 and so on')
    .option('--json', 'with --output: one JSON array, the files')
    .guide({
      notes: `The topic is a command, or config.toml for the settings; without one it is slipway
itself. The pages are made of the commands' own declarations, as --help is.`,
      examples: [
        ['slipway man exec | man -l -', 'read one'],
        ['slipway man --output /usr/local/share/man', 'install them'],
      ],
      settings: false,
    })
    .action(async (topic: string | undefined, { output, json }: { output?: string; json?: boolean }) => {
      const { manPages } = await import('../man/pages.js');
      const pages = manPages(program, slipwayVersion);
      if (output === undefined) {
        const name = topic === undefined ? 'slipway' : `slipway-${topic}`;
        const page = pages.find((one) => one.name === name);
        if (!page) {
          throw new SlipwayError('INVALID_REQUEST', `there is no page of ${topic}`, {
            hint: 'slipway help lists the commands; config.toml has a page, too',
          });
        }
        process.stdout.write(page.text);
        return;
      }
      const files = pages.map(({ path, text }) => {
        const file = join(resolve(output), path);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, text);
        return file;
      });
      print(files, () => files.join('\n'), json);
    });
}
