import { slipwayVersion } from '@slipway/config';
import type { Command } from 'commander';
import { print } from '../output.js';
import { examples } from './command-context.js';

export function addVersion(program: Command): void {
  program
    .command('version')
    .description("print Slipway's version")
    .option('--json', 'one JSON object')
    .addHelpText('after', examples(['slipway version', 'the version'], ['slipway version --json', 'with that of node']))
    .action((options: { json?: boolean }) => {
      const result = { version: slipwayVersion, node: process.version, cri: ['v1', 'v1alpha2'] };
      print(result, () => `slipway ${slipwayVersion}`, options.json);
    });
}
